package io.github.finessl.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.ssl.FineSsl;
import io.github.finessl.ssl.LabelSmoothing;
import io.github.finessl.ssl.LabelSmoothing.Form;
import io.github.finessl.ssl.MarginForm;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.UnlabelledBatch;
import io.github.finessl.ssl.WeakPredictions;
import io.github.finessl.train.CosineSchedule;
import io.github.finessl.train.Sgd;
import io.github.finessl.tuning.LinearProbe;
import io.github.finessl.tuning.VisualPrompts;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Whole training steps against the authors' trainer and its double-precision restatement. */
class GoldenStepsTest {
    private static final Map<String, String> NAMES = Map.of(
            "prompt.0",
            "vpt_list.0.prompt",
            "prompt.1",
            "vpt_list.1.prompt",
            "prompt.2",
            "vpt_list.2.prompt",
            Heads.WEIGHT,
            "head.weight",
            Heads.SCALE,
            "head.logit_scale",
            Heads.AUX_WEIGHT,
            "head1.weight",
            Heads.AUX_SCALE,
            "head1.logit_scale");
    private static final FineSsl.Options REFERENCE = FineSsl.Options.reference(8, 3, 0.7, 0.5);

    /** The golden "paper" run changes the margin and the smoothing alone. */
    private static final FineSsl.Options GOLDEN_PAPER = new FineSsl.Options(
            new FineSsl.Margin(8, MarginForm.PAPER, true, true, true),
            new FineSsl.Weights(3, FineSsl.Weighing.AUXILIARY, false),
            new FineSsl.Smoothing(new LabelSmoothing(0.5, Form.PAPER), LabelSmoothing.NONE, false, true),
            new FineSsl.Counting(0.7, true, 2));

    private static final Tolerance DOUBLE = new Tolerance(1e-9, 1e-10, 1);

    /**
     * Each step multiplies the rounding errors of those before it: the authors' own gradients in single precision are
     * 2e-6, 8e-6 and 9e-5 from those in double precision, and the order of sums differs by processor.
     */
    private static final Tolerance SINGLE = new Tolerance(2e-5, 2e-6, 10);

    /**
     * @param gradient allowed error of a loss and, relative to its largest entry, of a gradient in the first step
     * @param parameter allowed error of a parameter after the first step
     * @param growth how many times larger both may be from step to step
     */
    private record Tolerance(double gradient, double parameter, double growth) {}

    @Test
    void threeStepsInDoublePrecision() {
        check("golden/small_model/step_f64", REFERENCE, DataType.DOUBLE, DOUBLE);
    }

    @Test
    void threeStepsOfThePaperInDoublePrecision() {
        check("golden/small_model/step_f64_paper", GOLDEN_PAPER, DataType.DOUBLE, DOUBLE);
    }

    @Test
    void threeStepsInSinglePrecision() {
        check("golden/small_model/step_f32", REFERENCE, DataType.FLOAT, SINGLE);
    }

    @Test
    void threeStepsOnTheFastKernels() {
        try (Kernels kernels = KernelChoice.open(Precision.F32)) {
            check("golden/small_model/step_f32", REFERENCE, DataType.FLOAT, SINGLE, kernels);
        }
    }

    private static void check(String resource, FineSsl.Options options, DataType type, Tolerance tolerance) {
        try (Nd4jKernels kernels = new Nd4jKernels()) {
            check(resource, options, type, tolerance, kernels);
        }
    }

    private static void check(
            String resource, FineSsl.Options options, DataType type, Tolerance tolerance, Kernels kernels) {
        Golden golden = Golden.open(resource);
        FineSsl method = new FineSsl(options, 40, 7);
        Sgd sgd = new Sgd(0.9, 5e-4);
        try (FineTunedModel model = model(method, type, kernels)) {
            for (int s = 0; s < 3; s++) {
                String step = "s" + s + "/";
                double relative = tolerance.gradient() * Math.pow(tolerance.growth(), s);
                double absolute = tolerance.parameter() * Math.pow(tolerance.growth(), s);
                StepTargets targets = targets(model, method, s, type);
                StepResult result = model.gradients(images(s, type), targets, 1);

                assertThat(result.loss()).isCloseTo(scalar(golden, step + "loss"), within(relative));
                assertThat(result.parts().get("loss.supervised"))
                        .isCloseTo(scalar(golden, step + "Lx"), within(relative));
                assertThat(result.parts().get("loss.auxiliary.supervised"))
                        .isCloseTo(scalar(golden, step + "Lx1"), within(relative));
                assertThat(result.parts().get("loss.consistency"))
                        .isCloseTo(3 * scalar(golden, step + "Lu"), within(relative)); // recorded without γ
                assertThat(result.parts().get("loss.auxiliary.consistency"))
                        .isCloseTo(scalar(golden, step + "Lu1"), within(relative));
                assertThat(targets.pseudoLabels())
                        .isEqualTo(golden.get(step + "targets_u").ints());
                result.gradients()
                        .forEach((name, gradient) -> assertClose(
                                step + name,
                                gradient,
                                SmallClip.array(golden, step + "grad/" + NAMES.get(name)),
                                relative));
                sgd.step(model.parameters(), result.gradients(), 0.03);
                model.parameters().forEach((name, value) -> {
                    INDArray expected = SmallClip.array(golden, step + "param_after/" + NAMES.get(name));
                    assertThat(distance(value, expected)).as(step + name).isLessThan(absolute);
                });
            }
        }
    }

