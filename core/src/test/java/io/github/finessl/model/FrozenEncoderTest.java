package io.github.finessl.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.Methods;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.train.Sgd;
import io.github.finessl.tuning.FullFineTuning;
import io.github.finessl.tuning.LinearProbe;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What training changes, and what it must not. */
class FrozenEncoderTest {
    private static final Methods.Settings SETTINGS = new Methods.Settings(8, 3, 0.2, 0.5, false);

    static Stream<Tuning> tunings() {
        return Stream.of(
                new VisualPrompts(new Placement.Deep(), 5),
                new VisualPrompts(new Placement.Shallow(), 5),
                new VisualPrompts(new Placement.Last(2), 5),
                new LinearProbe());
    }

    @ParameterizedTest
    @MethodSource("tunings")
    void noBitOfTheEncoderChanges(Tuning tuning) {
        VisionTransformer encoder = SmallClip.encoder();
        List<INDArray> weights = weights(encoder);
        List<float[]> before = weights.stream().map(FrozenEncoderTest::values).toList();
        Method method = Methods.make("finessl", SETTINGS, 40, 7);
        GoldenBatch batch = new GoldenBatch(1);
        Sgd sgd = new Sgd(0.9, 5e-4);
        try (Nd4jKernels kernels = new Nd4jKernels();
                FineTunedModel model = model(encoder, tuning, method, kernels)) {
            Map<String, float[]> start = new LinkedHashMap<>();
            model.parameters().forEach((name, value) -> start.put(name, values(value)));
            for (int step = 0; step < 3; step++) {
                StepResult result = model.gradients(batch.training(), batch.targets(model, method), 1);
                sgd.step(model.parameters(), result.gradients(), 0.03);
            }
            model.parameters()
                    .forEach((name, value) -> assertThat(values(value)).as(name).isNotEqualTo(start.get(name)));
        }
        assertThat(weights).hasSize(3 * 12 + 7);
        for (int i = 0; i < weights.size(); i++) {
            assertThat(values(weights.get(i))).as("weight " + i).isEqualTo(before.get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("tunings")
    void onlyParametersHaveGradients(Tuning tuning) {
        Method method = Methods.make("finessl", SETTINGS, 40, 7);
        GoldenBatch batch = new GoldenBatch(1);
        try (Nd4jKernels kernels = new Nd4jKernels();
                FineTunedModel model = model(SmallClip.encoder(), tuning, method, kernels)) {
            StepResult result = model.gradients(batch.training(), batch.targets(model, method), 1);
            assertThat(result.gradients().keySet()).isEqualTo(model.parameters().keySet());
            assertThat(model.parameters().keySet())
                    .allMatch(name -> name.startsWith("prompt.") || name.matches("(head|auxiliary)\\.(weight|scale)"));
        }
    }

    @Test
    void aClosedModelReleasesWhatItTrained() {
        Tuning full = new FullFineTuning();
        Map<String, INDArray> start = SmallClip.start();
        start.putAll(SmallClip.encoder().parameters());
        Map<String, INDArray> parameters;
        Method method = Methods.make("finessl", SETTINGS, 40, 7);
        try (Nd4jKernels kernels = new Nd4jKernels();
                FineTunedModel model =
                        new FineTunedModel(SmallClip.encoder(), full, method, start, DataType.FLOAT, kernels)) {
            parameters = model.parameters();
            assertThat(parameters).hasSizeGreaterThan(3 * 12);
        }
        assertThat(parameters.values()).allMatch(INDArray::wasClosed);
        assertThat(start.values()).noneMatch(INDArray::wasClosed);
    }

    @Test
    void nothingIsEverComputedForTheGradientOfAWeight() {
        FeatureProbe probe = new FeatureProbe(
                SmallClip.encoder(),
                new VisualPrompts(new Placement.Deep(), 5),
                SmallClip.prompts(),
                SmallClip.array(SmallClip.INPUTS, "x").slice(0));
        probe.gradients(Nd4j.ones(DataType.DOUBLE, 4, 64));
        assertThat(probe.constants()).hasSizeGreaterThan(3 * 12);
        assertThat(probe.constants())
                .allSatisfy(name -> assertThat(probe.gradientOp(name)).as(name).isIn("none", "zeroslike"));
        assertThat(probe.gradientOp("prompt.0")).isEqualTo("finessl_frozen_linear_bp");
    }

    @Test
    void theDetachedAuxiliaryLossLeavesThePromptsAloneBitForBit() {
        Map<String, float[]> with = promptGradients("finessl", true);
        Map<String, float[]> without = promptGradients("finessl", false);
        assertThat(with.keySet()).containsExactly("prompt.0", "prompt.1", "prompt.2");
        with.forEach((name, gradient) -> assertThat(gradient).as(name).isEqualTo(without.get(name)));
    }

    @Test
    void theAttachedAuxiliaryLossDoesNot() {
        Map<String, float[]> with = promptGradients("finessl-attached", true);
        Map<String, float[]> without = promptGradients("finessl-attached", false);
        with.forEach((name, gradient) -> assertThat(gradient).as(name).isNotEqualTo(without.get(name)));
    }

    private static Map<String, float[]> promptGradients(String name, boolean auxiliaryLoss) {
        Method method = Methods.make(name, SETTINGS, 40, 7);
        GoldenBatch batch = new GoldenBatch(1);
        try (Nd4jKernels kernels = new Nd4jKernels();
                FineTunedModel model =
                        model(SmallClip.encoder(), new VisualPrompts(new Placement.Deep(), 5), method, kernels)) {
            StepTargets targets = batch.targets(model, method);
            if (!auxiliaryLoss) {
                targets.vectors()
                        .replaceAll((feed, values) ->
                                feed.name().startsWith("weight.auxiliary") ? new double[values.length] : values);
            }
            StepResult result = model.gradients(batch.training(), targets, 1);
            assertThat(result.parts().get("loss.auxiliary.consistency") > 0).isEqualTo(auxiliaryLoss);
            Map<String, float[]> gradients = new LinkedHashMap<>();
            result.gradients().forEach((parameter, gradient) -> {
                if (parameter.startsWith("prompt.")) {
                    gradients.put(parameter, values(gradient));
                }
            });
            return gradients;
        }
    }

    private static FineTunedModel model(VisionTransformer encoder, Tuning tuning, Method method, Nd4jKernels kernels) {
        return new FineTunedModel(encoder, tuning, method, SmallClip.start(), DataType.FLOAT, kernels);
    }

    private static List<INDArray> weights(VisionTransformer encoder) {
        List<INDArray> weights = new ArrayList<>();
        add(weights, encoder.embedding().patches());
        weights.add(encoder.embedding().classToken().orElseThrow());
        weights.add(encoder.embedding().positions().orElseThrow());
        add(weights, encoder.embedding().preNorm().get());
        add(weights, encoder.finalNorm().orElseThrow());
        for (Block block : encoder.blocks()) {
            add(weights, block.norm1());
            add(weights, block.qkv());
            add(weights, block.out());
            add(weights, block.norm2());
            add(weights, block.mlp().fc1());
            add(weights, block.mlp().fc2());
        }
        return weights;
    }

    private static void add(List<INDArray> weights, Linear linear) {
        weights.add(linear.weight());
        linear.bias().ifPresent(weights::add);
    }

    private static void add(List<INDArray> weights, LayerNorm norm) {
        weights.add(norm.gain());
        weights.add(norm.bias());
    }

    private static float[] values(INDArray array) {
        return array.dup('c').reshape(array.length()).toFloatVector();
    }
}
