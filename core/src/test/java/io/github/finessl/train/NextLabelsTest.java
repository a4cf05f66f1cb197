package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.report.PseudoLabelled;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class NextLabelsTest {
    private final List<PseudoLabelled> images = new ArrayList<>();
    private final List<float[]> features = new ArrayList<>();

    private void image(String name, int label, double confidence, float... feature) {
        images.add(new PseudoLabelled(
                name,
                label,
                confidence,
                null,
                null,
                1,
                new PseudoLabelled.Guess(1 - label, 1 - confidence),
                OptionalInt.empty()));
        features.add(feature);
    }

    private List<String> chosen(int most, float[]... labelled) {
        return NextLabels.of(images, features.toArray(float[][]::new), labelled, most).stream()
                .map(PseudoLabelled::image)
                .toList();
    }

    @Test
    void nearDuplicatesAreChosenOnce() {
        image("doubted", 0, .5, 1, 0);
        image("its copy", 0, .5, 1, 0);
        image("less doubted", 0, .7, 0, 1);
        image("sure", 0, 1, -2, -1);
        assertThat(chosen(2, new float[] {-2, -1})).containsExactly("doubted", "less doubted");
    }

    @Test
    void whatHasALabelAlreadyIsNotDoubted() {
        image("like a labelled one", 0, .5, 1, 0);
        image("unlike", 0, .7, 0, 1);
        image("sure", 0, 1, -1, -1);
        assertThat(chosen(1, new float[] {1, 0})).containsExactly("unlike");
    }

    @Test
    void theWeakestClassComesFirst() {
        image("weak", 1, .6, 1, 0);
        image("doubted", 0, .5, 0, 1);
        image("sure", 0, 1, -1, 0);
        image("sure too", 0, 1, 0, -1);
        assertThat(chosen(2, new float[] {-1, 0})).containsExactly("weak", "doubted");
    }

    @Test
    void noMoreThanHalfOfTheImages() {
        assertThat(chosen(5)).isEmpty();
        image("one", 0, .5, 1, 0);
        assertThat(chosen(5)).containsExactly("one");
        image("two", 0, .5, 0, 1);
        assertThat(chosen(5)).hasSize(1);
    }
}
