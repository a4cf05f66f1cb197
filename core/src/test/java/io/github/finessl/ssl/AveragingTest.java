package io.github.finessl.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The baselines' averages move in short runs as they do in long ones. */
class AveragingTest {
    private static final int CLASSES = 3;
    private static final Methods.Settings SETTINGS = new Methods.Settings(8, 3, 0.7, 0.5, false);

    @ParameterizedTest
    @CsvSource({"1, 0", "15, 0", "150, 0.9", "300, 0.95", "15000, 0.999", "204800, 0.999"})
    void anAverageLooksBackAFifteenthOfTheRun(int steps, double momentum) {
        assertThat(Averaging.momentum(steps)).isEqualTo(momentum);
    }

    @ParameterizedTest
    @CsvSource({"0.999, 10, 0.99", "0.99, 1, 0.99", "0.95, 1, 0.95", "0.9, 1, 0.9"})
    void semiKdKeepsPace(double momentum, int steps, double decay) {
        Averaging averaging = new Averaging(momentum, 0.4);
        assertThat(averaging.stepsBetweenChanges()).isEqualTo(steps);
        assertThat(averaging.decayOfChange()).isCloseTo(decay, within(1e-15));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void noMomentum(double momentum) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Averaging(momentum, 0.4))
                .withMessageContaining("from 0 to below 1");
    }

    /** A model that takes the first class for everything: with the authors' momentum, 150 steps do not tell DebiasPL so. */
    @Test
    void debiasPlSeesABiasWithinAShortRun() {
        assertThat(bias(Averaging.AUTHORS)).isLessThan(0.5);
        assertThat(bias(new Averaging(Averaging.momentum(150), 0.4))).isGreaterThan(0.8);
    }

    private static double bias(Averaging averaging) {
        Method method = Methods.make("debiaspl", SETTINGS, averaging, 4, CLASSES);
        double[][] biased = IntStream.range(0, 4)
                .mapToObj(j -> new double[] {0.9, 0.05, 0.05})
                .toArray(double[][]::new);
        int[] images = IntStream.range(0, biased.length).toArray();
        UnlabelledBatch batch = new UnlabelledBatch(images, new WeakPredictions(biased, biased));
        IntStream.range(0, 30).forEach(step -> method.targets(new int[] {0}, batch));
        return method.state().get("debiaspl.bias").getDouble(0);
    }

    @Test
    void theMethodsThatAverage() {
        assertThat(Methods.names().stream().filter(Methods::averages))
                .containsExactlyInAnyOrderElementsOf(Methods.names().stream()
                        .filter(name -> MethodChoice.named(name).untrained().isEmpty())
                        .filter(AveragingTest::hearsOfTheMomentum)
                        .toList());
    }

    /** Whether two momenta leave different memories, or (SemiKD) another rhythm. */
    private static boolean hearsOfTheMomentum(String name) {
        return name.equals("semikd")
                || !Arrays.equals(memory(name, new Averaging(0.9, 0.4)), memory(name, new Averaging(0.5, 0.4)));
    }

    private static double[] memory(String name, Averaging averaging) {
        Method method = Methods.make(name, SETTINGS, averaging, 4, CLASSES);
        if (!method.views().weak()) {
            return new double[0];
        }
        method.polled(new int[1][4]);
        for (double p : new double[] {0.8, 0.6}) {
            double[][] q = {{p, (1 - p) / 2, (1 - p) / 2}, {0.1, p, 0.9 - p}};
            method.targets(new int[] {0}, new UnlabelledBatch(new int[] {0, 1}, new WeakPredictions(q, q)));
        }
        return method.state().values().stream()
                .flatMapToDouble(value -> Arrays.stream(value.toDoubleVector()))
                .toArray();
    }
}
