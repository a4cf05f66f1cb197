package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.report.SeedDifferences.Interval;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Expected values are those of scipy 1.17.1, statsmodels 0.15.0 and numpy 2.4.6. */
class SeedStatisticsTest {
    private static final Offset<Double> EXACT = within(1e-9);
    private static final SeedDifferences SIX = new SeedDifferences(List.of(1.3, -0.4, 2.1, 0.9, 3.2, 0.6));
    private static final SeedDifferences THREE = new SeedDifferences(List.of(2.0, 1.5, 0.1));

    /** scipy.stats.ttest_1samp(d, 0) and its confidence_interval(.95). */
    @Test
    void theTTestAndItsIntervalAreThoseOfScipy() {
        assertThat(SIX.tTest()).isCloseTo(0.05325857801405685, EXACT);
        assertThat(SIX.interval(.95).low()).isCloseTo(-0.026430736178505443, EXACT);
        assertThat(SIX.interval(.95).high()).isCloseTo(2.5930974028451717, EXACT);
        assertThat(THREE.tTest()).isCloseTo(0.16927992281071752, EXACT);
        assertThat(THREE.interval(.95).low()).isCloseTo(-1.2465919083108157, EXACT);
        assertThat(THREE.interval(.95).high()).isCloseTo(3.646591908310816, EXACT);
        assertThat(THREE.interval(.95).excludesZero()).isFalse();
        assertThat(THREE.interval(.5).excludesZero()).isTrue();
    }

    /** scipy.stats.permutation_test((d,), numpy.mean, permutation_type="samples", n_resamples=inf). */
    @Test
    void theSignFlipTestIsThatOfScipy() {
        assertThat(SIX.signFlip()).isEqualTo(0.0625);
        assertThat(new SeedDifferences(List.of(1., 2., 3., 4., 5., 6.)).signFlip())
                .isEqualTo(0.03125);
        assertThat(new SeedDifferences(List.of(-1., -2., -3.)).signFlip()).isEqualTo(0.25);
        assertThat(new SeedDifferences(List.of(0.1, 0.2, -0.3)).signFlip()).isEqualTo(1);
    }

    @Test
    void oneSeedAndEqualMethodsProveNothing() {
        SeedDifferences one = new SeedDifferences(List.of(7.0));
        assertThat(one.tTest()).isEqualTo(1);
        assertThat(one.signFlip()).isEqualTo(1);
        assertThat(one.interval(.95).excludesZero()).isFalse();
        SeedDifferences equal = new SeedDifferences(List.of(0.0, 0.0, 0.0));
        assertThat(equal.tTest()).isEqualTo(1);
        assertThat(equal.signFlip()).isEqualTo(1);
        assertThat(equal.interval(.95)).isEqualTo(new Interval(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new SeedDifferences(List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new SeedDifferences(List.of(Double.NaN)));
    }

    /** statsmodels' multipletests(p, method="holm"). */
    @Test
    void holmIsThatOfStatsmodels() {
        assertThat(Holm.adjusted(List.of(.01, .04, .03)))
                .usingComparatorForType((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1, Double.class)
                .containsExactly(.03, .06, .06);
        assertThat(Holm.adjusted(List.of(.5, .02, .02, .9))).containsExactly(1., .08, .08, 1.);
        assertThat(Holm.adjusted(List.of(.6, .7))).containsExactly(1., 1.);
        assertThat(Holm.adjusted(List.of())).isEmpty();
    }

    /**
     * statsmodels' mcnemar(exact=True) of the pooled table; the statistic is that of its StratifiedTable with a stratum a pair,
     * 5.769230769230769. Heterogeneity is scipy.stats.chi2.sf(4.65176678919267, 2).
     */
    @Test
    void stratifiedMcNemarIsThatOfStatsmodels() {
        StratifiedMcNemar test =
                new StratifiedMcNemar(List.of(new PairedTest(30, 18), new PairedTest(22, 25), new PairedTest(41, 20)));
        assertThat(test.pooled()).isEqualTo(new PairedTest(93, 63));
        assertThat(test.pValue()).isCloseTo(0.01994574873683435, EXACT);
        assertThat(test.heterogeneity()).isCloseTo(0.09769710082844743, EXACT);
        StratifiedMcNemar many = new StratifiedMcNemar(List.of(new PairedTest(2510, 2290)));
        assertThat(many.pValue()).isCloseTo(0.0015696606752182375, within(1e-7));
        assertThat(many.heterogeneity()).isEqualTo(1);
        assertThat(new StratifiedMcNemar(List.of(new PairedTest(0, 0), new PairedTest(0, 0))).heterogeneity())
                .isEqualTo(1);
    }

    /** numpy, 400,000 replicates of the same two-way bootstrap. */
    @Test
    void theBootstrapIsThatOfNumpy() {
        PairedBootstrap bootstrap = new PairedBootstrap(
                IntStream.range(0, 4).mapToObj(SeedStatisticsTest::images).toList());
        assertThat(bootstrap.mean()).isCloseTo(0.1, EXACT);
        Interval interval = bootstrap.interval(.95, 40_000, 7);
        assertThat(interval.low()).isCloseTo(-0.0075, within(.004));
        assertThat(interval.high()).isCloseTo(0.2175, within(.004));
        assertThat(bootstrap.interval(.95, 100, 7)).isEqualTo(bootstrap.interval(.95, 100, 7));
        assertThat(bootstrap.interval(.95, 100, 7)).isNotEqualTo(bootstrap.interval(.95, 100, 8));
    }

    private static byte[] images(int seed) {
        byte[] images = new byte[200];
        for (int i = 0; i < images.length; i++) {
            int draw = (i * 7 + seed * i + seed * 3) % 10;
            images[i] = (byte) (draw < 3 ? 1 : draw == 9 && seed < 3 ? -1 : 0);
        }
        return images;
    }

    @Test
    void imagesAreComparedByWhoIsRightAlone() {
        byte[] compared = PairedBootstrap.compared(List.of(0, 1, 2, 3), List.of(0, 1, 0, 0), List.of(0, 2, 2, 1));
        assertThat(compared).containsExactly(0, 1, -1, 0);
        assertThat(PairedTest.of(compared)).isEqualTo(new PairedTest(1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new PairedBootstrap(List.of(new byte[2], new byte[3])));
        assertThatIllegalArgumentException().isThrownBy(() -> new PairedBootstrap(Collections.emptyList()));
    }
}
