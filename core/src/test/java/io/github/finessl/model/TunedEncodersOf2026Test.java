package io.github.finessl.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.Supervised;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.Tunings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A step of every strategy on a file of each kind of encoder of 2026. */
class TunedEncodersOf2026Test {
    private static final int CLASSES = 3;

    private static final List<String> STRATEGIES = List.of(
            "linear",
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
            "vpt-deep+lora:rank=2");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "siglip_d18s",
                "dinov3_l14e",
                "timm_eva02_clip_l17s",
                "aimv2_l17s",
                "beit_rel_l17s",
                "timm_vit_qknorm_l17s"
            })
    void everyStrategyHasAGradient(String name) {
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx("2026/" + name + ".onnx"));
        INDArray images = Nd4j.create(Fixtures.floats("2026/images.f32"), new long[] {3, 3, 40, 40}, 'c');
        for (String strategy : STRATEGIES) {
            assertLearns(vit, strategy, images);
        }
    }

    /** The loss becomes less one short step down its gradient. */
    private static void assertLearns(VisionTransformer vit, String strategy, INDArray images) {
        Tuning tuning = Tunings.make(strategy, vit.blocks().size(), 2);
        SplittableRandom random = new SplittableRandom(3);
        Map<String, INDArray> start = new LinkedHashMap<>();
        for (Parameter parameter : tuning.parameters(vit)) {
            start.put(parameter.name(), parameter.drawn(random).castTo(DataType.FLOAT));
        }
        INDArray head = Nd4j.create(DataType.FLOAT, CLASSES, vit.featureWidth());
        for (long i = 0; i < head.length(); i++) {
            head.putScalar(i, random.nextDouble(-1, 1));
        }
        start.put(Heads.WEIGHT, head);
        start.put(Heads.SCALE, Nd4j.createFromArray(5f));
        Method method = new Supervised(CLASSES);
        StepTargets targets = method.targets(new int[] {0, 1, 2}, null);
        Step before = step(vit, tuning, method, start, images, targets);
        double square = before.gradients().values().stream()
                .mapToDouble(gradient -> gradient.mul(gradient).sumNumber().doubleValue())
                .sum();
        assertThat(before.gradients().keySet()).as(strategy).isEqualTo(start.keySet());
        double length = 1e-3 * before.loss() / square;
        Map<String, INDArray> moved = new LinkedHashMap<>();
        start.forEach((parameter, value) ->
                moved.put(parameter, value.sub(before.gradients().get(parameter).mul(length))));
        double after = step(vit, tuning, method, moved, images, targets).loss();
        assertThat((before.loss() - after) / (1e-3 * before.loss()))
                .as("share of the loss that %s should have taken away and did", strategy)
                .isBetween(.8, 1.2);
    }

    private record Step(double loss, Map<String, INDArray> gradients) {}

    private static Step step(
            VisionTransformer vit,
            Tuning tuning,
            Method method,
            Map<String, INDArray> parameters,
            INDArray images,
            StepTargets targets) {
        try (Kernels kernels = KernelChoice.open(Precision.PORTABLE);
                FineTunedModel model = new FineTunedModel(vit, tuning, method, parameters, DataType.FLOAT, kernels)) {
            StepResult result = model.gradients(images, targets, 1);
            Map<String, INDArray> gradients = new LinkedHashMap<>();
            result.gradients().forEach((name, gradient) -> gradients.put(name, gradient.dup()));
            return new Step(result.loss(), gradients);
        }
    }
}
