package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.kernel.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RealExportersTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf_clip_proj_op14",
                "hf_clip_proj_op17",
                "hf_clip_proj_dynamo18",
                "hf_clip_proj_static_op17",
                "hf_vit_cls_op17",
                "timm_vit_op17",
                "timm_vit_head_op17",
                "open_clip_vit_op17",
                "openai_clip_proj_op14",
                "openai_clip_feat_op17"
            })
    void computesWhatTheExporterComputed(String name) {
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx(name + ".onnx"));
        float[] images = Fixtures.floats(name + ".input.f32");
        float[] expected = Fixtures.floats(name + ".output.f32");

        double[][] output = new ReferenceVit(vit).output(images, images.length / (3 * 32 * 32));

        assertClose(output, expected, 1e-5);
        boolean clip = name.contains("clip");
        assertThat(vit.embedding().preNorm().isPresent()).isEqualTo(clip);
        assertThat(vit.head().isPresent())
                .isEqualTo(name.contains("proj") || name.contains("head") || name.startsWith("open_"));
        assertThat(vit.blocks())
                .isNotEmpty()
                .allSatisfy(b ->
                        assertThat(b.mlp().activation()).isEqualTo(clip ? Activation.QUICK_GELU : Activation.GELU_ERF));
        assertThat(vit.featureWidth()).isEqualTo(64);
        assertThat(vit.sha256()).matches("[0-9a-f]{64}");
    }

    @Test
    void poolsAsSiglipDoes() {
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx("hf_siglip_op17.onnx"));
        float[] images = Fixtures.floats("hf_siglip_op17.input.f32");
        double[][] output = new ReferenceVit(vit).output(images, images.length / (3 * 32 * 32));
        assertClose(output, Fixtures.floats("hf_siglip_op17.output.f32"), 1e-5);
        assertThat(vit.pooling()).isInstanceOf(Pooling.Attention.class);
    }

    /** Features that PyTorch computed for the pretrained ViT-Ti/16 on a formula's images. */
    @Test
    void readsThePretrainedViTTiny() throws IOException, OrtException {
        assumeTrue(Fixtures.vitTiny().isPresent(), "data/vit-ti-16 has no encoder");
        VisionTransformer vit =
                (VisionTransformer) OnnxEncoderReader.read(Fixtures.vitTiny().orElseThrow());
        JsonNode reference = new ObjectMapper()
                .readTree(Fixtures.resource("/vit_tiny_reference.json").toFile());
        var images = new float[2 * 3 * 224 * 224];
        for (int i = 0; i < images.length; i++) {
            images[i] = (float) Math.sin(0.01 * i);
        }

        double[][] features = new ReferenceVit(vit).features(images, 2);

        assertThat(vit.heads()).isEqualTo(3);
        assertThat(vit.blocks()).hasSize(12);
        assertThat(vit.finalNorm().orElseThrow().epsilon()).isCloseTo(1e-6, within(1e-12));
        assertThat(vit.sha256()).startsWith("dea6f6d2dff71004");
        assertThat(vit.head().orElseThrow().weight().shape()).containsExactly(192, 1000);
        float[] recorded = new float[2 * 192];
        for (int i = 0; i < recorded.length; i++) {
            recorded[i] = (float) reference.get("cls_" + i / 192).get(i % 192).asDouble();
        }
        assertClose(features, recorded, 1e-4);
        assertClose(
                features, OrtOracle.run(withoutHead(Fixtures.vitTiny().orElseThrow()), images, 2, 3, 224, 224), 1e-4);
    }

    /** The file with the classifier's input for its output. */
    private Path withoutHead(Path file) throws IOException {
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
        var graph = model.getGraph().toBuilder();
        NodeProto classifier = graph.getNode(graph.getNodeCount() - 1);
        assertThat(classifier.getOpType()).isEqualTo("Gemm");
        graph.clearOutput().addOutput(ValueInfoProto.newBuilder().setName(classifier.getInput(0)));
        return Files.write(
                directory.resolve("features.onnx"),
                model.toBuilder().setGraph(graph).build().toByteArray());
    }

    static void assertClose(double[][] found, float[] expected, double tolerance) {
        List<Double> numbers = ReferenceVit.flat(found);
        assertThat(numbers).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(numbers.get(i))
                    .as("number %s", i)
                    .isCloseTo((double) expected[i], within(tolerance * (1 + Math.abs(expected[i]))));
        }
    }
}
