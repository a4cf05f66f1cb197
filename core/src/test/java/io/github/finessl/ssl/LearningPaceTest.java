package io.github.finessl.ssl;

import static io.github.finessl.Values.assertClose;
import static io.github.finessl.Values.ints;
import static io.github.finessl.Values.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import org.junit.jupiter.api.Test;

class LearningPaceTest {

    @Test
    void followsTheAuthorsCode() {
        for (JsonNode golden : Golden.json("golden/pace.json")) {
            LearningPace pace = new LearningPace(
                    golden.get("n_unlabeled").intValue(), golden.get("C").intValue());
            for (JsonNode step : golden.get("steps")) {
                double[] beta = pace.relativeUnlessUniform();
                assertClose("β", beta, vector(step.get("beta_used_in_this_step")), 1e-7);
                double[] margin = Margins.of(beta, golden.get("alpha_base").doubleValue(), MarginForm.REFERENCE, true);
                assertClose("margin", margin, vector(step.get("margin_code")), 1e-6);
                pace.observe(
                        ints(step.get("uidx")),
                        ints(step.get("targets")),
                        vector(step.get("conf")),
                        golden.get("threshold").doubleValue());
                assertThat(pace.memory()).isEqualTo(ints(step.get("selected_label_after")));
                assertThat(pace.counts()).isEqualTo(ints(step.get("counts_after")));
            }
        }
    }

    @Test
    void aConfidenceOfExactlyZetaInSinglePrecisionCounts() {
        LearningPace pace = new LearningPace(2, 3);
        float zeta = 0.7f;
        pace.observe(new int[] {0, 1}, new int[] {2, 2}, new double[] {zeta, Math.nextDown(zeta)}, 0.7);
        assertThat(pace.memory()).containsExactly(2, -1);
    }

    @Test
    void paperCountsTheLastConfidentLabelOfEachImage() {
        LearningPace pace = new LearningPace(5, 3);
        assertThat(pace.relative()).containsExactly(0, 0, 0);
        pace.observe(new int[] {0, 1, 2, 3}, new int[] {0, 0, 0, 1}, new double[] {.9, .9, .9, .9}, 0.7);
        assertThat(pace.relative()).containsExactly(1, 1 / 3., 0);
        pace.observe(new int[] {0, 1, 4}, new int[] {1, 2, 2}, new double[] {.9, .9, .2}, 0.7);
        assertThat(pace.memory()).containsExactly(1, 2, 0, 1, -1);
        assertThat(pace.relative()).containsExactly(0.5, 1, 0.5);
    }

    @Test
    void paperCountsOneClassEvenWhereNothingElseIsSelected() {
        LearningPace pace = new LearningPace(2, 2);
        pace.observe(new int[] {0, 1}, new int[] {1, 1}, new double[] {1, 1}, 0.7);
        assertThat(pace.relative()).containsExactly(0, 1);
        assertThat(new LearningPace(2, 2).relativeUnlessUniform()).containsExactly(0, 0);
    }

    @Test
    void forgettingLeavesNothing() {
        LearningPace pace = new LearningPace(3, 2);
        pace.observe(new int[] {0, 1}, new int[] {1, 0}, new double[] {1, 1}, 0.7);
        pace.relative();
        pace.forget();
        assertThat(pace.memory()).containsOnly(-1);
        assertThat(pace.relativeUnlessUniform()).containsExactly(0, 0);
    }

    @Test
    void aMemoryThatDoesNotFitIsRefused() {
        LearningPace pace = new LearningPace(3, 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pace.restore(new int[2], new double[2]))
                .withMessageContaining("2 images of 2 classes, this run 3 of 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pace.restore(new int[3], new double[1]))
                .withMessageContaining("3 images of 1 classes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pace.restore(new int[] {-1, 0, 2}, new double[2]))
                .withMessageContaining("the class 2");
    }
}
