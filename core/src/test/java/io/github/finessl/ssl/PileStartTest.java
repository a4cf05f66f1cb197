package io.github.finessl.ssl;

import static io.github.finessl.Values.ints;
import static io.github.finessl.Values.matrix;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PileStartTest {

    @Test
    void asNumpySolvesIt() {
        JsonNode golden = Golden.json("pile-start.json");
        float[][] found = PileStart.of(
                floats(matrix(golden.get("labelled"))),
                ints(golden.get("labels")),
                floats(matrix(golden.get("pile"))),
                3);
        double[][] expected = matrix(golden.get("vectors"));
        for (int c = 0; c < 3; c++) {
            for (int d = 0; d < 5; d++) {
                assertThat((double) found[c][d]).isCloseTo(expected[c][d], within(1e-6));
            }
        }
    }

    @Test
    void withoutAPileTheyAreTheClassMeans() {
        float[][] labelled = {{2, 0}, {0, 3}, {0, 1}, {4, 4}};
        float[][] found = PileStart.of(labelled, new int[] {0, 0, 1, 1}, new float[0][], 2);
        float half = (float) Math.sqrt(.5);
        assertThat(found[0]).containsExactly(new float[] {half, half}, within(1e-6f));
        double angle = 3 * Math.PI / 8;
        assertThat(found[1])
                .containsExactly(new float[] {(float) Math.cos(angle), (float) Math.sin(angle)}, within(1e-6f));
    }

    /** Two classes in a plane and many images that lie apart from both: the vectors stay with the classes. */
    @Test
    void strangersHardlyCount() {
        Random random = new Random(3);
        float[][] pile = new float[300][];
        for (int i = 0; i < pile.length; i++) {
            pile[i] = i < 60 ? near(i % 2, random) : near(2 + i % 3, random);
        }
        float[][] labelled = {near(0, random), near(0, random), near(1, random), near(1, random)};
        float[][] found = PileStart.of(labelled, new int[] {0, 0, 1, 1}, pile, 2);
        for (int c = 0; c < 2; c++) {
            assertThat(found[c][c]).isGreaterThan(.98f);
        }
    }

    @Test
    void aWrongLabelIsContradictedByTheOthersAndStrangersAreHardlyReached() {
        Random random = new Random(4);
        int[] labels = {0, 0, 0, 0, 1, 1, 1, 1};
        float[][] labelled = new float[8][];
        Arrays.setAll(labelled, i -> near(i == 3 ? 1 : labels[i], random)); // the fourth is wrong
        float[][] pile = new float[60][];
        Arrays.setAll(pile, i -> near(i % 3, random)); // every third is of neither class
        LabelSpread spread = new LabelSpread(labelled, labels, pile, 2, (done, images) -> {});
        for (int i = 0; i < 8; i++) {
            double own = spread.reachedWithoutTheirLabels(new int[] {i})
                    .get(0)
                    .orElseThrow()
                    .shares()[labels[i]];
            if (i == 3) {
                assertThat(own).isLessThan(.2);
            } else {
                assertThat(own).isGreaterThan(.5);
            }
        }
        for (int i = 0; i < 60; i += 3) {
            assertThat(spread.reachedInPile(i + 2).reach())
                    .isLessThan(.2
                            * Math.min(
                                    spread.reachedInPile(i).reach(),
                                    spread.reachedInPile(i + 1).reach()));
        }
    }

    @Test
    void theOnlyLabelOfAClassCannotBeDoubted() {
        float[][] labelled = {{1, 0}, {.9f, .1f}, {0, 1}};
        LabelSpread spread =
                new LabelSpread(labelled, new int[] {0, 0, 1}, new float[][] {{1, 0}, {0, 1}}, 2, (done, images) -> {});
        List<Optional<LabelSpread.Reached>> without = spread.reachedWithoutTheirLabels(new int[] {0, 2});
        assertThat(without.get(0)).isPresent();
        assertThat(without.get(1)).isEmpty();
    }

    /** Half of the pile is in the graph, and the other half is told by its neighbours. */
    @Test
    void whatReachesImagesOutsideOfTheGraphIsWhatReachesTheirNeighbours() {
        Random random = new Random(5);
        int[] labels = {0, 0, 1, 1};
        float[][] labelled = new float[4][];
        Arrays.setAll(labelled, i -> near(labels[i], random));
        float[][] pile = new float[120][];
        Arrays.setAll(pile, i -> near(i / 2 % 3, random)); // every third pair is of neither class
        LabelSpread all = new LabelSpread(labelled, labels, pile, 2, (done, images) -> {});
        LabelSpread half = new LabelSpread(labelled, labels, pile, 2, 60, (done, images) -> {});
        double ofClasses = 0;
        double strangers = 0;
        for (int i = 1; i < 120; i += 2) { // the graph has the even ones
            int expected = i / 2 % 3;
            if (expected == 2) {
                strangers = Math.max(strangers, half.reachedInPile(i).reach());
            } else {
                ofClasses += half.reachedInPile(i).reach() / 40;
                assertThat(half.reachedInPile(i).shares()[expected])
                        .isCloseTo(all.reachedInPile(i).shares()[expected], within(.15))
                        .isGreaterThan(.7);
            }
        }
        assertThat(strangers).isLessThan(.5 * ofClasses);
    }

    @Test
    void imagesThatAreAllTheSameAreNoFault() {
        float[][] same = new float[20][];
        Arrays.fill(same, new float[] {1, 2, 3});
        float[][] found = PileStart.of(new float[][] {{1, 2, 3}, {1, 2, 3}}, new int[] {0, 1}, same, 2);
        for (float[] vector : found) {
            for (float value : vector) {
                assertThat(Float.isFinite(value)).isTrue();
            }
        }
    }

    /** A point near a unit vector. */
    private static float[] near(int axis, Random random) {
        float[] point = new float[6];
        for (int d = 0; d < point.length; d++) {
            point[d] = (d == axis ? 1 : 0) + .1f * (float) random.nextGaussian();
        }
        return point;
    }

    private static float[][] floats(double[][] rows) {
        float[][] floats = new float[rows.length][rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            for (int d = 0; d < rows[i].length; d++) {
                floats[i][d] = (float) rows[i][d];
            }
        }
        return floats;
    }
}
