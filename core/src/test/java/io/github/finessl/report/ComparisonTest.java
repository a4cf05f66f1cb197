package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.report.BeforeTraining.Rival;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComparisonTest {

    /** Predictions for a hundred images of class 0, of which those in a range are right. */
    private static List<Prediction> right(int from, int to) {
        return IntStream.range(0, 100)
                .mapToObj(i -> new Prediction("image " + i, 0, i >= from && i < to ? 0 : 1, .9))
                .toList();
    }

    private static Comparison compared(List<Prediction> model, List<Prediction> probe) {
        return Comparison.of(model, List.of(new Rival("class means", right(0, 10)), new Rival("linear probe", probe)))
                .orElseThrow();
    }

    /** R: binom.test(15, 20)$p.value is 0.0414, binom.test(6, 8)$p.value is 0.2891. */
    @Test
    void pValuesAreThoseOfTheExactTest() {
        assertThat(new PairedTest(15, 5).pValue()).isCloseTo(0.04138947, within(1e-7));
        assertThat(new PairedTest(2, 6).pValue()).isCloseTo(0.2890625, within(1e-7));
        assertThat(new PairedTest(0, 0).pValue()).isEqualTo(1);
    }

    @Test
    void theImagesOnWhichModelsDifferAreCounted() {
        assertThat(PairedTest.of(right(0, 60), right(50, 100))).isEqualTo(new PairedTest(50, 40));
        List<Prediction> others = List.of(new Prediction("image", 1, 1, .5));
        assertThatIllegalArgumentException().isThrownBy(() -> PairedTest.of(right(0, 60), others));
    }

    @Test
    void verdicts() {
        assertThat(compared(right(0, 80), right(0, 60)).verdict())
                .isEqualTo("Training was worth it: the best model without it, the linear probe (60.0 %), is right less"
                        + " often.");
        assertThat(compared(right(0, 62), right(0, 60)).verdict())
                .startsWith("Training may have been worth it: the best model without it is the linear probe (60.0 %)");
        assertThat(compared(right(0, 60), right(0, 60)).verdict())
                .startsWith("Training gained nothing that these test images show: the linear probe (60.0 %)");
        assertThat(compared(right(0, 40), right(0, 60)).verdict())
                .startsWith("Training was not worth it: the linear probe (60.0 %)");
    }

    @Test
    void withoutTestImagesNothingIsCompared() {
        assertThat(Comparison.of(List.of(), List.of(new Rival("pile", List.of()))))
                .isEmpty();
        assertThat(Comparison.of(right(0, 9), List.of())).isEmpty();
    }
}
