package io.github.finessl.encoder.onnx;

import static io.github.finessl.encoder.onnx.RealExportersTest.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Encoders of 2026 as ONNX Runtime's optimiser rewrites them, and graphs with small changes. */
class VariantsOf2026Test {

    private static final String PLAIN = "timm_vit_op17";

    @TempDir
    private Path directory;

    static Stream<Arguments> optimised() {
        return ExportersOf2026Test.files()
                .map(arguments -> arguments.get()[0])
                .flatMap(name ->
                        Stream.of(OptLevel.BASIC_OPT, OptLevel.EXTENDED_OPT).map(level -> Arguments.of(name, level)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("optimised")
    void readsWhatAnOptimiserMakesOfIt(String name, OptLevel level) throws OrtException {
        Path file = directory.resolve("optimised.onnx");
        OrtOracle.optimise(Fixtures.onnx("2026/" + name + ".onnx"), level, file);
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(file);
        double[][] features = new ReferenceVit(vit).features(Fixtures.floats("2026/images.f32"), 3);
        assertClose(features, Fixtures.floats("2026/" + name + ".output.f32"), 1e-4);
    }

    /** SigLIP without a head that its file would have: the pooled token itself. */
    @Test
    void readsSigLip() {
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx("hf_siglip_op17.onnx"));
        float[] images = Fixtures.floats("hf_siglip_op17.input.f32");
        assertThat(vit.pooling()).isInstanceOf(Pooling.Attention.class);
        assertClose(
                new ReferenceVit(vit).features(images, images.length / (3 * 32 * 32)),
                Fixtures.floats("hf_siglip_op17.output.f32"),
                1e-5);
    }

    @Test
    void theResultOfEachHeadMayBeTimesANumber() throws IOException, OrtException {
        assertAgrees(graph -> {
            int softmax = first(graph, "Softmax");
            String weights = graph.getNode(softmax).getOutput(0);
            int product = IntStream.range(softmax, graph.getNodeCount())
                    .filter(i -> graph.getNode(i).getInputList().contains(weights))
                    .findFirst()
                    .orElseThrow();
            String result = graph.getNode(product).getOutput(0);
            graph.addInitializer(floats("gain", 4, 1, 1).addAllFloatData(List.of(.5f, 2f, -1f, 3f)));
            graph.getNodeBuilder(product).setOutput(0, "unscaled");
            graph.addNode(product + 1, node("Mul", result, "unscaled", "gain"));
        });
    }

    /** 7 like a float, divided by 2 like a float, is 3.5 and not 3. */
    @Test
    void aCastLikeAFloatMakesAnIntegerOne() throws IOException, OrtException {
        assertAgrees(graph -> {
            int add = IntStream.range(0, graph.getNodeCount())
                    .filter(i -> graph.getNode(i).getInputList().contains("pos_embed"))
                    .findFirst()
                    .orElseThrow();
            graph.addInitializer(floats("like", 1).addFloatData(0));
            graph.addInitializer(integer("seven", 7));
            graph.addInitializer(integer("two", 2));
            graph.getNodeBuilder(add).setInput(1, "positions");
            graph.addNode(add, node("Mul", "positions", "pos_embed", "quotient"));
            graph.addNode(add, node("Div", "quotient", "seventh", "second"));
            graph.addNode(add, node("CastLike", "second", "two", "like"));
            graph.addNode(add, node("CastLike", "seventh", "seven", "like"));
        });
    }

    @Test
    void saysAtWhichLevelToSave() {
        assertThatThrownBy(() -> read(graph -> {
                    int convolution = first(graph, "Conv");
                    graph.getNodeBuilder(convolution).setDomain("com.microsoft.nchwc");
                }))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("saved at the level 'extended'");
    }

    @Test
    void saysThatAnotherNetworkIsAnother() {
        assertThatThrownBy(() -> read(graph -> {
                    int convolution = first(graph, "Conv");
                    NodeProto patches = graph.getNode(convolution);
                    graph.addNode(
                            convolution, patches.toBuilder().setOutput(0, "map").build());
                    graph.setNode(convolution + 1, patches.toBuilder().setInput(0, "map"));
                }))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("expected a vision transformer or a ResNet of CLIP's kind, found a network of 2")
                .hasMessageNotContaining("expected a ResNet");
    }

    private static int first(GraphProto.Builder graph, String type) {
        return IntStream.range(0, graph.getNodeCount())
                .filter(i -> graph.getNode(i).getOpType().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static TensorProto.Builder floats(String name, long... dims) {
        var tensor = TensorProto.newBuilder().setName(name).setDataType(DataType.FLOAT_VALUE);
        for (long dim : dims) {
            tensor.addDims(dim);
        }
        return tensor;
    }

    private static TensorProto.Builder integer(String name, long value) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(DataType.INT64_VALUE)
                .addDims(1)
                .addInt64Data(value);
    }

    private static NodeProto node(String type, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(type)
                .addOutput(output)
                .addAllInput(List.of(inputs))
                .build();
    }

    private Path changed(Consumer<GraphProto.Builder> change) throws IOException {
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(Fixtures.onnx(PLAIN + ".onnx")));
        var graph = model.getGraph().toBuilder();
        change.accept(graph);
        Path file = directory.resolve("changed.onnx");
        return Files.write(file, model.toBuilder().setGraph(graph).build().toByteArray());
    }

    private VisionTransformer read(Consumer<GraphProto.Builder> change) throws IOException {
        return (VisionTransformer) OnnxEncoderReader.read(changed(change));
    }

    private void assertAgrees(Consumer<GraphProto.Builder> change) throws IOException, OrtException {
        Path file = changed(change);
        float[] images = Fixtures.floats(PLAIN + ".input.f32");
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(file);
        float[] expected = OrtOracle.run(file, images, 3, 3, 32, 32);
        assertThat(expected).isNotEqualTo(Fixtures.floats(PLAIN + ".output.f32"));
        assertClose(new ReferenceVit(vit).output(images, 3), expected, 1e-4);
    }
}
