package io.github.finessl.report;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Holm's adjustment of p-values for how many hypotheses a family has (Holm 1979). */
public final class Holm {
    private Holm() {}

    /** The adjusted p-values, in the order of the given ones: the least one times their number, and so on, never falling. */
    public static List<Double> adjusted(List<Double> pValues) {
        int count = pValues.size();
        List<Integer> order = IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.comparing(pValues::get))
                .toList();
        Double[] adjusted = new Double[count];
        double most = 0;
        for (int rank = 0; rank < count; rank++) {
            int index = order.get(rank);
            most = Math.max(most, Math.min(1, (count - rank) * pValues.get(index)));
            adjusted[index] = most;
        }
        return Arrays.asList(adjusted);
    }
}
