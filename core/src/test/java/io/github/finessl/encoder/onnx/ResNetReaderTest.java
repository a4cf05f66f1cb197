package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.onnx.RnWriter.Ending;
import io.github.finessl.encoder.onnx.RnWriter.Norms;
import io.github.finessl.encoder.onnx.RnWriter.Queries;
import io.github.finessl.encoder.onnx.RnWriter.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResNetReaderTest {

    private static final Shape SMALL = new Shape(64, 8, List.of(1, 2, 1, 1), 4, 10, false);

    @TempDir
    Path directory;

    @Test
    void namesEveryParameterInNetworkOrder() {
        ResNet kept = (ResNet) OnnxEncoderReader.read(Fixtures.onnx("open_clip_rn_bn_op17.onnx"));
        assertThat(kept.parameters().keySet())
                .startsWith("stem.0.conv.weight", "stem.0.norm.gain", "stem.0.norm.bias", "stem.1.conv.weight")
                .contains(
                        "block.2.0.conv3.weight",
                        "block.2.0.norm3.gain",
                        "block.2.0.downsample.conv.weight",
                        "block.2.0.downsample.norm.bias")
                .endsWith("pool.projection.weight", "pool.projection.bias");
        ResNet folded = (ResNet) OnnxEncoderReader.read(Fixtures.onnx("open_clip_rn_folded_op17.onnx"));
        assertThat(folded.parameters().keySet())
                .startsWith("stem.0.conv.weight", "stem.0.conv.bias", "stem.1.conv.weight")
                .contains("block.2.0.conv3.bias", "pool.query.weight", "pool.positions");
        assertThat(kept.totalStride()).isEqualTo(32);
        assertThat(kept.sha256()).matches("[0-9a-f]{64}").isNotEqualTo(folded.sha256());
    }

    @Test
    void takesImagesOfOtherSizes() {
        ResNet encoder = (ResNet) OnnxEncoderReader.read(Fixtures.onnx("open_clip_rn_bn_op17.onnx"));
        ResNet larger = encoder.atResolution(96);
        assertThat(larger.imageHeight()).isEqualTo(96);
        assertThat(larger.pool().positions().shape()).containsExactly(10, 512);
        assertThat(larger.pool().positions().getRow(0))
                .isEqualTo(encoder.pool().positions().getRow(0));
        assertThatThrownBy(() -> encoder.atResolution(100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stride of 32")
                .hasMessageContaining("100");
    }

    @ParameterizedTest
    @CsvSource({
        "MAX_POOL, max pooling",
        "GLOBAL_AVERAGE, attention pooling",
        "TRAINING_NORM, training mode",
        "LEAKY, LeakyRelu",
        "GROUPED, 2 groups",
        "STRIDED_SHORTCUT, a shortcut that does not average 2×2 pixels",
        "OTHER_TOKEN, other tokens than the mean's"
    })
    void refusesOtherNetworks(Ending ending, String found) throws IOException {
        Path file = directory.resolve("other.onnx");
        RnWriter.write(SMALL, Norms.KEPT, Queries.ALL, ending, file, 1);
        assertThatThrownBy(() -> OnnxEncoderReader.read(file))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("other.onnx")
                .hasMessageContaining("expected a ResNet of CLIP's kind")
                .hasMessageContaining(found);
    }

    /** Random numbers and names in the message itself. */
    @Test
    void survivesDamagedMessages() throws IOException {
        Path whole = directory.resolve("whole.onnx");
        RnWriter.write(SMALL, Norms.KEPT, whole, 2);
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(whole));
        Random random = new Random(3);
        long[] odd = {-1, 0, 1, 2, 3, 7, 64, 1L << 31, 1L << 62, Long.MIN_VALUE, Long.MAX_VALUE};
        Path damaged = directory.resolve("damaged.onnx");
        for (int i = 0; i < 150; i++) {
            GraphProto.Builder graph = model.getGraph().toBuilder();
            var node = graph.getNodeBuilder(random.nextInt(graph.getNodeCount()));
            switch (random.nextInt(4)) {
                case 0 ->
                    node.setOpType(
                            graph.getNode(random.nextInt(graph.getNodeCount())).getOpType());
                case 1 ->
                    node.setInput(
                            random.nextInt(node.getInputCount()),
                            graph.getNode(random.nextInt(graph.getNodeCount())).getOutput(0));
                case 2 ->
                    node.getAttributeBuilderList().forEach(a -> {
                        a.setI(odd[random.nextInt(odd.length)]);
                        for (int j = 0; j < a.getIntsCount(); j++) {
                            a.setInts(j, odd[random.nextInt(odd.length)]);
                        }
                    });
                default -> node.setInput(random.nextInt(node.getInputCount()), "");
            }
            Files.write(damaged, model.toBuilder().setGraph(graph).build().toByteArray());
            try {
                assertThat(OnnxEncoderReader.read(damaged).featureWidth()).isPositive();
            } catch (EncoderFormatException e) {
                assertThat(e).hasMessageContaining("damaged.onnx");
            }
        }
    }
}
