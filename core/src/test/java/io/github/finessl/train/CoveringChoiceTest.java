package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CoveringChoiceTest {

    private static final int WIDTH = 16;

    /** Images around some directions, so many around each; the last one is unlike all others. */
    private static float[][] clusters(int... sizes) {
        Random random = new Random(1);
        int all = Arrays.stream(sizes).sum() + 1;
        float[][] images = new float[all][WIDTH];
        int image = 0;
        for (int c = 0; c < sizes.length; c++) {
            for (int n = 0; n < sizes[c]; n++, image++) {
                images[image][c] = 1;
                for (int d = 0; d < WIDTH; d++) {
                    images[image][d] += n == 0 ? 0 : (float) random.nextGaussian() * 0.1f;
                }
            }
        }
        images[all - 1][WIDTH - 1] = 1;
        return images;
    }

    private static double[] doubts(int images) {
        double[] doubts = new double[images];
        Arrays.fill(doubts, 1);
        return doubts;
    }

    private static List<Integer> chosen(double[] doubt, float[][] features, float[][] labelled, int most) {
        return CoveringChoice.of(doubt, features, labelled, most).stream()
                .map(CoveringChoice.Chosen::image)
                .toList();
    }

    @Test
    void whatIsAlikeIsCounted() {
        float[][] images = clusters(6, 30, 14);
        List<CoveringChoice.Chosen> chosen = CoveringChoice.of(doubts(51), images, new float[][] {images[6]}, 2);
        assertThat(chosen.get(0).alike()).isBetween(14 / 51.0, 30 / 51.0); // and some that are like nothing
        assertThat(chosen.get(1).alike()).isBetween(6 / 51.0, 14 / 51.0);
        assertThat(CoveringChoice.of(doubts(51), images, images, 1).get(0).alike())
                .isZero();
    }

    @Test
    void theMiddlesOfClustersComeFirstTheLargestBeforeAll() {
        float[][] images = clusters(6, 30, 14);
        assertThat(chosen(doubts(51), images, new float[0][], 4))
                .startsWith(6, 36, 0)
                .hasSize(4);
    }

    @Test
    void whatIsLikeALabelledImageIsNotChosen() {
        float[][] images = clusters(6, 30, 14);
        List<Integer> chosen = chosen(doubts(51), images, new float[][] {images[6]}, 2);
        assertThat(chosen).containsExactly(36, 0);
    }

    @Test
    void whatIsSureCountsLess() {
        float[][] images = clusters(6, 30, 14);
        double[] doubts = doubts(51);
        IntStream.range(6, 36).forEach(i -> doubts[i] = 0);
        assertThat(chosen(doubts, images, new float[0][], 1)).containsExactly(36);
        Arrays.fill(doubts, 0);
        assertThat(chosen(doubts, images, new float[0][], 3)).containsExactly(6, 36, 0);
    }

    @Test
    void eachImageIsChosenOnceAndAllAreInTheEnd() {
        float[][] images = clusters(3, 2);
        assertThat(chosen(doubts(6), images, new float[0][], 99)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
        assertThat(chosen(new double[0], new float[0][], images, 3)).isEmpty();
        assertThat(chosen(doubts(1), new float[1][4], new float[0][], 3)).containsExactly(0);
    }

    @Test
    void ofManyImagesSomeAreChosenFrom() {
        float[][] images = clusters(30_000, 10_000);
        List<Integer> chosen = chosen(doubts(40_001), images, Arrays.copyOf(images, 5000), 24);
        assertThat(chosen).hasSize(24).doesNotHaveDuplicates();
        assertThat(chosen.get(0)).isBetween(30_000, 39_999);
    }
}
