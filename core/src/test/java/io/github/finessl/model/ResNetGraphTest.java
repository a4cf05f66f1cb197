package io.github.finessl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import io.github.finessl.Cases;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.encoder.onnx.OrtOracle;
import io.github.finessl.encoder.onnx.RnWriter;
import io.github.finessl.encoder.onnx.RnWriter.Ending;
import io.github.finessl.encoder.onnx.RnWriter.Norms;
import io.github.finessl.encoder.onnx.RnWriter.Queries;
import io.github.finessl.encoder.onnx.RnWriter.Shape;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.op.Gradients;
import io.github.finessl.op.KernelOps;
import io.github.finessl.op.KernelSession;
import io.github.finessl.tuning.ScaleAndShift;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** CLIP's ResNet through the project's graph: against what its exporters computed, and its gradients. */
class ResNetGraphTest {
    private static final String PASS = "pass";
    private static final String BN = "open_clip_rn_bn_op17";
    private static final String FOLDED = "open_clip_rn_folded_op17";

    @TempDir
    Path directory;

    private static ResNet encoder(String name) {
        return (ResNet) OnnxEncoderReader.read(Fixtures.onnx(name + ".onnx"));
    }

    private static INDArray images(String name) {
        return Nd4j.create(Fixtures.floats(name + ".input.f32"), new long[] {3, 3, 64, 64}, 'c');
    }

    private static INDArray two(INDArray images) {
        return images.get(NDArrayIndex.interval(0, 2), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all())
                .dup('c');
    }

    /** The graph of an encoder with some parameters as variables, and the loss Σ features ⊙ random numbers. */
    private static final class Trained {
        private final SameDiff sd = SameDiff.create();
        private final Map<String, String> names = new LinkedHashMap<>();
        private final Map<String, INDArray> values = new LinkedHashMap<>();
        private final EncoderGraph.Outputs outputs;
        private final Map<String, INDArray> placeholders = new LinkedHashMap<>();

        Trained(
                ResNet encoder,
                DataType type,
                Map<String, INDArray> added,
                Predicate<String> trained,
                boolean batchStatistics,
                INDArray images) {
            KernelOps.register();
            Map<String, INDArray> all = new LinkedHashMap<>(added);
            encoder.parameters().forEach((name, value) -> {
                if (trained.test(name)) {
                    all.put(name, value);
                }
            });
            Map<String, SDVariable> variables = new LinkedHashMap<>();
            all.forEach((name, value) -> {
                INDArray own = value.castTo(type).dup('c');
                values.put(name, own);
                variables.put(name, sd.var(name, own));
            });
            SDVariable input = sd.placeHolder("images", type, -1, 3, encoder.imageHeight(), encoder.imageWidth());
            outputs = new ResNetGraph(
                            sd, encoder, type, variables, batchStatistics, sd.placeHolder(PASS, DataType.INT64, 1))
                    .build(input);
            placeholders.put("images", images.castTo(type));
            double[] weights = new Random(5)
                    .doubles(images.size(0) * encoder.featureWidth(), -1, 1)
                    .toArray();
            INDArray upstream = Nd4j.createFromArray(weights)
                    .reshape('c', images.size(0), encoder.featureWidth())
                    .castTo(type);
            outputs.features().mul(sd.constant("upstream", upstream)).sum("loss");
            pass(1);
        }

        void pass(long pass) {
            placeholders.put(PASS, Nd4j.createFromArray(pass));
        }

        INDArray value(Kernels kernels, String name) {
            try (KernelSession session = new KernelSession(sd, kernels)) {
                return session.run(placeholders, List.of(name)).get(name).dup('c');
            }
        }

        INDArray features(Kernels kernels) {
            return value(kernels, outputs.features().name());
        }

        Map<String, INDArray> gradients(Kernels kernels) {
            if (names.isEmpty()) {
                names.putAll(Gradients.add(sd, "loss", values.keySet()));
            }
            try (KernelSession session = new KernelSession(sd, kernels)) {
                Map<String, INDArray> found = session.run(placeholders, List.copyOf(names.values()));
                Map<String, INDArray> gradients = new LinkedHashMap<>();
                names.forEach((n, g) -> gradients.put(n, found.get(g).dup('c')));
                return gradients;
            }
        }

