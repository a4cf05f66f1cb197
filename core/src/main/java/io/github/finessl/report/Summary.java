package io.github.finessl.report;

import java.util.Arrays;
import java.util.Collection;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * The mean and the standard deviation over runs that differ in their seed alone.
 *
 * @param deviation sample standard deviation; NaN for a single run
 */
public record Summary(double mean, double deviation, int runs) {

    private static final double LEVEL = 0.95;

    /** Half of the 95 % t interval of the mean; NaN for a single run. */
    public double halfInterval() {
        return runs == 1
                ? Double.NaN
                : new TDistribution(null, runs - 1).inverseCumulativeProbability((1 + LEVEL) / 2)
                        * deviation
                        / Math.sqrt(runs);
    }

    /** Summarises at least one value. */
    public static Summary of(Collection<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("a summary of no runs");
        }
        double[] all = values.stream().mapToDouble(Double::doubleValue).toArray();
        double mean = Arrays.stream(all).sum() / all.length;
        double squares = Arrays.stream(all).map(x -> (x - mean) * (x - mean)).sum();
        return new Summary(mean, all.length == 1 ? Double.NaN : Math.sqrt(squares / (all.length - 1)), all.length);
    }
}
