package io.github.finessl.ssl;

import static io.github.finessl.Values.assertClose;
import static io.github.finessl.Values.ints;
import static io.github.finessl.Values.matrix;
import static io.github.finessl.Values.vector;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Twelve steps of every method against USB's, of DebiasPL against its authors'. */
class GoldenBaselinesTest {
    private static final double EXACT = 1e-9;
    private static final double SINGLE = 1e-7; // what was recorded of FlexMatch's memory
    private static final int BATCH = 4;

    private final JsonNode golden = Golden.json("golden/baselines.json");
    private final int classes = golden.get("C").intValue();
    private final int unlabelled = golden.get("n_unlabeled").intValue();

    @ParameterizedTest
    @ValueSource(strings = {"fixmatch_p0.95", "fixmatch_p0.7"})
    void fixMatch(String name) {
        JsonNode sequence = sequence(name);
        FixMatch method = new FixMatch(parameter(sequence, "p_cutoff"), classes);
        for (Step step : steps(sequence)) {
            step.check(method);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = "pseudolabel_p0.7")
    void pseudoLabel(String name) {
        JsonNode sequence = sequence(name);
        PseudoLabel method = new PseudoLabel(parameter(sequence, "p_cutoff"), classes);
        for (Step recorded : steps(sequence)) {
            Step step = recorded.onOneView();
            double ramp = step.number("warmup");
            method.stepStarted(
                    step.expected().get("it").longValue(),
                    step.expected().get("num_train_iter").longValue());
            StepTargets targets = step.targets(method);
            double[] mask = vector(step.expected().get("mask"));
            assertClose(
                    "w",
                    targets.weights(),
                    Arrays.stream(mask).map(m -> ramp * m).toArray(),
                    1e-15);
            step.checkLosses(method, targets, step.number("total_unsup"));
        }
    }

    @Test
    void flexMatch() {
        JsonNode sequence = sequence("flexmatch_warm1_p0.7");
        checkFlexMatch(sequence, new FlexMatch(parameter(sequence, "p_cutoff"), unlabelled, classes));
    }

    @Test
    void flexMatchWithoutWarmUp() {
        JsonNode sequence = sequence("flexmatch_warm0_p0.7");
        checkFlexMatch(sequence, new FlexMatch(parameter(sequence, "p_cutoff"), unlabelled, classes, false));
    }

    private void checkFlexMatch(JsonNode sequence, FlexMatch method) {
        for (Step step : steps(sequence)) {
            assertClose("T", method.thresholds(), vector(step.expected().get("threshold_used")), SINGLE);
            step.check(method);
            assertClose(
                    "sel",
                    method.state().get("pace.memory").toDoubleVector(),
                    vector(step.expected().get("selected_label_after")),
                    0);
            method.thresholds();
            assertClose(
                    "β",
                    method.state().get("pace.beta").toDoubleVector(),
                    vector(step.expected().get("classwise_acc_after")),
                    SINGLE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"freematch_m0.999_q0_clip0", "freematch_m0.5_q0_clip0"})
    void freeMatch(String name) {
        JsonNode sequence = sequence(name);
        checkFreeMatch(sequence, new FreeMatch(parameter(sequence, "ema_p"), classes));
    }

    @Test
    void freeMatchByQuantileAndClipped() {
        JsonNode sequence = sequence("freematch_m0.5_q1_clip1");
        FreeMatch.Options options = new FreeMatch.Options(true, true);
        checkFreeMatch(sequence, new FreeMatch(parameter(sequence, "ema_p"), classes, options));
    }

    private void checkFreeMatch(JsonNode sequence, FreeMatch method) {
        method.restore(inSinglePrecision(method.state()));
        for (Step step : steps(sequence)) {
            StepTargets targets = step.targets(method);
            step.checkState(method, "freematch.tau", "time_p");
            step.checkState(method, "freematch.probability", "p_model");
            step.checkState(method, "freematch.histogram", "label_hist");
            assertClose("T", method.thresholds(), vector(step.expected().get("class_thresholds")), EXACT);
            assertThat(targets.weights()).isEqualTo(vector(step.expected().get("mask")));
            MethodProbe probe = step.checkLosses(method, targets, step.number("total_unsup"));
            assertClose("L_u", probe.parts().get("loss.consistency"), step.number("unsup_loss"), EXACT);
            assertClose("fairness", probe.parts().get("loss.fairness"), step.number("ent_loss"), 1e-8);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"softmatch_m0.999_da1", "softmatch_m0.5_da1"})
    void softMatch(String name) {
        JsonNode sequence = sequence(name);
        checkSoftMatch(sequence, new SoftMatch(parameter(sequence, "ema_p"), classes));
    }

    @Test
    void softMatchWithoutAlignment() {
        JsonNode sequence = sequence("softmatch_m0.5_da0");
        checkSoftMatch(sequence, new SoftMatch(parameter(sequence, "ema_p"), classes, false));
    }

    private void checkSoftMatch(JsonNode sequence, SoftMatch method) {
        Map<String, INDArray> start = new LinkedHashMap<>(method.state());
        start.put("softmatch.mu", inSinglePrecision(start).get("softmatch.mu"));
        method.restore(start);
        for (Step step : steps(sequence)) {
            StepTargets targets = step.targets(method);
            if (step.expected().get("p_model").isNull()) {
                assertThat(method.state().get("softmatch.probability").toDoubleVector())
                        .containsOnly(Double.NaN);
            } else {
                step.checkState(method, "softmatch.probability", "p_model");
            }
            step.checkState(method, "softmatch.mu", "mu");
            step.checkState(method, "softmatch.variance", "var");
            assertClose("w", targets.weights(), vector(step.expected().get("weight")), EXACT);
            step.checkLosses(method, targets, step.number("total_unsup"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"debiaspl_tau0.4_p0.7_m0.999", "debiaspl_tau0.5_p0.7_m0.9", "debiaspl_tau1.0_p0.95_m0.9"})
    void debiasPl(String name) {
        JsonNode sequence = sequence(name);
        DebiasPl method = new DebiasPl(
                parameter(sequence, "threshold"),
                new Averaging(parameter(sequence, "qhat_m"), parameter(sequence, "tau")),
                classes);
        for (Step step : steps(sequence)) {
            step.check(method);
            assertClose(
                    "q̂",
                    method.state().get("debiaspl.bias").toDoubleVector(),
                    vector(step.expected().get("qhat_after").get(0)),
                    EXACT);
        }
    }

    /** One recorded step. */
    private record Step(JsonNode input, JsonNode expected, double[][] weak, double[][] trained) {

        static Step of(JsonNode input, JsonNode expected) {
            return new Step(input, expected, matrix(input.get("logits_u_weak")), matrix(input.get("logits_u_strong")));
        }

        /** What was recorded as strong is the one view there is. */
        Step onOneView() {
            return new Step(input, expected, trained, trained);
        }

        double number(String name) {
            return expected.get(name).doubleValue();
        }

        StepTargets targets(Method method) {
            StepTargets targets = method.targets(
                    ints(input.get("y")),
                    new UnlabelledBatch(ints(input.get("idx")), WeakPredictions.ofLogits(weak, weak)));
            assertThat(targets.pseudoLabels()).isEqualTo(ints(expected.get("pseudo_label")));
            return targets;
        }

        void check(Method method) {
            StepTargets targets = targets(method);
            assertThat(targets.weights()).as("mask").isEqualTo(vector(expected.get("mask")));
            checkLosses(method, targets, number("unsup_loss"));
        }

        void checkState(Method method, String name, String recorded) {
            JsonNode value = expected.get(recorded);
            assertClose(
                    name,
                    method.state().get(name).toDoubleVector(),
                    value.isArray() ? vector(value) : new double[] {value.doubleValue()},
                    EXACT);
        }

        MethodProbe checkLosses(Method method, StepTargets targets, double unsupervised) {
            double[][] rows = Stream.concat(Arrays.stream(matrix(input.get("logits_x"))), Arrays.stream(trained))
                    .toArray(double[][]::new);
            MethodProbe probe = MethodProbe.of(method, rows, rows, targets);
            assertClose("L_s", probe.parts().get("loss.supervised"), number("sup_loss"), EXACT);
            assertClose("L", probe.loss(), number("sup_loss") + unsupervised, EXACT);
            assertClose(
                    "dL/dz of the views",
                    Arrays.copyOfRange(probe.logitsGradient(), BATCH, rows.length),
                    matrix(expected.get("grad_logits_u_strong")),
                    EXACT);
            return probe;
        }
    }

    private List<Step> steps(JsonNode sequence) {
        return IntStream.range(0, 12)
                .mapToObj(t -> Step.of(
                        golden.get("inputs").get(t), sequence.get("steps").get(t)))
                .toList();
    }

    private JsonNode sequence(String name) {
        for (JsonNode method : golden.get("methods")) {
            if (method.get("name").textValue().equals(name)) {
                return method;
            }
        }
        throw new AssertionError("no sequence " + name);
    }

    private static double parameter(JsonNode sequence, String name) {
        return sequence.get("params").get(name).doubleValue();
    }

    /** USB's averages start at 1/C in single precision. */
    private static Map<String, INDArray> inSinglePrecision(Map<String, INDArray> state) {
        Map<String, INDArray> rounded = new LinkedHashMap<>();
        state.forEach((name, value) -> rounded.put(
                name,
                Nd4j.createFromArray(Arrays.stream(value.toDoubleVector())
                        .map(x -> (float) x)
                        .toArray())));
        return rounded;
    }
}
