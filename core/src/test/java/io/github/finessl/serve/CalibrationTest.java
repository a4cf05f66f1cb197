package io.github.finessl.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.serve.Calibration.Known;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CalibrationTest {

    /** Of ten images with p = (.99, .01), seven have the label; a twentieth of labels is random: at T, .95 p + .025 = .7. */
    @Test
    void theTemperatureMakesConfidenceEqualAccuracy() {
        Calibration found = Calibration.of(images(20_000, 14_000, .99)).orElseThrow();
        double p = (.7 - .025) / .95;
        assertThat(found.temperature()).isCloseTo(Math.log(.99 / .01) / Math.log(p / (1 - p)), within(.02));
        assertThat(found.apply(new double[] {.99, .01})[0]).isCloseTo(p, within(1e-3));
        assertThat(found.images()).isEqualTo(20_000);
    }

    /** -Σ log(.95 p^(1/T) / Σ p^(1/T) + .025) + (log T)² / (2 · .5²), its least value sought step by step. */
    @Test
    void aFewImagesMoveTheTemperatureOnlyAsFarAsTheyAreTrusted() {
        List<Known> images = images(23, 19, .98);
        double best = 0;
        double least = Double.MAX_VALUE;
        for (double logarithm = -2; logarithm < 2; logarithm += 1e-4) {
            double right = 1 / (1 + Math.pow(.02 / .98, Math.exp(-logarithm)));
            double unlikely = -19 * Math.log(.95 * right + .025)
                    - 4 * Math.log(.95 * (1 - right) + .025)
                    + logarithm * logarithm / (2 * .25);
            if (unlikely < least) {
                least = unlikely;
                best = logarithm;
            }
        }
        assertThat(Calibration.of(images).orElseThrow().temperature()).isCloseTo(Math.exp(best), within(1e-3));
    }

    @Test
    void itStaysNearOneWhereAFewAreAllRight() {
        Calibration found = Calibration.of(images(20, 20, .6)).orElseThrow();
        assertThat(found.temperature()).isBetween(.2, .6);
        double[] sure = found.apply(new double[] {.6, .4});
        assertThat(sure[0] + sure[1]).isCloseTo(1, within(1e-12));
    }

    @Test
    void aFewImagesAreNotEnough() {
        assertThat(Calibration.of(images(19, 10, .9))).isEmpty();
    }

    @Test
    void aProbabilityOfZeroStaysZero() {
        assertThat(new Calibration(2, 20).apply(new double[] {1, 0})).containsExactly(1, 0);
    }

    private static List<Known> images(int count, int right, double confidence) {
        List<Known> images = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            images.add(new Known(new double[] {confidence, 1 - confidence}, i < right ? 0 : 1));
        }
        return images;
    }
}
