package io.github.finessl.model;

import static io.github.finessl.Values.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.Cases;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.ReferenceVit;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.kernel.onednn.OneDnnKernels;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.Supervised;
import io.github.finessl.tuning.BitFit;
import io.github.finessl.tuning.FullFineTuning;
import io.github.finessl.tuning.LinearProbe;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.Tunings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Encoders of other structures than CLIP's: features, gradients and every strategy. */
class StructuresTest {
    private static final List<String> STRATEGIES = List.of(
            "vpt-deep",
            "vpt-shallow",
            "vpt-last:1",
            "adapter:dim=3",
            "adapter:dim=3,sequential",
            "adaptformer:dim=3",
            "lora:rank=2",
            "ssf",
            "bitfit",
            "full",
            "vpt-deep+bitfit",
            "vpt-deep+lora:rank=2",
            "vpt-shallow+adapter:dim=3+ssf");
    private static final Map<String, VisionTransformer> ENCODERS = Structures.all();

    static List<String> names() {
        return List.copyOf(ENCODERS.keySet());
    }

    /** One strategy of each kind of graph. */
    static Stream<Arguments> some() {
        return names().stream()
                .flatMap(name -> Stream.of(
                                "vpt-deep", "vpt-shallow", "adaptformer:dim=3", "full", "vpt-deep+lora:rank=2")
                        .map(strategy -> Arguments.of(name, strategy)));
    }

    static Stream<Arguments> strategies() {
        return Cases.grid(names(), STRATEGIES);
    }

