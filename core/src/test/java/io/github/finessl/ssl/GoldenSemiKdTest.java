package io.github.finessl.ssl;

import static io.github.finessl.Values.assertClose;
import static io.github.finessl.Values.ints;
import static io.github.finessl.Values.matrix;
import static io.github.finessl.Values.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

/** SemiKD against five steps of the authors' trainer in f32; gradients against those of a restatement in f64. */
class GoldenSemiKdTest {
    private static final JsonNode GOLDEN = Golden.json("golden/kd.json");
    private static final JsonNode GRADIENTS = Golden.json("golden/kd_gradients.json");
    private static final int B = GOLDEN.get("B").intValue();

    private static SemiKd method() {
        return new SemiKd(
                GOLDEN.get("th").doubleValue(),
                GOLDEN.get("smoothing").doubleValue(),
                GOLDEN.get("n_unlabeled").intValue(),
                GOLDEN.get("C").intValue(),
                GOLDEN.get("ep_ws").intValue(),
                0.99);
    }

    @Test
    void fiveSteps() {
        SemiKd method = method();
        for (JsonNode expected : GOLDEN.get("steps")) {
            int t = expected.get("step").intValue();
            StepTargets targets = step(method, t);
            double a = method.state().get("distillation.balance").getDouble(0);
            assertClose("a", a, expected.get("alpha_kd").doubleValue(), 1e-8);
            assertClose("margin", targets.vectors().get(SemiKd.MARGIN), vector(expected.get("margin")), 1e-6);
            assertClose("ψ", targets.weights(), vector(expected.get("conf1")), 1e-6);

            double[][] main = matrix(expected.get("student_logits"));
            double[][] auxiliary = matrix(expected.get("student_logits_aux"));
            MethodProbe probe = MethodProbe.of(method, main, auxiliary, targets);
            assertClose("L", probe.loss(), expected.get("loss").doubleValue(), 1e-5);
            assertPart(probe, "loss.supervised", expected.get("Lx"), 1);
            assertPart(probe, "loss.auxiliary.supervised", expected.get("Lx1"), 1);
            assertPart(probe, "loss.distillation", expected.get("Lu_kd"), 5 * (1 - a));
            assertPart(probe, "loss.auxiliary.distillation", expected.get("Lu_kd1"), 5 * (1 - a));
            assertPart(probe, "loss.consistency", expected.get("Lu"), 5 * a);
            assertPart(probe, "loss.auxiliary.consistency", expected.get("Lu1"), 5 * a);

            JsonNode gradients = GRADIENTS.get("steps").get(t);
            assertClose("dL/dz", probe.logitsGradient(), matrix(gradients.get("grad_main")), 1e-6);
            assertClose(
                    "dL/dW of the auxiliary head",
                    probe.headGradient(),
                    MethodProbe.atHead(auxiliary, matrix(gradients.get("grad_aux"))),
                    1e-5);
            assertThat(probe.featureGradient()).isDeepEqualTo(new double[3 * B][main[0].length + 1]);
        }
    }

    @Test
    void goesOnFromItsStateInTheMiddleOfAWindow() {
        SemiKd straight = method();
        step(straight, 0);
        step(straight, 1);
        SemiKd resumed = method();
        resumed.restore(straight.state());
        assertThat(step(resumed, 2).vectors().get(SemiKd.MARGIN))
                .isEqualTo(step(straight, 2).vectors().get(SemiKd.MARGIN));
        assertThat(resumed.state().get("distillation.balance").toDoubleVector())
                .isEqualTo(straight.state().get("distillation.balance").toDoubleVector());
    }

    @Test
    void aStateWithoutABalanceIsRefused() {
        Map<String, INDArray> state = new LinkedHashMap<>(method().state());
        state.remove("distillation.balance");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> method().restore(state))
                .withMessageContaining("distillation.balance")
                .withMessageContaining("missing");
    }

    private static StepTargets step(SemiKd method, int t) {
        JsonNode step = GOLDEN.get("steps").get(t);
        method.stepStarted(t, 5);
        WeakPredictions student = predictions(step, "student_logits");
        WeakPredictions teacher = predictions(step, "teacher_logits");
        return method.targets(
                ints(step.get("labels")),
                new UnlabelledBatch(
                        ints(step.get("uidx")),
                        student.range(B, 2 * B),
                        student.range(2 * B, 3 * B),
                        teacher.range(B, 2 * B),
                        teacher.range(2 * B, 3 * B)));
    }

    private static WeakPredictions predictions(JsonNode step, String name) {
        return WeakPredictions.ofLogits(matrix(step.get(name)), matrix(step.get(name + "_aux")));
    }

    private static void assertPart(MethodProbe probe, String part, JsonNode expected, double factor) {
        assertClose(part, probe.parts().get(part), factor * expected.doubleValue(), 1e-5);
    }
}
