package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SgdTest {
    private static final Offset<Double> EXACT = Offset.offset(1e-15);

    @Test
    void threeStepsByHand() {
        INDArray p = Nd4j.createFromArray(2.0, -1.0);
        INDArray g = Nd4j.createFromArray(0.5, 0.25);
        Sgd sgd = new Sgd(0.5, 0.1);
        sgd.step(Map.of("p", p), Map.of("p", g), 0.2);
        assertThat(sgd.velocity().get("p").toDoubleVector()).containsExactly(new double[] {0.7, 0.15}, EXACT);
        assertThat(p.toDoubleVector()).containsExactly(new double[] {1.86, -1.03}, EXACT);
        sgd.step(Map.of("p", p), Map.of("p", g), 0.1);
        assertThat(sgd.velocity().get("p").toDoubleVector()).containsExactly(new double[] {1.036, 0.222}, EXACT);
        assertThat(p.toDoubleVector()).containsExactly(new double[] {1.7564, -1.0522}, EXACT);
        sgd.step(Map.of("p", p), Map.of("p", g), 0);
        assertThat(p.toDoubleVector()).containsExactly(new double[] {1.7564, -1.0522}, EXACT);
        assertThat(g.toDoubleVector()).containsExactly(0.5, 0.25);
    }

    @Test
    void restoredVelocitiesAreCopiesThatGoOn() {
        INDArray saved = Nd4j.createFromArray(1.0);
        INDArray p = Nd4j.createFromArray(0.0);
        Sgd sgd = new Sgd(0.5, 0);
        sgd.restore(Map.of("p", saved));
        sgd.step(Map.of("p", p), Map.of("p", Nd4j.createFromArray(3.0)), 1);
        assertThat(p.getDouble(0)).isEqualTo(-3.5);
        assertThat(saved.getDouble(0)).isEqualTo(1);
    }
}
