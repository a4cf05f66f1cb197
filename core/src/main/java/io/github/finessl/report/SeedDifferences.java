package io.github.finessl.report;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * The differences between two methods, one for each seed that both were run with.
 *
 * @param values at least one, all finite
 */
public record SeedDifferences(List<Double> values) {
    /** The most seeds whose signs can all be turned: 2^20 sums. */
    private static final int MOST_SIGNS = 20;

    /** The share of a sum by which rounding may change it. */
    private static final double ROUNDING = 1e-12;

    /** An interval of a mean. */
    public record Interval(double low, double high) {

        /** Whether 0 lies outside of it. */
        public boolean excludesZero() {
            return low > 0 || high < 0;
        }
    }

    /**
     * Checks the differences.
     *
     * @throws IllegalArgumentException if there are none, or one is no finite number
     */
    public SeedDifferences {
        values = List.copyOf(values);
        if (values.isEmpty() || values.stream().anyMatch(value -> !Double.isFinite(value))) {
            throw new IllegalArgumentException("differences of seeds are finite numbers, one at least, not " + values);
        }
    }

    /** The mean difference. */
    public double mean() {
        return Summary.of(values).mean();
    }

    /**
     * The t interval of the mean over all seeds there might be.
     *
     * @param level for example .95
     * @return without bounds where there is one seed
     */
    public Interval interval(double level) {
        if (values.size() == 1) {
            return new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
        }
        double half = t().inverseCumulativeProbability((1 + level) / 2) * standardError();
        return new Interval(mean() - half, mean() + half);
    }

    /** The two-sided p-value of Student's paired t-test; 1 where there is one seed or no difference at all. */
    public double tTest() {
        double mean = Math.abs(mean());
        if (values.size() == 1 || mean == 0) {
            return 1;
        }
        double error = standardError();
        return error == 0 ? 0 : 2 * t().cumulativeProbability(-mean / error);
    }

    /**
     * The two-sided p-value of the exact sign-flip test: the share of all ways to turn signs that give a mean at least as far
     * from 0.
     *
     * @throws IllegalStateException for more than 20 seeds
     */
    public double signFlip() {
        int seeds = values.size();
        if (seeds > MOST_SIGNS) {
            throw new IllegalStateException("signs of at most 20 differences are turned, not of " + seeds);
        }
        double[] all = values.stream().mapToDouble(Double::doubleValue).toArray();
        double size = values.stream().mapToDouble(Math::abs).sum();
        double observed = Math.abs(sum(all, 0)) - ROUNDING * size;
        long asFar = IntStream.range(0, 1 << seeds)
                .filter(turned -> Math.abs(sum(all, turned)) >= observed)
                .count();
        return asFar / (double) (1 << seeds);
    }

    private static double sum(double[] values, int turned) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += (turned >> i & 1) == 1 ? -values[i] : values[i];
        }
        return sum;
    }

    private double standardError() {
        return Summary.of(values).deviation() / Math.sqrt(values.size());
    }

    private TDistribution t() {
        return new TDistribution(null, values.size() - 1);
    }
}
