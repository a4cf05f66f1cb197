package io.github.finessl.experiments.option;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** A spelling corrector, which finds the known name that a misspelt one resembles. */
public final class Spelling {

    private Spelling() {}

    /** The nearest of {@code known} within one change of a short name or two of a longer one. */
    public static Optional<String> nearest(String name, Collection<String> known) {
        return known.stream()
                .filter(candidate ->
                        distance(name, candidate) <= (Math.min(name.length(), candidate.length()) < 5 ? 1 : 2))
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)));
    }

    /** The edit distance: how many insertions, deletions and replacements of letters turn one word into the other. */
    static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
