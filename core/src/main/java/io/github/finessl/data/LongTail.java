package io.github.finessl.data;

import java.util.Arrays;
import java.util.stream.IntStream;

/** The number of images of each class in a long-tailed set (LTSSL). */
public final class LongTail {

    private LongTail() {}

    /**
     * The number of images of each class: n_i = int(most·ratio^(-i/(C-1))), the last int(most/ratio).
     *
     * @param most images of the first class
     * @param ratio of the first class's images to the last one's, from 1 on
     * @param reversed whether the last class is the one with most
     */
    public static int[] counts(int most, int classes, double ratio, boolean reversed) {
        if (!(ratio >= 1)) {
            throw new IllegalArgumentException("An imbalance is a ratio from 1 on, not " + ratio);
        }
        double step = Math.pow(1 / ratio, 1.0 / (classes - 1));
        return IntStream.range(0, classes)
                .map(i -> reversed ? classes - 1 - i : i)
                .map(i -> i == 0 ? most : (int) (i == classes - 1 ? most / ratio : most * Math.pow(step, i)))
                .toArray();
    }

    /**
     * The number of images of the most frequent class in the largest long tail that the given images suffice for.
     *
     * @param available images of each class that are not labelled
     * @return 0 if they do not suffice for any
     */
    public static int most(int[] available, double ratio, boolean reversed) {
        int most = Arrays.stream(available).max().orElse(0);
        while (most > 0 && !fits(counts(most, available.length, ratio, reversed), available)) {
            most--;
        }
        return most;
    }

    private static boolean fits(int[] counts, int[] available) {
        return IntStream.range(0, counts.length).allMatch(i -> counts[i] <= available[i]);
    }
}
