package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ParameterAverageTest {
    private final INDArray value = Nd4j.createFromArray(0f);
    private final Map<String, INDArray> values = Map.of("x", value);

    private double after(ParameterAverage average, long step, double x) {
        value.putScalar(0, x);
        average.add(values, step);
        return average.means().get("x").getDouble(0);
    }

    @Test
    void ofThreeSteps() {
        try (ParameterAverage average = new ParameterAverage(0.5)) {
            assertThat(after(average, 1, 4)).isEqualTo(4);
            assertThat(after(average, 2, 8)).isCloseTo((0.5 * 4 + 8) / 1.5, within(1e-6));
            assertThat(after(average, 3, 1)).isCloseTo((0.25 * 4 + 0.5 * 8 + 1) / 1.75, within(1e-6));
        }
    }

    @Test
    void ofAFewStepsIsNearlyTheirMean() {
        try (ParameterAverage average = new ParameterAverage(0.999)) {
            after(average, 1, 1);
            after(average, 2, 2);
            assertThat(after(average, 3, 6)).isCloseTo(3, within(0.01));
        }
    }

    @Test
    void whatBeginsLaterWasConstantBefore() {
        try (ParameterAverage average = new ParameterAverage(0.5)) {
            INDArray later = Nd4j.createFromArray(4f);
            average.begin(Map.of("y", later));
            later.putScalar(0, 1);
            average.add(Map.of("y", later), 3);
            assertThat(average.means().get("y").getDouble(0)).isCloseTo((0.25 * 4 + 0.5 * 4 + 1) / 1.75, within(1e-6));
        }
    }

    @Test
    void takesThePlaceOfTheValuesForALook() {
        try (ParameterAverage average = new ParameterAverage(0.5)) {
            assertThat(average.<Double>inPlaceOf(values, () -> value.getDouble(0)))
                    .as("before the first step")
                    .isZero();
            after(average, 1, 4);
            after(average, 2, 7);
            assertThat(average.<Double>inPlaceOf(values, () -> value.getDouble(0)))
                    .isEqualTo(6);
            assertThat(value.getDouble(0)).isEqualTo(7);
            assertThat(average.means().get("x").getDouble(0)).isEqualTo(6);
        }
    }
}
