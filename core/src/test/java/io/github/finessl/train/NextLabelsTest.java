package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.report.TopTwo;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NextLabelsTest {
    private final List<TopTwo> guesses = new ArrayList<>();
    private final List<float[]> features = new ArrayList<>();

    private int image(int label, double confidence, float... feature) {
        guesses.add(new TopTwo(label, confidence, 1 - label, 1 - confidence));
        features.add(feature);
        return guesses.size() - 1;
    }

    private List<Integer> chosen(int most, float[]... labelled) {
        return NextLabels.of(guesses, features.toArray(float[][]::new), labelled, most);
    }

    @Test
    void nearDuplicatesAreChosenOnce() {
        int doubted = image(0, .5, 1, 0);
        image(0, .5, 1, 0); // its copy
        int lessDoubted = image(0, .7, 0, 1);
        image(0, 1, -2, -1);
        assertThat(chosen(2, new float[] {-2, -1})).containsExactly(doubted, lessDoubted);
    }

    @Test
    void whatHasALabelAlreadyIsNotDoubted() {
        image(0, .5, 1, 0); // like a labelled one
        int unlike = image(0, .7, 0, 1);
        image(0, 1, -1, -1);
        assertThat(chosen(1, new float[] {1, 0})).containsExactly(unlike);
    }

    @Test
    void theWeakestClassComesFirst() {
        int weak = image(1, .6, 1, 0);
        int doubted = image(0, .5, 0, 1);
        image(0, 1, -1, 0);
        image(0, 1, 0, -1);
        assertThat(chosen(2, new float[] {-1, 0})).containsExactly(weak, doubted);
    }

    @Test
    void noMoreThanHalfOfTheImages() {
        assertThat(chosen(5)).isEmpty();
        int one = image(0, .5, 1, 0);
        assertThat(chosen(5)).containsExactly(one);
        image(0, .5, 0, 1);
        assertThat(chosen(5)).hasSize(1);
    }
}
