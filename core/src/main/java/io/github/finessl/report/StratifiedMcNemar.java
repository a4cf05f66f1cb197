package io.github.finessl.report;

import java.util.List;
import org.apache.commons.math3.distribution.ChiSquaredDistribution;

/**
 * McNemar's test of two methods over several seeds, each of which is a stratum with models of its own. Every pair of answers to
 * one image is a stratum of its own in the test of Mantel and Haenszel, so that discordant pairs are counted over all seeds.
 *
 * <p>It speaks of these models on these images; how much seeds differ it does not know: {@link SeedDifferences} does.
 *
 * @param seeds one test for each seed, at least one
 */
public record StratifiedMcNemar(List<PairedTest> seeds) {

    /**
     * Checks the strata.
     *
     * @throws IllegalArgumentException if there are none
     */
    public StratifiedMcNemar {
        seeds = List.copyOf(seeds);
        if (seeds.isEmpty()) {
            throw new IllegalArgumentException("a test of no seeds");
        }
    }

    /** The discordant pairs of all seeds. */
    public PairedTest pooled() {
        return new PairedTest(
                seeds.stream().mapToInt(PairedTest::onlyFirst).sum(),
                seeds.stream().mapToInt(PairedTest::onlySecond).sum());
    }

    /** The exact two-sided p-value of the pooled pairs. */
    public double pValue() {
        return pooled().pValue();
    }

    /**
     * The p-value of whether the seeds agree on how the methods differ: Σ (b-c)²/(b+c) over seeds, less that of the pooled pairs, is
     * χ² with a degree of freedom less than there are seeds with discordant pairs. 1 where fewer than two have any.
     */
    public double heterogeneity() {
        List<PairedTest> discordant =
                seeds.stream().filter(seed -> seed.discordant() > 0).toList();
        if (discordant.size() < 2) {
            return 1;
        }
        double between =
                discordant.stream().mapToDouble(StratifiedMcNemar::chiSquared).sum() - chiSquared(pooled());
        return 1 - new ChiSquaredDistribution(null, discordant.size() - 1).cumulativeProbability(Math.max(0, between));
    }

    private static double chiSquared(PairedTest test) {
        double difference = test.onlyFirst() - test.onlySecond();
        return difference * difference / test.discordant();
    }
}
