package io.github.finessl.op;

import io.github.finessl.kernel.Activation;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The gradients of what some encoders have besides: against central differences, in double precision. */
class StructureOpsTest {
    private final TestGraph g = new TestGraph();

    @ParameterizedTest
    @EnumSource(Activation.class)
    void gate(Activation activation) {
        SDVariable y = Gate.of("y", g.variable("x", 2, 3, 8), activation);
        g.weighted(y, 2, 3, 4).assertGradientsAreThoseOfDifferences();
    }

    /** All tokens, some more behind them, and the first alone. */
    @ParameterizedTest
    @CsvSource({"1, 3", "2, 3", "2, 5", "2, 0"})
    void rotate(int groups, int tokens) {
        INDArray angles = g.normal(groups, 3, 2);
        long[] shape = tokens == 0 ? new long[] {2, 8} : new long[] {2, tokens, 8};
        SDVariable y = Rotate.of(
                "y",
                g.variable("x", shape),
                g.constant("cos", Transforms.cos(angles, true)),
                g.constant("sin", Transforms.sin(angles, true)),
                2);
        g.weighted(y, shape).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void normOfEveryHead(boolean centred) {
        SDVariable y = LayerNormalisation.of(
                "y",
                g.variable("x", 2, 3, 8),
                new FrozenNorm(g.variable("gain", 4), g.variable("bias", 4), 1e-3, centred));
        g.weighted(y, 2, 3, 8).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @CsvSource({"true, 2, false", "false, 2, false", "true, 1, false", "false, 1, true", "true, 2, true"})
    void attentionWithBias(boolean prompts, int groups, boolean classToken) {
        int keys = prompts ? 7 : 4;
        SDVariable y = PromptAttention.of(
                "y",
                classToken ? g.variable("q", 2, 6) : g.variable("q", 2, 4, 6),
                g.variable("k", 2, 4, 6),
                g.variable("v", 2, 4, 6),
                prompts ? List.of(g.variable("promptK", 3, 6), g.variable("promptV", 3, 6)) : List.of(),
                Optional.of(g.constant("bias", groups, classToken ? 1 : 4, keys)),
                2);
        long[] shape = classToken ? new long[] {2, 6} : new long[] {2, 4, 6};
        g.weighted(y, shape).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @CsvSource({"0, 4", "1, 4", "1, 3"})
    void oneQueryOfTokens(int from, int to) {
        SDVariable y = QueryTokens.of(
                "y", g.variable("query", 6), g.variable("k", 2, 4, 6), g.variable("v", 2, 4, 6), 2, from, to);
        g.weighted(y, 2, 6).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void placesOfTokens() {
        for (boolean classToken : new boolean[] {true, false}) {
            TestGraph graph = new TestGraph();
            SDVariable y = PlaceTokens.of(
                    "y",
                    graph.variable("patches", 2, 4, 5),
                    graph.variable("positions", classToken ? 5 : 4, 5),
                    classToken ? Optional.of(graph.variable("class", 5)) : Optional.empty(),
                    classToken ? Optional.of(graph.variable("registers", 2, 5)) : Optional.empty());
            graph.weighted(y, 2, classToken ? 7 : 4, 5).assertGradientsAreThoseOfDifferences();
        }
    }
}