        /** A few entries of each gradient against central differences. */
        void assertGradientsAreThoseOfDifferences() {
            Random random = new Random(6);
            try (Nd4jKernels kernels = new Nd4jKernels()) {
                Map<String, INDArray> gradients = gradients(kernels);
                try (KernelSession session = new KernelSession(sd, kernels)) {
                    values.forEach((name, value) -> {
                        INDArray gradient = gradients.get(name);
                        assertThat(gradient.shape()).isEqualTo(value.shape());
                        if (!Cases.tries(random.nextInt(3), 0)) {
                            return;
                        }
                        double size = Math.max(1e-3, gradient.amaxNumber().doubleValue());
                        for (int n = 0; n < 2; n++) {
                            long i = random.nextLong(value.length());
                            double x = value.getDouble(i);
                            double expected =
                                    (lossAt(session, value, i, x + 1e-6) - lossAt(session, value, i, x - 1e-6)) / 2e-6;
                            value.putScalar(i, x);
                            assertThat(gradient.getDouble(i))
                                    .as("dL/d%s[%s]", name, i)
                                    .isCloseTo(expected, within(2e-6 * size));
                        }
                    });
                }
            }
        }

        private double lossAt(KernelSession session, INDArray value, long index, double x) {
            value.putScalar(index, x);
            return session.run(placeholders, List.of("loss")).get("loss").getDouble(0);
        }
    }

    private static Map<String, INDArray> scalesAndShifts(ResNet encoder) {
        Random random = new Random(8);
        Map<String, INDArray> added = new LinkedHashMap<>();
        encoder.convolutions().forEach((name, c) -> {
            int width = (int) c.weight().size(0);
            double[] scale = random.doubles(width, 0.8, 1.2).toArray();
            double[] shift = random.doubles(width, -0.1, 0.1).toArray();
            added.put(ScaleAndShift.scale(name), Nd4j.createFromArray(scale));
            added.put(ScaleAndShift.shift(name), Nd4j.createFromArray(shift));
        });
        return added;
    }

    @ParameterizedTest
    @ValueSource(strings = {BN, FOLDED})
    void computesWhatTheExporterComputed(String name) {
        float[] expected = Fixtures.floats(name + ".output.f32");
        ResNet encoder = encoder(name);
        assertThat(encoder.hasNorms()).isEqualTo(name.equals(BN));
        assertThat(encoder.featureWidth()).isEqualTo(32);
        assertThat(encoder.stages()).hasSize(4);
        Predicate<String> none = n -> false;
        Predicate<String> all = n -> true;
        for (Predicate<String> trained : List.of(none, all)) {
            Trained graph = new Trained(encoder, DataType.FLOAT, Map.of(), trained, false, images(name));
            try (Kernels portable = new Nd4jKernels();
                    Kernels fast = KernelChoice.open(Precision.F32, 2);
                    Kernels auto = KernelChoice.open(Precision.AUTO, 2)) {
                assertClose(graph.features(portable), expected, 1e-4);
                assertClose(graph.features(fast), expected, 1e-4);
                assertClose(graph.features(auto), expected, 2e-2); // pooling's scores may multiply bf16
            }
        }
    }

