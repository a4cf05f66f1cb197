package io.github.finessl.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.kernel.Activation;
import io.github.finessl.op.FrozenLinear.Columns;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The layers that are trained themselves: every gradient against central differences, in double precision. */
class LayerOpsTest {
    private final TestGraph g = new TestGraph();

    @Test
    void linearLayer() {
        SDVariable y =
                LinearLayer.of("y", g.variable("x", 2, 3, 4), g.variable("w", 4, 5), Optional.of(g.variable("b", 5)));
        g.weighted(y, 2, 3, 5).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void linearLayerWithoutBias() {
        SDVariable y = LinearLayer.of("y", g.variable("x", 6, 4), g.variable("w", 4, 5), Optional.empty());
        g.weighted(y, 6, 5).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void columnsOfALinearLayerInTwoPlaces() {
        SDVariable x = g.variable("x", 5, 4);
        SDVariable w = g.variable("w", 4, 6);
        Optional<SDVariable> b = Optional.of(g.variable("b", 6));
        SDVariable q = LinearLayer.of("q", x, w, b, List.of(new Columns(0, 2))).get(0);
        List<SDVariable> kv = LinearLayer.of("kv", x, w, b, List.of(new Columns(2, 4), new Columns(4, 6)));
        g.weighted(q.mul(kv.get(0)).add(kv.get(1)), 5, 2).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void aFrozenWeightHasNoGradient() {
        SDVariable y =
                LinearLayer.of("y", g.constant("x", 6, 4), g.constant("w", 4, 5), Optional.of(g.variable("b", 5)));
        Map<String, INDArray> gradients = g.weighted(y, 6, 5).gradients();
        assertThat(gradients.keySet()).containsExactly("b");
        String name = g.sd().getGradForVariable("w").name();
        assertThat(g.sd().getVariableOutputOp(name).opName()).isEqualTo("zeroslike");
    }

    @Test
    void layerNormWithGainAndBias() {
        SDVariable y = LayerNormalisation.of(
                "y", g.variable("x", 2, 3, 5), new FrozenNorm(g.variable("gain", 5), g.variable("bias", 5), 1e-5));
        g.weighted(y, 2, 3, 5).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void activate(Activation activation) {
        SDVariable y = Activate.of("y", g.variable("x", 2, 3, 5), activation);
        g.weighted(y, 2, 3, 5).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @CsvSource({"0, 6", "2, 4"})
    void scaleShift(long from, long to) {
        SDVariable y = ScaleShift.of(
                "y",
                g.variable("x", 2, 3, to - from),
                g.variable("scale", 6),
                g.variable("shift", 6),
                new Columns(from, to));
        g.weighted(y, 2, 3, to - from).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void addScaled() {
        SDVariable a = g.variable("a", 2, 3);
        SDVariable sum = AddScaled.of("sum", a, 1, g.variable("b", 2, 3));
        SDVariable y = AddScaled.of(
                "y",
                AddScaled.of("z", sum, 0.1, g.variable("c", 2, 3)),
                2,
                Optional.of(g.variable("s", 1)),
                g.variable("d", 2, 3));
        g.weighted(y, 2, 3).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void embeddingOfPatches() {
        for (boolean classToken : new boolean[] {true, false}) {
            TestGraph graph = new TestGraph();
            SDVariable y = EmbedPatches.of(
                    "y",
                    2,
                    3,
                    graph.constant("images", 2, 3, 4, 6),
                    graph.variable("w", 18, 5),
                    graph.variable("b", 5),
                    classToken ? Optional.of(graph.variable("class", 5)) : Optional.empty(),
                    classToken ? Optional.of(graph.variable("registers", 2, 5)) : Optional.empty(),
                    graph.variable("positions", classToken ? 5 : 4, 5));
            graph.weighted(y, 2, classToken ? 7 : 4, 5).assertGradientsAreThoseOfDifferences();
        }
    }

    private SDVariable dropout(double probability, long pass) {
        SDVariable number = g.sd().placeHolder("pass", DataType.INT64, 1);
        g.feed("pass", Nd4j.createFromArray(pass));
        return Dropout.of("y", g.variable("x", Nd4j.ones(DataType.DOUBLE, 100, 50)), probability, number, 3);
    }

    @Test
    void dropoutInTraining() {
        SDVariable y = dropout(0.1, 42);
        INDArray dropped = g.value("y");
        double zeros = dropped.eq(0).castTo(DataType.DOUBLE).meanNumber().doubleValue();
        assertThat(zeros).isBetween(0.08, 0.12);
        assertThat(dropped.maxNumber().doubleValue()).isEqualTo((float) (1 / 0.9));
        assertThat(g.value("y")).isEqualTo(dropped);
        INDArray upstream = g.normal(100, 50);
        INDArray gradient = g.weighted(y, upstream).gradients().get("x");
        assertThat(gradient).isEqualTo(upstream.mul(dropped));
        g.feed("pass", Nd4j.createFromArray(43L));
        assertThat(g.value("y")).isNotEqualTo(dropped);
    }

    @Test
    void noDropoutInEvaluation() {
        SDVariable y = dropout(0.1, 0);
        assertThat(g.value("y")).isEqualTo(Nd4j.ones(DataType.DOUBLE, 100, 50));
        INDArray upstream = g.normal(100, 50);
        assertThat(g.weighted(y, upstream).gradients().get("x")).isEqualTo(upstream);
    }
}
