package io.github.finessl.experiments.evidence;

import io.github.finessl.report.SeedDifferences;
import io.github.finessl.report.SeedDifferences.Interval;
import io.github.finessl.report.StratifiedMcNemar;
import io.github.finessl.report.Summary;
import java.util.List;
import java.util.Optional;

/**
 * What the finished runs say of a contrast.
 *
 * @param missing what is not finished of it, for people
 * @param numbers empty while no seed of both methods is finished
 */
record Difference(Contrast contrast, List<String> missing, Optional<Numbers> numbers) {
    private static final double SIGNIFICANT = 0.05;

    /** The seeds from which the sign-flip test can reach {@link #SIGNIFICANT}: its least p-value is 2/2^S. */
    private static final int SEEDS_FOR_SIGNS = 6;

    /**
     * The tests of a difference.
     *
     * @param rival the best one on held-out images
     * @param method top-1 in %, over seeds
     * @param ofRival likewise
     * @param difference in points of top-1, a value a seed
     * @param holm p-value of the t-test, adjusted within the family
     * @param mcNemar empty where the classes of the test images are not known
     * @param bootstrap likewise, in points
     */
    record Numbers(
            Row rival,
            Summary method,
            Summary ofRival,
            SeedDifferences difference,
            double holm,
            Optional<StratifiedMcNemar> mcNemar,
            Optional<Interval> bootstrap) {}

    /** How a difference is read. */
    enum Verdict {
        /** The method is ahead. */
        AHEAD("ahead"),
        /** The method is behind. */
        BEHIND("behind"),
        /** Chance would give as much too often. */
        OPEN("open"),
        /** Not all runs are finished. */
        INTERIM("interim");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** The protocol's reading. */
    Verdict verdict() {
        if (!missing.isEmpty() || numbers.isEmpty()) {
            return Verdict.INTERIM;
        }
        SeedDifferences difference = numbers.get().difference();
        boolean stands = numbers.get().holm() < SIGNIFICANT
                && (difference.values().size() < SEEDS_FOR_SIGNS || difference.signFlip() < SIGNIFICANT);
        if (!stands) {
            return Verdict.OPEN;
        }
        return difference.mean() > 0 ? Verdict.AHEAD : Verdict.BEHIND;
    }
}