    private static void assertClose(INDArray found, float[] expected, double tolerance) {
        double[] numbers = found.reshape(found.length()).toDoubleVector();
        assertThat(numbers).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(numbers[i]).as("number %s", i).isCloseTo(expected[i], within(tolerance));
        }
    }

    /** Other depths, widths, resolutions and spellings, against ONNX Runtime. */
    @ParameterizedTest
    @CsvSource({
        "64, 8, 1-1-1-1, 4, 10, KEPT, ALL, EMBEDDING, false",
        "96, 6, 2-1-3-1, 2, 7, FOLDED, MEAN, EMBEDDING, true",
        "64, 4, 1-2-1-1, 8, 12, SPELT, MEAN, UNIT, true",
        "128, 8, 1-1-2, 4, 16, KEPT, MEAN, EMBEDDING, false",
        "32, 8, 1-1-1-1, 4, 9, KEPT, ALL, EMBEDDING, false"
    })
    void computesOtherGeometries(
            int pixels,
            int width,
            String depths,
            int heads,
            int features,
            Norms norms,
            Queries queries,
            Ending ending,
            boolean open)
            throws IOException, OrtException {
        Path file = directory.resolve("rn.onnx");
        List<Integer> blocks =
                Arrays.stream(depths.split("-")).map(Integer::valueOf).toList();
        Shape shape = new Shape(pixels, width, blocks, heads, features, open);
        RnWriter.write(shape, norms, queries, ending, file, 3);
        ResNet encoder = (ResNet) OnnxEncoderReader.read(file);
        assertThat(encoder.imageHeight()).isEqualTo(pixels);
        assertThat(encoder.stages().stream().map(List::size).toList()).isEqualTo(blocks);
        assertThat(encoder.hasNorms()).isEqualTo(norms == Norms.KEPT);
        float[] numbers = new float[2 * 3 * pixels * pixels];
        Random random = new Random(4);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        float[] expected = OrtOracle.run(file, numbers, 2, 3, pixels, pixels);
        INDArray images = Nd4j.create(numbers, new long[] {2, 3, pixels, pixels}, 'c');
        Trained graph = new Trained(encoder, DataType.FLOAT, Map.of(), n -> false, false, images);
        try (Kernels portable = new Nd4jKernels();
                Kernels fast = KernelChoice.open(Precision.F32, 2)) {
            for (Kernels kernels : List.of(portable, fast)) {
                INDArray found = graph.features(kernels);
                assertClose(
                        ending == Ending.UNIT ? found.divColumnVector(found.norm2(true, 1)) : found, expected, 1e-4);
            }
        }
    }

    @Test
    void anEvaluationWithNormsKeptIsTheFile() {
        ResNet encoder = encoder(BN);
        Trained graph = new Trained(encoder, DataType.FLOAT, Map.of(), ResNetGraphTest::isNorm, true, images(BN));
        graph.pass(0);
        try (Kernels fast = KernelChoice.open(Precision.F32, 2)) {
            assertClose(graph.features(fast), Fixtures.floats(BN + ".output.f32"), 1e-4);
            graph.pass(1);
            INDArray training = graph.features(fast);
            INDArray expected =
                    Nd4j.createFromArray(Fixtures.floats(BN + ".output.f32")).reshape(training.shape());
            assertThat(training.sub(expected).amaxNumber().doubleValue()).isGreaterThan(1e-2);
        }
        assertThat(graph.outputs.statistics())
                .hasSize(2
                        * (int) encoder.convolutions().values().stream()
                                .filter(c -> c.norm().isPresent())
                                .count());
    }

    private static boolean isNorm(String name) {
        return name.matches(".*norm\\d?\\.(gain|bias)");
    }

    @ParameterizedTest
    @CsvSource({BN + ", full", FOLDED + ", full", BN + ", bias", FOLDED + ", bias", BN + ", norm", BN + ", gains"})
    void gradientsAreThoseOfDifferences(String name, String what) {
        ResNet encoder = encoder(name);
        Predicate<String> trained = switch (what) {
            case "full" -> n -> true;
            case "bias" -> n -> n.endsWith(".bias");
            case "gains" -> n -> n.endsWith(".gain");
            default -> ResNetGraphTest::isNorm;
        };
        new Trained(encoder, DataType.DOUBLE, Map.of(), trained, what.equals("norm"), two(images(name)))
                .assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @ValueSource(strings = {BN, FOLDED})
    void gradientsOfScalesAndShiftsAreThoseOfDifferences(String name) {
        ResNet encoder = encoder(name);
        new Trained(encoder, DataType.DOUBLE, scalesAndShifts(encoder), n -> false, false, two(images(name)))
                .assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void fastGradientsMatchPortableOnes(boolean batchStatistics) {
        ResNet encoder = encoder(BN);
        Map<String, INDArray> added = scalesAndShifts(encoder);
        Trained exact = new Trained(encoder, DataType.DOUBLE, added, n -> true, batchStatistics, images(BN));
        Trained fast = new Trained(encoder, DataType.FLOAT, added, n -> true, batchStatistics, images(BN));
        try (Kernels portable = new Nd4jKernels();
                Kernels oneDnn = KernelChoice.open(Precision.F32, 2)) {
            Map<String, INDArray> expected = exact.gradients(portable);
            Map<String, INDArray> found = fast.gradients(oneDnn);
            Map<String, INDArray> again = fast.gradients(oneDnn);
            expected.forEach((name, gradient) -> {
                double size = Math.max(1e-2, gradient.amaxNumber().doubleValue());
                double error = found.get(name)
                        .castTo(DataType.DOUBLE)
                        .sub(gradient)
                        .amaxNumber()
                        .doubleValue();
                assertThat(error).as(name).isLessThan(1e-3 * size);
                assertThat(again.get(name)).as(name).isEqualTo(found.get(name));
            });
        }
    }

    @Test
    void refusesAParameterThatTheEncoderHasNot() {
        assertThatThrownBy(() -> new Trained(
                        encoder(FOLDED),
                        DataType.FLOAT,
                        Map.of("ssf.nowhere.scale", Nd4j.ones(4)),
                        n -> false,
                        false,
                        images(FOLDED)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ssf.nowhere.scale");
    }
}
