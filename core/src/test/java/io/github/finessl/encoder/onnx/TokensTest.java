package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.VitWriter.Attend;
import io.github.finessl.encoder.onnx.VitWriter.Ending;
import io.github.finessl.encoder.onnx.VitWriter.Front;
import io.github.finessl.encoder.onnx.VitWriter.Shape;
import io.github.finessl.encoder.onnx.VitWriter.Spelling;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.model.FrozenEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** DINOv2 and its like: which tokens there are, and which of them become the features. */
class TokensTest {

    private static final Shape SHAPE = new Shape(32, 32, 8, 8, 64, 4, 2);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "CLASS, true, 0, 17",
        "CLASS_UNPLACED, true, 0, 17",
        "CLASS_RESAMPLED, true, 0, 17",
        "REGISTERS_LATE, true, 2, 17",
        "REGISTERS_UNPLACED, true, 2, 17",
        "REGISTERS_PLACED, true, 2, 17"
    })
    void whatStandsBeforeThePatches(Front front, boolean classToken, int registers, int positions) throws IOException {
        VisionTransformer vit = read(front, Ending.NORM_THEN_TOKEN, graph -> {});
        assertThat(vit.embedding().classToken().isPresent()).isEqualTo(classToken);
        assertThat(vit.embedding().registers().map(r -> r.size(0)).orElse(0L)).isEqualTo(registers);
        assertThat(vit.embedding().positions().orElseThrow().size(0)).isEqualTo(positions);
        assertThat(vit.tokens()).isEqualTo(positions + registers);
        VisionTransformer larger = vit.atResolution(48);
        assertThat(larger.tokens()).isEqualTo(vit.tokens() + 20);
        assertThat(larger.embedding().registers()).isEqualTo(vit.embedding().registers());
        assertThat(larger.embedding().positions().orElseThrow().getRow(0))
                .isEqualTo(vit.embedding().positions().orElseThrow().getRow(0));
    }

    @Test
    void encodersWithoutAClassToken() throws IOException {
        VisionTransformer none = read(Front.NONE, Ending.MEAN_THEN_NORM, graph -> {});
        assertThat(none.embedding().classToken()).isEmpty();
        assertThat(none.embedding().registers()).isEmpty();
        assertThat(none.pooling()).isEqualTo(new Pooling.MeanThenNorm(0));
        assertThat(none.atResolution(16).tokens()).isEqualTo(4);
        VisionTransformer registers = read(Front.REGISTERS_ONLY, Ending.NORM_THEN_MEAN, graph -> {});
        assertThat(registers.embedding().classToken()).isEmpty();
        assertThat(registers.embedding().registers().orElseThrow().shape()).containsExactly(2, 64);
        assertThat(registers.pooling()).isEqualTo(new Pooling.NormThenMean(2));
    }

    static Stream<Arguments> kinds() {
        return Stream.of(Front.values())
                .flatMap(front -> Stream.of(
                                Ending.NORM_THEN_TOKEN,
                                Ending.MEAN_THEN_NORM,
                                Ending.NORM_THEN_MEAN,
                                Ending.NORM_THEN_MEAN_OF_ALL)
                        .filter(ending -> front.hasClassToken() || ending.isMean())
                        .map(ending -> Arguments.of(front, ending)));
    }

    /** Through the fast kernels, as training and evaluation see it. */
    @ParameterizedTest
    @MethodSource("kinds")
    void featuresAreOnnxRuntimes(Front front, Ending ending) throws IOException, OrtException {
        Path file = write(front, ending, graph -> {});
        float[] images = images(SHAPE.height());
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(file);
        try (Kernels kernels = KernelChoice.open(Precision.F32);
                FrozenEncoder encoder = new FrozenEncoder(vit, kernels)) {
            INDArray features = encoder.features(Nd4j.create(images, new long[] {2, 3, 32, 32}, 'c'));
            RealExportersTest.assertClose(features.toDoubleMatrix(), OrtOracle.run(file, images, 2, 3, 32, 32), 1e-4);
        }
    }

    /** Exports for images of several sizes resample the positions in the graph, to the same size here. */
    @Test
    void anOpenImageHasTheSizeOfThePositions() throws IOException, OrtException {
        Shape shape = new Shape(40, 40, 8, 8, 64, 4, 2);
        Path file = write(shape, Front.CLASS_RESAMPLED, Ending.NORM_THEN_TOKEN, graph -> {
            var input = graph.getInputBuilder(0)
                    .getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder();
            input.getDimBuilder(2).setDimParam("height");
            input.getDimBuilder(3).setDimParam("width");
        });
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(file);
        assertThat(vit.imageHeight()).isEqualTo(40);
        float[] images = images(40);
        RealExportersTest.assertClose(
                new ReferenceVit(vit).output(images, 2), OrtOracle.run(file, images, 2, 3, 40, 40), 1e-4);
    }

    @Test
    void refusesFeaturesThatAreNotClear() {
        assertRefused(Front.REGISTERS_PLACED, Ending.ALL_TOKENS, graph -> {}, "a distillation token?");
        assertRefused(Front.NONE, Ending.ALL_TOKENS, graph -> {}, "without a class token");
        assertRefused(Front.REGISTERS_ONLY, Ending.ALL_TOKENS, graph -> {}, "none is known to be the class token");
        assertRefused(Front.NONE, Ending.NORM_THEN_TOKEN, graph -> {}, "the first patch for the features");
        // DINOv2's linear classifiers: class token and mean side by side.
        assertRefused(
                Front.CLASS,
                Ending.NORM_THEN_TOKEN,
                graph -> {
                    String token = graph.getOutput(0).getName();
                    String all = graph.getNodeList().stream()
                            .filter(n -> n.getOpType().equals("LayerNormalization"))
                            .reduce((a, b) -> b)
                            .orElseThrow()
                            .getOutput(0);
                    graph.addNode(node("ReduceMean", "mean", all).toBuilder()
                            .addAttribute(
                                    AttributeProto.newBuilder().setName("axes").addInts(1))
                            .addAttribute(AttributeProto.newBuilder()
                                    .setName("keepdims")
                                    .setI(0)));
                    graph.addNode(node("Concat", "both", token, "mean").toBuilder()
                            .addAttribute(
                                    AttributeProto.newBuilder().setName("axis").setI(1)));
                    graph.clearOutput().addOutput(ValueInfoProto.newBuilder().setName("both"));
                },
                "class token and mean?");
    }

    @Test
    void refusesTokensElsewhere() {
        assertRefused(Front.CLASS, Ending.NORM_THEN_TOKEN, graph -> joined(graph, 1, 0), "tokens behind the patches");
        assertRefused(Front.CLASS, Ending.NORM_THEN_TOKEN, graph -> joined(graph, 0, 1, 1), "tokens behind");
    }

    /** Changes which inputs the graph puts together as tokens. */
    private static void joined(GraphProto.Builder graph, int... inputs) {
        var concat = graph.getNodeBuilderList().stream()
                .filter(n -> n.getOpType().equals("Concat") && n.getAttribute(0).getI() == 1)
                .findFirst()
                .orElseThrow();
        List<String> before = List.copyOf(concat.getInputList());
        concat.clearInput();
        for (int input : inputs) {
            concat.addInput(before.get(input));
        }
    }

    private static float[] images(int side) {
        var random = new Random(6);
        var images = new float[VitWriter.BATCH * 3 * side * side];
        for (int i = 0; i < images.length; i++) {
            images[i] = (float) random.nextGaussian();
        }
        return images;
    }

    private static NodeProto node(String type, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(type)
                .addOutput(output)
                .addAllInput(List.of(inputs))
                .build();
    }

    private VisionTransformer read(Front front, Ending ending, Consumer<GraphProto.Builder> change) throws IOException {
        return (VisionTransformer) OnnxEncoderReader.read(write(front, ending, change));
    }

    private Path write(Front front, Ending ending, Consumer<GraphProto.Builder> change) throws IOException {
        return write(SHAPE, front, ending, change);
    }

    private Path write(Shape shape, Front front, Ending ending, Consumer<GraphProto.Builder> change)
            throws IOException {
        Path file = Files.createTempFile(directory, front + "-", ".onnx");
        VitWriter.write(Spelling.dino(front, ending, Attend.PRODUCTS), shape, file, 9);
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
        var graph = model.getGraph().toBuilder();
        change.accept(graph);
        return Files.write(file, model.toBuilder().setGraph(graph).build().toByteArray());
    }

    private void assertRefused(Front front, Ending ending, Consumer<GraphProto.Builder> change, String phrase) {
        assertThatThrownBy(() -> read(front, ending, change))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining(front.name())
                .hasMessageContaining(phrase);
    }
}
