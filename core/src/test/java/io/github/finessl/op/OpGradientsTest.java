package io.github.finessl.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.kernel.Activation;
import io.github.finessl.op.FrozenLinear.Columns;
import io.github.finessl.op.FrozenMlp.Layer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Every hand-derived gradient against central differences, in double precision, through SameDiff. */
class OpGradientsTest {
    private final TestGraph g = new TestGraph();

    private FrozenNorm norm(int width) {
        return new FrozenNorm(g.constant("gain", width), g.constant("bias", width), 1e-5);
    }

    @ParameterizedTest
    @CsvSource({"0, 6", "0, 2", "2, 6", "3, 5"})
    void linearOfNormOverColumns(long from, long to) {
        SDVariable y = FrozenLinear.of(
                        "y",
                        g.variable("x", 5, 4),
                        Optional.of(norm(4)),
                        new Layer(g.constant("w", 4, 6), g.constant("b", 6)),
                        List.of(new Columns(from, to)))
                .get(0);
        g.weighted(y, 5, to - from).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void linearOfSeveralRanges() {
        List<SDVariable> parts = FrozenLinear.of(
                "y",
                g.variable("x", 2, 3, 4),
                Optional.of(norm(4)),
                new Layer(g.constant("w", 4, 6), g.constant("b", 6)),
                List.of(new Columns(0, 2), new Columns(2, 4), new Columns(4, 6)));
        SDVariable y = parts.get(0).mul(parts.get(1)).add(parts.get(2));
        g.weighted(y, 2, 3, 2).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void columnsAreThoseOfTheWholeProduct() {
        SDVariable x = g.variable("x", 5, 4);
        Optional<FrozenNorm> norm = Optional.of(norm(4));
        Layer layer = new Layer(g.constant("w", 4, 6), g.constant("b", 6));
        FrozenLinear.of("part", x, norm, layer, List.of(new Columns(2, 5)));
        FrozenLinear.of("whole", x, norm, layer);
        INDArray columns = g.value("whole").getColumns(2, 3, 4);
        assertThat(g.value("part").toDoubleMatrix()).isDeepEqualTo(columns.toDoubleMatrix());
    }

    @Test
    void linearPlusResidual() {
        SDVariable y = FrozenLinear.plusResidual(
                "y",
                g.variable("x", 2, 3, 4),
                Optional.empty(),
                new Layer(g.constant("w", 4, 5), g.constant("b", 5)),
                g.variable("residual", 2, 3, 5));
        g.weighted(y, 2, 3, 5).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void linearOfNormPlusResidual() {
        SDVariable y = FrozenLinear.plusResidual(
                "y",
                g.variable("x", 2, 3, 4),
                Optional.of(norm(4)),
                new Layer(g.constant("w", 4, 5), g.constant("b", 5)),
                g.variable("residual", 2, 3, 5));
        g.weighted(y, 2, 3, 5).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void oneInputUsedTwice() {
        SDVariable x = g.variable("x", 3, 4);
        SDVariable h =
                FrozenLinear.of("h", x, Optional.of(norm(4)), new Layer(g.constant("w", 4, 4), g.constant("b", 4)));
        SDVariable y = FrozenLinear.plusResidual(
                "y", h, Optional.empty(), new Layer(g.constant("v", 4, 4), g.constant("c", 4)), x);
        g.weighted(y, 3, 4).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void mlp(Activation activation) {
        for (boolean residual : new boolean[] {true, false}) {
            TestGraph graph = new TestGraph();
            SDVariable y = FrozenMlp.of(
                    "y",
                    graph.variable("x", 2, 3, 4),
                    new FrozenNorm(graph.constant("gain", 4), graph.constant("bias", 4), 1e-5),
                    new Layer(graph.constant("w1", 4, 6), graph.constant("b1", 6)),
                    activation,
                    new Layer(graph.constant("w2", 6, 4), graph.constant("b2", 4)),
                    residual);
            graph.weighted(y, 2, 3, 4).assertGradientsAreThoseOfDifferences();
        }
    }

    @Test
    void layerNorm() {
        SDVariable y = LayerNormalisation.of("y", g.variable("x", 2, 3, 5), norm(5));
        g.weighted(y, 2, 3, 5).assertGradientsAreThoseOfDifferences();
    }

    private List<SDVariable> prompts(boolean wanted) {
        return wanted ? List.of(g.variable("promptK", 3, 6), g.variable("promptV", 3, 6)) : List.of();
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void attentionOfAllTokens(boolean prompts) {
        SDVariable y = PromptAttention.of(
                "y",
                g.variable("q", 2, 4, 6),
                g.variable("k", 2, 4, 6),
                g.variable("v", 2, 4, 6),
                prompts(prompts),
                Optional.empty(),
                2);
        g.weighted(y, 2, 4, 6).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void attentionOfTheClassToken(boolean prompts) {
        SDVariable y = PromptAttention.of(
                "y",
                g.variable("q", 2, 6),
                g.variable("k", 2, 4, 6),
                g.variable("v", 2, 4, 6),
                prompts(prompts),
                Optional.empty(),
                3);
        g.weighted(y, 2, 6).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void attentionWhereOnlyThePromptsLearn() {
        SDVariable y = PromptAttention.of(
                "y",
                g.constant("q", 2, 4, 6),
                g.constant("k", 2, 4, 6),
                g.constant("v", 2, 4, 6),
                prompts(true),
                Optional.empty(),
                2);
        g.weighted(y, 2, 4, 6).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void classToken() {
        SDVariable y = ClassToken.of("y", g.variable("x", 3, 4, 5));
        g.weighted(y, 3, 5).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @CsvSource({"0, 4", "1, 4", "1, 3"})
    void meanOfTokens(int from, int to) {
        SDVariable y = MeanTokens.of("y", g.variable("x", 3, 4, 5), from, to);
        g.weighted(y, 3, 5).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void appendedPrompts() {
        SDVariable y = AppendPrompts.of("y", g.variable("x", 3, 4, 5), g.variable("prompts", 2, 5));
        g.weighted(y, 3, 6, 5).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void cosineHead() {
        SDVariable y = CosineHead.of(
                "y",
                g.variable("features", 4, 6),
                g.variable("weight", 3, 6),
                g.variable("scale", Nd4j.createFromArray(14.2)));
        g.weighted(y, 4, 3).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "0.6, 0.1", "0.5, 0.125"})
    void balancedMarginSoftmax(double onTarget, double offTarget) {
        SDVariable loss = BalancedMarginSoftmax.of(
                "bms",
                g.variable("logits", 4, 5),
                g.classIndices("targets", 3, 0, 0, 4),
                g.constant("margin", Nd4j.createFromArray(8.0, 0, 2.5, 1.2, 0.3)),
                g.constant("weights", Nd4j.createFromArray(0.25, 1.5, 0, 0.7)),
                onTarget,
                offTarget);
        loss.mul("loss", 1.7);
        g.assertGradientsAreThoseOfDifferences();
    }

    @Test
    void fairness() {
        fairness(g, 1, 0, 1, 1);
        g.assertGradientsAreThoseOfDifferences();
        TestGraph nothingSelected = new TestGraph();
        fairness(nothingSelected, 0, 0, 0, 0);
        assertThat(nothingSelected.loss()).isZero();
        assertThat(nothingSelected.gradients().get("logits").toDoubleMatrix()).isDeepEqualTo(new double[4][5]);
    }

    private static void fairness(TestGraph graph, double... selected) {
        Fairness.of(
                        "fairness",
                        graph.variable("logits", 4, 5),
                        graph.constant("target", Nd4j.createFromArray(0.1, 0.2, 0.3, 0.15, 0.25)),
                        graph.constant("selected", Nd4j.createFromArray(selected)))
                .mul("loss", 1.7);
    }

    @Test
    void attachedAuxiliaryLoss() {
        auxiliaryLoss(g.variable("features", 4, 6), false).mul("loss", 1.7);
        g.assertGradientsAreThoseOfDifferences();
    }

    @Test
    void detachedAuxiliaryLossTeachesItsHead() {
        auxiliaryLoss(g.constant("features", 4, 6), true).mul("loss", 1.7);
        g.assertGradientsAreThoseOfDifferences();
    }

    @Test
    void detachedAuxiliaryLossGivesTheFeaturesExactlyZero() {
        auxiliaryLoss(g.variable("features", 4, 6), true).mul("loss", 1.7);
        Map<String, INDArray> gradients = g.gradients();
        assertThat(gradients.get("features").toDoubleMatrix()).isDeepEqualTo(new double[4][6]);
        assertThat(gradients.get("weight").amaxNumber().doubleValue()).isPositive();
    }

    private SDVariable auxiliaryLoss(SDVariable features, boolean detached) {
        return AuxiliaryLoss.of(
                "auxiliary",
                features,
                g.variable("weight", 5, 6),
                g.variable("scale", Nd4j.createFromArray(9.5)),
                g.classIndices("targets", 3, 0, 0, 4),
                g.constant("weights", Nd4j.createFromArray(0.25, 1.5, 0, 0.7)),
                0.6,
                0.1,
                detached);
    }
}
