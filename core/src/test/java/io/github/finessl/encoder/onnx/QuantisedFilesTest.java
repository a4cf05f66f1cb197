package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.Quantiser.Kind;
import io.github.finessl.encoder.onnx.VitWriter.Attend;
import io.github.finessl.encoder.onnx.VitWriter.Ending;
import io.github.finessl.encoder.onnx.VitWriter.Front;
import io.github.finessl.encoder.onnx.VitWriter.Shape;
import io.github.finessl.encoder.onnx.VitWriter.Spelling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** ONNX Runtime on the floats that a file's integers stand for is the measure; on the file itself it rounds more. */
class QuantisedFilesTest {

    @TempDir
    Path directory;

    static Stream<Arguments> files() {
        return Stream.of(
                        "hf_clip_proj_op14",
                        "hf_clip_proj_dynamo18",
                        "hf_vit_cls_op17",
                        "timm_vit_head_op17",
                        "open_clip_vit_op17")
                .flatMap(name -> Stream.of(Kind.values()).map(kind -> Arguments.of(name, kind)));
    }

    @ParameterizedTest
    @MethodSource("files")
    void readsRealExportersFiles(String name, Kind kind) throws IOException, OrtException {
        float[] images = Fixtures.floats(name + ".input.f32");
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(Fixtures.onnx(name + ".onnx")));
        assertReads(model, kind, false, images, images.length / (3 * 32 * 32), 3, 32, 32);
    }

    /** DINOv2 as transformers writes it, and the fused attention of ONNX Runtime's own optimiser. */
    @ParameterizedTest
    @EnumSource(
            value = Attend.class,
            names = {"PRODUCTS", "MICROSOFT_PACKED"})
    void readsDinoQuantised(Attend attend) throws IOException, OrtException {
        var random = new Random(4);
        var images = new float[VitWriter.BATCH * 3 * 32 * 32];
        for (int i = 0; i < images.length; i++) {
            images[i] = (float) random.nextGaussian();
        }
        Path file = directory.resolve("dino.onnx");
        VitWriter.write(
                Spelling.dino(Front.REGISTERS_LATE, Ending.NORM_THEN_TOKEN, attend),
                new Shape(32, 32, 8, 8, 64, 4, 2),
                file,
                3);
        for (Kind kind : Kind.values()) {
            assertReads(ModelProto.parseFrom(Files.readAllBytes(file)), kind, true, images, VitWriter.BATCH, 3, 32, 32);
        }
    }

    private void assertReads(ModelProto model, Kind kind, boolean scaled, float[] images, long... shape)
            throws IOException, OrtException {
        Quantiser.Result files = Quantiser.quantise(model, kind);
        Path quantised = Files.write(
                directory.resolve("quantised.onnx"), files.quantised().toByteArray());
        Path dequantised = Files.write(
                directory.resolve("dequantised.onnx"), files.dequantised().toByteArray());

        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(quantised);

        assertThat(vit.layerScale()).isEqualTo(scaled);
        double[][] found = new ReferenceVit(vit).output(images, (int) shape[0]);
        RealExportersTest.assertClose(found, OrtOracle.run(dequantised, images, shape), 1e-4);
        double similarity = similarity(found, OrtOracle.runAsWritten(quantised, images, shape));
        assertThat(similarity).isGreaterThan(kind.isDynamic() ? 0.999 : kind == Kind.QDQ_16 ? 0.99 : 0.98);
    }

    /** ONNX Runtime fuses dynamic quantisation into operators of its own. */
    @ParameterizedTest
    @EnumSource(names = {"DYNAMIC", "DYNAMIC_CHANNEL"})
    void readsWhatTheOptimiserLeavesOfDynamicQuantisation(Kind kind) throws IOException, OrtException {
        String name = "timm_vit_head_op17";
        Quantiser.Result files = quantise(name, kind);
        Path quantised =
                Files.write(directory.resolve("q.onnx"), files.quantised().toByteArray());
        Path dequantised =
                Files.write(directory.resolve("d.onnx"), files.dequantised().toByteArray());
        Path optimised = directory.resolve("optimised.onnx");
        OrtOracle.optimise(quantised, OptLevel.EXTENDED_OPT, optimised);
        assertThat(ModelProto.parseFrom(Files.readAllBytes(optimised))
                        .getGraph()
                        .getNodeList())
                .anyMatch(n -> n.getOpType().equals("DynamicQuantizeMatMul")
                        || n.getOpType().equals("MatMulIntegerToFloat"));
        float[] images = Fixtures.floats(name + ".input.f32");
        int batch = images.length / (3 * 32 * 32);

        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(optimised);

        RealExportersTest.assertClose(
                new ReferenceVit(vit).output(images, batch),
                OrtOracle.run(dequantised, images, batch, 3, 32, 32),
                1e-4);
    }

    /** What it makes of QDQ computes in integers throughout. */
    @Test
    void refusesWhatTheOptimiserLeavesOfPairs() throws IOException, OrtException {
        Path quantised = Files.write(
                directory.resolve("q.onnx"),
                quantise("timm_vit_op17", Kind.QDQ_TENSOR).quantised().toByteArray());
        Path optimised = directory.resolve("optimised.onnx");
        OrtOracle.optimise(quantised, OptLevel.EXTENDED_OPT, optimised);
        assertThatThrownBy(() -> OnnxEncoderReader.read(optimised))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("optimised.onnx")
                .hasMessageContaining("another kind than QDQ and MatMulInteger");
    }

    private static Quantiser.Result quantise(String name, Kind kind) throws IOException {
        return Quantiser.quantise(ModelProto.parseFrom(Files.readAllBytes(Fixtures.onnx(name + ".onnx"))), kind);
    }

    /** The least cosine between an image's two vectors. */
    private static double similarity(double[][] found, float[] others) {
        double least = 1;
        for (int i = 0; i < found.length; i++) {
            double product = 0;
            double mine = 0;
            double theirs = 0;
            for (int j = 0; j < found[i].length; j++) {
                double other = others[i * found[i].length + j];
                product += found[i][j] * other;
                mine += found[i][j] * found[i][j];
                theirs += other * other;
            }
            least = Math.min(least, product / Math.sqrt(mine * theirs));
        }
        return least;
    }

    @Test
    void refusesIntegersReadOtherwiseThanWritten() throws IOException {
        var half = TensorProto.newBuilder()
                .setName("other")
                .setDataType(DataType.FLOAT_VALUE)
                .addFloatData(0.5f);
        assertRefused(
                Kind.QDQ_TENSOR,
                graph -> {
                    graph.addInitializer(half);
                    ofActivations(graph).setInput(1, "other");
                },
                "another scale");
        assertRefused(
                Kind.QDQ_TENSOR,
                graph -> {
                    graph.addInitializer(half.clone()
                            .setDataType(DataType.UINT8_VALUE)
                            .clearFloatData()
                            .addInt32Data(7));
                    ofActivations(graph).setInput(2, "other");
                },
                "another zero point");
        assertRefused(
                Kind.DYNAMIC,
                graph -> last(graph, "MatMulInteger")
                        .setInput(2, first(graph, "DynamicQuantizeLinear").getOutput(2)),
                "another zero point");
        assertRefused(Kind.DYNAMIC, graph -> last(graph, "MatMulInteger").setInput(2, ""), "another zero point");
        assertRefused(
                Kind.DYNAMIC_TO_FLOAT,
                graph -> last(graph, "MatMulIntegerToFloat")
                        .setInput(2, first(graph, "DynamicQuantizeLinear").getOutput(1)),
                "another scale");
        assertRefused(
                Kind.DYNAMIC,
                graph -> {
                    String scale = last(graph, "DynamicQuantizeLinear").getOutput(1);
                    graph.getNodeBuilderList().stream()
                            .filter(n ->
                                    n.getOpType().equals("Mul") && n.getInput(0).equals(scale))
                            .forEach(n -> n.setInput(
                                    0, first(graph, "DynamicQuantizeLinear").getOutput(1)));
                },
                "times something else than their scale");
    }

    @Test
    void refusesWhatIsNotReadByWhatItIs() throws IOException {
        assertRefused(
                Kind.DYNAMIC,
                graph -> {
                    String product = last(graph, "MatMulInteger").getOutput(0);
                    graph.getNodeBuilderList().stream()
                            .filter(n -> n.getInputCount() > 0 && n.getInput(0).equals(product))
                            .forEach(n -> n.setOpType("Neg"));
                },
                "another kind than QDQ and MatMulInteger");
        assertRefused(
                Kind.QDQ_CHANNEL,
                graph -> ofWeights(graph).getAttributeBuilder(0).setI(7),
                "dimension 7");
        assertRefused(
                Kind.QDQ_CHANNEL,
                graph -> {
                    graph.addInitializer(TensorProto.newBuilder()
                            .setName("few")
                            .setDataType(DataType.FLOAT_VALUE)
                            .addDims(5)
                            .addAllFloatData(Collections.nCopies(5, 0.1f)));
                    ofWeights(graph).setInput(1, "few");
                },
                "[5] scales or zero points for");
        assertRefused(
                Kind.QDQ_CHANNEL,
                graph -> ofWeights(graph)
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("block_size")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(16)),
                "in blocks");
    }

    private static NodeProto.Builder ofWeights(GraphProto.Builder graph) {
        return find(graph, n -> n.getOpType().equals("DequantizeLinear") && n.getAttributeCount() > 0);
    }

    private static NodeProto.Builder ofActivations(GraphProto.Builder graph) {
        Set<String> quantised = graph.getNodeList().stream()
                .filter(n -> n.getOpType().equals("QuantizeLinear"))
                .map(n -> n.getOutput(0))
                .collect(Collectors.toSet());
        return find(graph, n -> n.getOpType().equals("DequantizeLinear") && quantised.contains(n.getInput(0)));
    }

    private static NodeProto.Builder first(GraphProto.Builder graph, String type) {
        return find(graph, n -> n.getOpType().equals(type));
    }

    private static NodeProto.Builder last(GraphProto.Builder graph, String type) {
        return graph.getNodeBuilderList().stream()
                .filter(n -> n.getOpType().equals(type))
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    private static NodeProto.Builder find(GraphProto.Builder graph, Predicate<NodeProto.Builder> wanted) {
        return graph.getNodeBuilderList().stream().filter(wanted).findFirst().orElseThrow();
    }

    private void assertRefused(Kind kind, Consumer<GraphProto.Builder> change, String phrase) throws IOException {
        ModelProto model = quantise("timm_vit_op17", kind).quantised();
        var graph = model.getGraph().toBuilder();
        change.accept(graph);
        Path file = Files.write(
                directory.resolve("odd.onnx"),
                model.toBuilder().setGraph(graph).build().toByteArray());
        assertThatThrownBy(() -> OnnxEncoderReader.read(file))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("odd.onnx")
                .hasMessageContaining(phrase);
    }
}
