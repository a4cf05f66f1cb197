package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.report.UnlabelledSurvey.Image;
import io.github.finessl.report.UnlabelledSurvey.Truth;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnlabelledSurveyTest {

    @Test
    void countsClassesAndStrangers() {
        UnlabelledSurvey survey = UnlabelledSurvey.of(
                List.of(
                        new Image(Truth.KNOWN, 0, 0, 0.9, 0.5),
                        new Image(Truth.KNOWN, 0, 1, 0.6, 0.5),
                        new Image(Truth.KNOWN, 1, 1, 0.8, 0.5),
                        new Image(Truth.STRANGER, -2, 1, 0.7, 0.5),
                        new Image(Truth.UNKNOWN, -1, 2, 0.1, 0.5)),
                3);

        assertThat(survey.images()).isEqualTo(5);
        assertThat(survey.trueCounts()).containsExactly(2, 1, 0);
        assertThat(survey.pseudoCounts()).containsExactly(1, 3, 1);
        assertThat(survey.rightCounts()).containsExactly(1, 1, 0);
        assertThat(survey.strangers()).isEqualTo(1);
        assertThat(survey.main().mean()).isCloseTo(0.62, within(1e-12));
        assertThat(survey.main().meanRight()).isCloseTo(0.85, within(1e-12));
        assertThat(survey.main().meanWrong()).isEqualTo(0.6);
        assertThat(survey.main().meanStranger()).isEqualTo(0.7);
        assertThat(survey.main().rightFromWrong()).isEqualTo(1);
        assertThat(survey.main().rightFromStrangers()).isEqualTo(1);
        assertThat(survey.weighing().rightFromWrong()).as("ties count half").isEqualTo(0.5);
    }

    @Test
    void calibrationErrorIsTheMeanDistanceBetweenConfidenceAndAccuracy() {
        Confidence confidence = Confidence.of(
                new double[] {0.5},
                new double[] {0.92, 0.93, 0.31},
                new double[] {0.92, 0.93, 0.94, 0.31},
                new double[] {0.99});

        // Bin [.9, .95): 5 images of mean .928, accuracy .4; bin [.3, .35): 2 images of mean .31, accuracy .5.
        double expected = (5 * (0.928 - 0.4) + 2 * (0.5 - 0.31)) / 7;
        assertThat(confidence.calibrationError()).isCloseTo(expected, within(1e-12));
        assertThat(confidence.right())
                .hasSize(Confidence.BINS)
                .endsWith(0, 2, 0)
                .contains(1);
        assertThat(confidence.rightFromStrangers()).isZero();
    }

    @Test
    void whatNothingStandsBehindIsNull() {
        Confidence confidence = Confidence.of(new double[] {1}, new double[] {1}, new double[0], new double[0]);

        assertThat(confidence.mean()).isEqualTo(1);
        assertThat(confidence.meanWrong()).isNull();
        assertThat(confidence.rightFromWrong()).isNull();
        assertThat(confidence.rightFromStrangers()).isNull();
        assertThat(confidence.calibrationError()).isZero();
        assertThat(confidence.right().get(Confidence.BINS - 1))
                .as("1 belongs to the last bin")
                .isEqualTo(1);
    }
}
