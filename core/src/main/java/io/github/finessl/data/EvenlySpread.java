package io.github.finessl.data;

import java.util.Arrays;
import java.util.stream.IntStream;

/** A choice of so many of a list at most, evenly spread over it, as files may be in the order of their classes. */
public final class EvenlySpread {

    private EvenlySpread() {}

    /**
     * The places of those chosen, ascending.
     *
     * @param all the length of the list
     * @param most how many are wanted
     */
    public static int[] places(int all, int most) {
        int some = Math.min(all, most);
        return IntStream.range(0, some).map(n -> (int) ((long) n * all / some)).toArray();
    }

    /** Those chosen of features [n, D]. */
    public static float[][] of(float[][] features, int most) {
        return Arrays.stream(places(features.length, most))
                .mapToObj(i -> features[i])
                .toArray(float[][]::new);
    }
}
