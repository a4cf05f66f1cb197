package io.github.finessl.ssl;

import static io.github.finessl.Values.assertClose;
import static io.github.finessl.Values.ints;
import static io.github.finessl.Values.matrix;
import static io.github.finessl.Values.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import io.github.finessl.op.BalancedMarginSoftmax;
import io.github.finessl.op.CosineHead;
import io.github.finessl.op.TestGraph;
import io.github.finessl.ssl.LabelSmoothing.Form;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Margins, losses and their gradients against the recorded ones, in the authors' form and in the paper's. */
class GoldenLossesTest {
    private static final double EXACT = 1e-10;

    static Stream<Arguments> marginCases() {
        return cases("golden/bms.json");
    }

    static Stream<Arguments> smoothingCases() {
        return cases("golden/dls.json");
    }

    private static Stream<Arguments> cases(String resource) {
        return StreamSupport.stream(Golden.json(resource).spliterator(), false)
                .flatMap(node -> Stream.of("code", "paper")
                        .map(variant -> Arguments.of(node.get("name").textValue(), variant, node)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("marginCases")
    void balancedMarginSoftmax(String name, String variant, JsonNode golden) {
        JsonNode expected = golden.get(variant);
        MarginForm form = variant.equals("code") ? MarginForm.REFERENCE : MarginForm.PAPER;
        double[] margin =
                Margins.of(vector(golden.get("beta")), golden.get("alpha_base").doubleValue(), form, true);
        assertClose("margin", margin, vector(expected.get("margin")), EXACT);

        double[][] logits = matrix(golden.get("logits"));
        int[] targets = ints(golden.get("targets"));
        int n = targets.length;
        double[] sampleWeights = vector(golden.get("sample_weights"));
        for (int j = 0; j < n; j++) {
            double[] only = new double[n];
            only[j] = 1;
            assertClose(
                    "loss of sample " + j,
                    bms(logits, targets, margin, only).loss(),
                    expected.get("per_sample_loss").get(j).doubleValue(),
                    EXACT);
        }
        check(
                bms(logits, targets, margin, constant(n, 1.0 / n)),
                expected.get("mean_loss").doubleValue(),
                matrix(expected.get("grad_mean")));
        check(
                bms(
                        logits,
                        targets,
                        margin,
                        Arrays.stream(sampleWeights).map(w -> w / n).toArray()),
                expected.get("weighted_mean_loss").doubleValue(),
                matrix(expected.get("grad_weighted")));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("smoothingCases")
    void labelSmoothing(String name, String variant, JsonNode golden) {
        JsonNode expected = golden.get(variant);
        LabelSmoothing smoothing = new LabelSmoothing(
                golden.get("smoothing").doubleValue(), variant.equals("code") ? Form.REFERENCE : Form.PAPER);
        int classes = golden.get("C").intValue();
        int[] targets = ints(golden.get("targets"));
        double[][] softTargets = matrix(expected.get("soft_targets"));
        for (int j = 0; j < targets.length; j++) {
            double[] soft = constant(classes, smoothing.offTarget(classes));
            soft[targets[j]] = smoothing.onTarget(classes);
            assertClose("soft target", soft, softTargets[j], 1e-12);
        }

        double[][] logits = matrix(golden.get("logits"));
        double[] mask = vector(golden.get("mask"));
        double masked = Arrays.stream(mask).sum();
        int n = targets.length;
        for (int j = 0; j < n; j++) {
            double[] only = new double[n];
            only[j] = 1;
            assertClose(
                    "loss of sample " + j,
                    smoothed(logits, targets, only, smoothing).loss(),
                    expected.get("per_sample_loss").get(j).doubleValue(),
                    EXACT);
        }
        check(
                smoothed(
                        logits,
                        targets,
                        Arrays.stream(mask)
                                .map(m -> masked == 0 ? 0 : m / masked)
                                .toArray(),
                        smoothing),
                expected.get("loss_masked_mean").doubleValue(),
                matrix(expected.get("grad_masked_mean")));
        check(
                smoothed(logits, targets, constant(n, 1.0 / n), smoothing),
                expected.get("loss_unmasked_mean").doubleValue(),
                matrix(expected.get("grad_unmasked_mean")));
    }

    @Test
    void cosineHead() {
        for (JsonNode golden : Golden.json("golden/head.json")) {
            if (!golden.has("x")) {
                continue; // the last entry is an example of a start
            }
            TestGraph g = new TestGraph();
            SDVariable logits = CosineHead.of(
                    "logits",
                    g.variable("x", Nd4j.create(matrix(golden.get("x")))),
                    g.variable("weight", Nd4j.create(matrix(golden.get("weight")))),
                    g.variable(
                            "scale",
                            Nd4j.createFromArray(golden.get("logit_scale").doubleValue())));
            g.weighted(logits, Nd4j.create(matrix(golden.get("upstream"))));
            Map<String, INDArray> gradients = g.gradients();
            assertClose("logits", g.value("logits").toDoubleMatrix(), matrix(golden.get("out")), EXACT);
            assertClose("dx", gradients.get("x").toDoubleMatrix(), matrix(golden.get("grad_x")), EXACT);
            assertClose("dW", gradients.get("weight").toDoubleMatrix(), matrix(golden.get("grad_weight")), EXACT);
            assertClose(
                    "ds",
                    gradients.get("scale").getDouble(0),
                    golden.get("grad_logit_scale").doubleValue(),
                    EXACT);
        }
    }

    @Test
    void fixedAlphaIgnoresTheSpread() {
        double[] beta = {1, 0.5, 0.75};
        assertThat(Margins.of(beta, 8, MarginForm.PAPER, true)).containsExactly(0, 2, 1);
        assertThat(Margins.of(beta, 8, MarginForm.PAPER, false)).containsExactly(0, 4, 2);
    }

    @Test
    void smoothingOutsideOfZeroToOneIsRefused() {
        for (double lambda : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new LabelSmoothing(lambda, Form.PAPER))
                    .withMessageContaining("0..1");
        }
    }

    private static void check(TestGraph graph, double loss, double[][] gradient) {
        assertClose("loss", graph.loss(), loss, EXACT);
        assertClose("gradient", graph.gradients().get("logits").toDoubleMatrix(), gradient, EXACT);
    }

    private static TestGraph bms(double[][] logits, int[] targets, double[] margin, double[] weights) {
        TestGraph g = new TestGraph();
        BalancedMarginSoftmax.of(
                "loss",
                g.variable("logits", Nd4j.create(logits)),
                g.classIndices("targets", targets),
                g.constant("margin", Nd4j.createFromArray(margin)),
                g.constant("weights", Nd4j.createFromArray(weights)));
        return g;
    }

    private static TestGraph smoothed(double[][] logits, int[] targets, double[] weights, LabelSmoothing smoothing) {
        TestGraph g = new TestGraph();
        int classes = logits[0].length;
        BalancedMarginSoftmax.of(
                "loss",
                g.variable("logits", Nd4j.create(logits)),
                g.classIndices("targets", targets),
                g.constant("margin", Nd4j.createFromArray(new double[classes])),
                g.constant("weights", Nd4j.createFromArray(weights)),
                smoothing.onTarget(classes),
                smoothing.offTarget(classes));
        return g;
    }

    private static double[] constant(int length, double value) {
        double[] values = new double[length];
        Arrays.fill(values, value);
        return values;
    }
}
