package io.github.finessl.experiments.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.evidence.Difference.Numbers;
import io.github.finessl.experiments.evidence.Difference.Verdict;
import io.github.finessl.report.SeedDifferences;
import io.github.finessl.report.Summary;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DifferenceTest {
    private static final Contrast CONTRAST = Contrast.of(
            new Setting.Set("C", 4, Map.of()).labels(4), Methods.FINESSL, Methods.FIXMATCH, List.of(1L, 2L));

    private static Difference difference(double holm, List<String> missing, Double... values) {
        Summary summary = Summary.of(List.of(values));
        return new Difference(
                CONTRAST,
                missing,
                Optional.of(new Numbers(
                        Methods.FIXMATCH,
                        summary,
                        summary,
                        new SeedDifferences(List.of(values)),
                        holm,
                        Optional.empty(),
                        Optional.empty())));
    }

    @Test
    void aDifferenceStandsByBothTests() {
        assertThat(difference(.01, List.of(), 1., 2., 3., 4., 5., 6.).verdict()).isEqualTo(Verdict.AHEAD);
        assertThat(difference(.01, List.of(), -1., -2., -3., -4., -5., -6.).verdict())
                .isEqualTo(Verdict.BEHIND);
        assertThat(difference(.06, List.of(), 1., 2., 3., 4., 5., 6.).verdict()).isEqualTo(Verdict.OPEN);
        // One of six signs is another: the exact test gives .0625.
        assertThat(difference(.01, List.of(), -.1, 2., 3., 4., 5., 6.).verdict())
                .isEqualTo(Verdict.OPEN);
        // Three seeds cannot pass it, so that it does not decide.
        assertThat(difference(.01, List.of(), 1., 1.1, 1.2).verdict()).isEqualTo(Verdict.AHEAD);
    }

    @Test
    void whatIsNotFinishedIsNotConcluded() {
        Difference interim = difference(.0001, List.of("V-PET (6)"), 1., 2., 3., 4., 5., 6.);
        assertThat(interim.verdict()).isEqualTo(Verdict.INTERIM);
        assertThat(Tables.reading(interim)).isEqualTo("interim; missing: V-PET (6)");
        assertThat(Claims.reading(List.of(interim, difference(.01, List.of(), 1., 1.1, 1.2))))
                .isEqualTo("ahead 1 of 2, interim 1 of 2");
        assertThat(new Difference(CONTRAST, List.of(), Optional.empty()).verdict())
                .isEqualTo(Verdict.INTERIM);
    }
}