    private static INDArray normal(Random random, long... shape) {
        INDArray a = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < a.length(); i++) {
            a.putScalar(i, (float) random.nextGaussian());
        }
        return a;
    }

    private static INDArray images(VisionTransformer vit, int count) {
        return normal(new Random(1), count, 3, vit.imageHeight(), vit.imageWidth());
    }

    private static double[][] reference(VisionTransformer vit, Map<String, double[][]> prompts) {
        double[][] features = new double[2][];
        for (int i = 0; i < features.length; i++) {
            INDArray image = images(vit, 2).get(NDArrayIndex.point(i)).dup('c');
            features[i] =
                    new ReferenceVit(vit).features(image.reshape(image.length()).toDoubleVector(), prompts);
        }
        return features;
    }

    /** A strategy's parameters, away from their start. */
    private static Map<String, INDArray> moved(VisionTransformer vit, Tuning tuning) {
        Random random = new Random(2);
        SplittableRandom start = new SplittableRandom(3);
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        for (Parameter parameter : tuning.parameters(vit)) {
            INDArray value = parameter.drawn(start).castTo(DataType.DOUBLE);
            parameters.put(
                    parameter.name(),
                    value.add(normal(random, parameter.shape()).mul(.1)));
        }
        return parameters;
    }

    @ParameterizedTest
    @MethodSource("names")
    void featuresAreTheFormula(String name) {
        VisionTransformer vit = ENCODERS.get(name);
        INDArray features = new FeatureProbe(vit, new LinearProbe(), Map.of(), images(vit, 2)).features();
        assertThat(features.size(1)).isEqualTo(vit.featureWidth());
        assertClose(name, features.toDoubleMatrix(), reference(vit, Map.of()), 1e-10);
    }

    @ParameterizedTest
    @MethodSource("names")
    void promptsAreTokensWithoutAPlace(String name) {
        VisionTransformer vit = ENCODERS.get(name);
        for (String strategy : List.of("vpt-deep", "vpt-shallow", "vpt-last:1")) {
            Tuning tuning = Tunings.make(strategy, 3, 2);
            Map<String, INDArray> prompts = moved(vit, tuning);
            Map<String, double[][]> values = new LinkedHashMap<>();
            prompts.forEach((prompt, value) -> values.put(prompt, value.toDoubleMatrix()));
            INDArray features = new FeatureProbe(vit, tuning, prompts, images(vit, 2)).features();
            assertClose(name + ", " + strategy, features.toDoubleMatrix(), reference(vit, values), 1e-10);
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyWeightIsAParameterButConstants(String name) {
        VisionTransformer vit = ENCODERS.get(name);
        FeatureProbe probe =
                new FeatureProbe(vit, new FullFineTuning(), moved(vit, new FullFineTuning()), images(vit, 2));
        assertThat(probe.constants())
                .allMatch(constant -> constant.endsWith(".cos")
                        || constant.endsWith(".sin")
                        || constant.endsWith(".scoreBias")
                        || constant.endsWith("orm.bias") // RMS norms have none
                        || constant.matches("block\\.[01]\\.norm[12]\\.bias")
                        || (constant.equals("positions")
                                && vit.embedding().positions().isEmpty())
                        || (constant.equals("nowhere")
                                && vit.embedding().patchNorm().isPresent()));
        assertThat(vit.parameters().keySet())
                .noneMatch(parameter -> probe.constants().contains(parameter));
    }

    @Test
    void namesOfParameters() {
        assertThat(ENCODERS.get("everything").parameters().keySet().stream()
                        .filter(name -> !name.startsWith("block.1")))
                .containsExactly(
                        "patches.weight",
                        "patches.bias",
                        "patchNorm.gain",
                        "patchNorm.bias",
                        "classToken",
                        "registers",
                        "positions",
                        "block.0.norm1.gain",
                        "block.0.qkv.weight",
                        "block.0.qkv.bias",
                        "block.0.queryNorm.gain",
                        "block.0.keyNorm.gain",
                        "block.0.keyNorm.bias",
                        "block.0.attendedNorm.gain",
                        "block.0.attendedNorm.bias",
                        "block.0.out.weight",
                        "block.0.out.bias",
                        "block.0.norm2.gain",
                        "block.0.norm2.bias",
                        "block.0.fc1.weight",
                        "block.0.fc1.bias",
                        "block.0.innerNorm.gain",
                        "block.0.fc2.weight",
                        "block.0.fc2.bias",
                        "finalNorm.gain",
                        "finalNorm.bias",
                        "pooling.query",
                        "pooling.kv.weight",
                        "pooling.kv.bias",
                        "pooling.keyNorm.gain",
                        "pooling.out.weight",
                        "pooling.out.bias",
                        "pooling.norm.gain",
                        "pooling.fc1.weight",
                        "pooling.fc1.bias",
                        "pooling.fc2.weight",
                        "pooling.fc2.bias",
                        "pooledNorm.gain",
                        "pooledNorm.bias");
    }

    @Test
    void bitFitNeedsBiases() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BitFit().parameters(Structures.withoutBiases()))
                .withMessage("bitfit trains biases, but the encoder has none");
    }

    /** The gradient of each parameter against the difference in a random direction. */
    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("strategies")
    void gradientsAreThoseOfDifferences(String name, String strategy) {
        VisionTransformer vit = ENCODERS.get(name);
        Tuning tuning = Tunings.make(strategy, 3, 2);
        Map<String, INDArray> parameters = moved(vit, tuning);
        Random random = new Random(5);
        INDArray upstream = normal(random, 2, vit.featureWidth());
        Map<String, INDArray> gradients = new FeatureProbe(vit, tuning, parameters, images(vit, 2)).gradients(upstream);
        assertThat(gradients.keySet()).isEqualTo(parameters.keySet());
        Map<String, INDArray> directions = new LinkedHashMap<>();
        parameters.forEach((parameter, value) -> directions.put(parameter, normal(random, value.shape())));
        List<List<String>> groups = strategy.equals("full")
                ? parameters.keySet().stream().map(List::of).toList()
                : List.of(List.copyOf(parameters.keySet()));
        for (List<String> group : groups) {
            double step = 1e-6;
            double expected = (loss(vit, tuning, along(parameters, directions, group, step), upstream)
                            - loss(vit, tuning, along(parameters, directions, group, -step), upstream))
                    / (2 * step);
            double actual = group.stream()
                    .mapToDouble(parameter -> gradients
                            .get(parameter)
                            .mul(directions.get(parameter))
                            .sumNumber()
                            .doubleValue())
                    .sum();
            assertClose(name + " " + group, actual, expected, 1e-6 * Math.max(1, Math.abs(expected)));
        }
    }

    private static Map<String, INDArray> along(
            Map<String, INDArray> parameters, Map<String, INDArray> directions, List<String> group, double step) {
        Map<String, INDArray> result = new LinkedHashMap<>(parameters);
        group.forEach(name ->
                result.put(name, parameters.get(name).add(directions.get(name).mul(step))));
        return result;
    }

    private static double loss(
            VisionTransformer vit, Tuning tuning, Map<String, INDArray> parameters, INDArray upstream) {
        return new FeatureProbe(vit, tuning, parameters, images(vit, 2))
                .features()
                .mul(upstream)
                .sumNumber()
                .doubleValue();
    }

    /**
     * Loss and gradients of a step in single precision, or near it. In bf16 the fifty distances have a geometric mean of .005;
     * the largest, of the encoder with everything, is the one or the other rounding's luck.
     */
    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("some")
    void fastKernelsMatchThePortable(String name, String strategy) {
        VisionTransformer vit = ENCODERS.get(name);
        Tuning tuning = Tunings.make(strategy, 3, 2);
        Map<String, INDArray> start = new LinkedHashMap<>();
        moved(vit, tuning).forEach((parameter, value) -> start.put(parameter, value.castTo(DataType.FLOAT)));
        start.put(Heads.WEIGHT, normal(new Random(6), 3, vit.featureWidth()).castTo(DataType.FLOAT));
        start.put(Heads.SCALE, Nd4j.createFromArray(5f));
        INDArray images = images(vit, 5).castTo(DataType.FLOAT);
        Map<String, INDArray> expected = step(new Nd4jKernels(), vit, tuning, start, images);
        List<Precision> fast =
                OneDnnKernels.hasBf16() ? List.of(Precision.F32, Precision.BF16) : List.of(Precision.F32);
        for (Precision precision : fast) {
            Map<String, INDArray> actual = step(KernelChoice.open(precision, 2), vit, tuning, start, images);
            double differences = expected.keySet().stream()
                    .mapToDouble(each -> squares(expected.get(each).sub(actual.get(each))))
                    .sum();
            double all = expected.values().stream()
                    .mapToDouble(StructuresTest::squares)
                    .sum();
            assertThat(Math.sqrt(differences / all))
                    .as("relative distance of logits and gradients in %s", precision)
                    .isLessThan(precision == Precision.F32 ? 1e-5 : 8e-2);
        }
    }

    private static double squares(INDArray values) {
        return values.mul(values).sumNumber().doubleValue();
    }

    private static Map<String, INDArray> step(
            Kernels kernels, VisionTransformer vit, Tuning tuning, Map<String, INDArray> start, INDArray images) {
        Method method = new Supervised(3);
        StepTargets targets = method.targets(new int[] {0, 1, 2, 1, 0}, null);
        try (kernels;
                FineTunedModel model = new FineTunedModel(vit, tuning, method, start, DataType.FLOAT, kernels)) {
            Map<String, INDArray> results = new LinkedHashMap<>();
            model.gradients(images, targets, 1)
                    .gradients()
                    .forEach((name, gradient) -> results.put(name, gradient.dup()));
            results.put("logits", Nd4j.createFromArray(model.logits(images)).castTo(DataType.FLOAT));
            return results;
        }
    }

    @ParameterizedTest
    @CsvSource({"BEiT, adds relative positions", "EVA-02, rotates queries and keys by angles"})
    void anotherResolutionIsRefusedWhereItsTablesAreUnknown(String name, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ENCODERS.get(name).atResolution(32))
                .withMessageContaining(reason)
                .withMessageContaining("known for images of 24×16 pixels alone");
    }

    @Test
    void aRotationFollowsItsRuleToAnotherResolution() {
        VisionTransformer known = Structures.rotatedByRule();
        VisionTransformer larger = known.atResolution(32);
        INDArray cos = larger.blocks()
                .get(1)
                .qk()
                .orElseThrow()
                .rotation()
                .orElseThrow()
                .cos();
        assertThat(cos.shape()).containsExactly(1, 17, 3);
        assertThat(cos.getDouble(0, 0, 0)).isEqualTo(1);
        assertThat(cos.getDouble(0, 1 + 4 * 2 + 3, 1)).isCloseTo(Math.cos(2 + 3 * .5), within(1e-6));
        INDArray image = normal(new Random(9), 1, 3, 32, 32);
        assertClose(
                "features",
                new FeatureProbe(larger, new LinearProbe(), Map.of(), image)
                        .features()
                        .toDoubleMatrix()[0],
                new ReferenceVit(larger).features(image.reshape(3 * 32 * 32).toDoubleVector(), Map.of()),
                1e-10);
    }

    @Test
    void attentionPoolingTakesAnotherResolution() {
        VisionTransformer larger = ENCODERS.get("SigLIP").atResolution(32);
        assertThat(larger.tokens()).isEqualTo(16);
        assertThat(larger.embedding().positions().orElseThrow().shape()).containsExactly(16, 12);
        INDArray image = normal(new Random(9), 1, 3, 32, 32);
        double[] expected =
                new ReferenceVit(larger).features(image.reshape(3 * 32 * 32).toDoubleVector(), Map.of());
        assertClose(
                "features",
                new FeatureProbe(larger, new LinearProbe(), Map.of(), image)
                        .features()
                        .toDoubleMatrix()[0],
                expected,
                1e-10);
    }
}