    @Test
    void twoEpochsOfTheAuthorsTrainer() {
        JsonNode golden = Golden.json("golden/small_model/two_epochs.json");
        FineSsl method = new FineSsl(REFERENCE, 40, 7);
        Sgd sgd = new Sgd(0.9, 5e-4);
        CosineSchedule schedule = new CosineSchedule(0.03, 6, 3, true, 0);
        try (Nd4jKernels kernels = new Nd4jKernels();
                FineTunedModel model = model(method, DataType.FLOAT, kernels)) {
            for (int t = 0; t < 6; t++) {
                if (t % 3 == 0) {
                    method.epochStarted();
                }
                int labelledBatch = t % 3 % 2; // the third step of an epoch uses the first labelled batch again
                INDArray images =
                        Nd4j.concat(0, input("x", labelledBatch), input("u_strong0", t % 3), input("u_strong1", t % 3));
                StepTargets targets = method.targets(
                        labels(labelledBatch),
                        new UnlabelledBatch(unlabelled(t % 3), model.predictAsInTraining(input("u_weak", t % 3))));
                StepResult result = model.gradients(images, targets, 1);
                assertThat(schedule.rate(t)).isCloseTo(golden.get("lr").get(t).doubleValue(), within(1e-12));
                assertThat(result.loss())
                        .as("loss of step " + t)
                        .isCloseTo(golden.get("loss").get(t).doubleValue(), within(1e-3));
                sgd.step(model.parameters(), result.gradients(), schedule.rate(t));
                assertThat(model.parameters().get(Heads.SCALE).getDouble(0))
                        .isCloseTo(golden.get("head_logit_scale").get(t).doubleValue(), within(1e-4));
            }
        }
    }

    @Test
    void featuresWithAndWithoutPrompts() {
        Golden trace = Golden.open("golden/small_model/trace");
        INDArray images = input("x", 0)
                .get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 2))
                .dup('c');
        VisualPrompts.Placement deep = new VisualPrompts.Placement.Deep();
        Map<String, INDArray> prompts = SmallClip.prompts();
        assertClose(
                "deep",
                new FeatureProbe(SmallClip.encoder(), new VisualPrompts(deep, 5), prompts, images).features(),
                SmallClip.array(trace, "vpt_deep/feat"),
                1e-5);
        assertClose(
                "none",
                new FeatureProbe(SmallClip.encoder(), new LinearProbe(), Map.of(), images).features(),
                SmallClip.array(trace, "no_prompt/feat"),
                1e-5);
    }

    private static FineTunedModel model(FineSsl method, DataType type, Kernels kernels) {
        return new FineTunedModel(
                SmallClip.encoder(),
                new VisualPrompts(new VisualPrompts.Placement.Deep(), 5),
                method,
                SmallClip.start(),
                type,
                kernels);
    }

    private static StepTargets targets(FineTunedModel model, FineSsl method, int s, DataType type) {
        WeakPredictions weak = model.predictAsInTraining(input("u_weak", s).castTo(type));
        return method.targets(labels(s), new UnlabelledBatch(unlabelled(s), weak));
    }

    private static INDArray images(int s, DataType type) {
        return Nd4j.concat(0, input("x", s), input("u_strong0", s), input("u_strong1", s))
                .castTo(type);
    }

    private static INDArray input(String name, int s) {
        return SmallClip.array(SmallClip.INPUTS, name)
                .slice(s)
                .castTo(DataType.FLOAT)
                .dup('c');
    }

    private static int[] labels(int s) {
        return Arrays.copyOfRange(SmallClip.INPUTS.get("y").ints(), s * 4, s * 4 + 4);
    }

    private static int[] unlabelled(int s) {
        return Arrays.copyOfRange(SmallClip.INPUTS.get("uidx").ints(), s * 8, s * 8 + 8);
    }

    private static double scalar(Golden golden, String name) {
        return golden.get(name).doubles()[0];
    }

    private static org.assertj.core.data.Offset<Double> within(double value) {
        return org.assertj.core.data.Offset.offset(value);
    }

    private static double distance(INDArray actual, INDArray expected) {
        return actual.castTo(DataType.DOUBLE).sub(expected).amaxNumber().doubleValue();
    }

    private static void assertClose(String name, INDArray actual, INDArray expected, double relative) {
        double scale = expected.amaxNumber().doubleValue();
        assertThat(distance(actual, expected) / scale).as(name).isLessThan(relative);
    }
}
