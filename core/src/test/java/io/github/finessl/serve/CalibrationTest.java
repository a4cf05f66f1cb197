package io.github.finessl.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.serve.Calibration.Known;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CalibrationTest {

    /** Of ten images with p = (.99, .01), seven are right: at T, p should be (.7, .3). */
    @Test
    void theTemperatureMakesConfidenceEqualAccuracy() {
        Calibration found = Calibration.of(images(20, 14, .99)).orElseThrow();
        assertThat(found.temperature()).isCloseTo(Math.log(.99 / .01) / Math.log(.7 / .3), within(1e-3));
        assertThat(found.apply(new double[] {.99, .01})[0]).isCloseTo(.7, within(1e-4));
        assertThat(found.images()).isEqualTo(20);
    }

    @Test
    void itStaysWithinTenWhereAllAreRight() {
        Calibration found = Calibration.of(images(20, 20, .6)).orElseThrow();
        assertThat(found.temperature()).isBetween(.1, .101);
        double[] sure = found.apply(new double[] {.6, .4});
        assertThat(sure[0] + sure[1]).isCloseTo(1, within(1e-12));
        assertThat(sure[0]).isGreaterThan(.97);
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
