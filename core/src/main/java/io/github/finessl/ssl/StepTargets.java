package io.github.finessl.ssl;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The values that a method feeds into its loss in one step.
 *
 * @param vectors the values of floats
 * @param classIndices the values of class indices
 * @param distributions the values of distributions, a row each
 * @param pseudoLabels ŷ [μB], for monitoring; empty without weak views
 * @param weights how much each unlabelled image counts in the consistency loss [μB]; empty without weak views
 */
public record StepTargets(
        Map<Feed.Vector, double[]> vectors,
        Map<Feed.ClassIndices, int[]> classIndices,
        Map<Feed.Distributions, double[][]> distributions,
        int[] pseudoLabels,
        double[] weights) {

    /** A builder of a step's targets. */
    public static final class Builder {
        private final Map<Feed.Vector, double[]> vectors = new LinkedHashMap<>();
        private final Map<Feed.ClassIndices, int[]> classIndices = new LinkedHashMap<>();
        private final Map<Feed.Distributions, double[][]> distributions = new LinkedHashMap<>();
        private int[] pseudoLabels = {};
        private double[] weights = {};

        /** Sets the values of floats; those of an earlier call are replaced. */
        public Builder feed(Feed.Vector feed, double[] values) {
            vectors.put(feed, values);
            return this;
        }

        /** Sets the values of class indices. */
        public Builder feed(Feed.ClassIndices feed, int[] values) {
            classIndices.put(feed, values);
            return this;
        }

        /** Sets the values of distributions. */
        public Builder feed(Feed.Distributions feed, double[][] values) {
            distributions.put(feed, values);
            return this;
        }

        /** Sets the pseudo-labels and weights that are monitored. */
        public Builder pseudoLabels(int[] labels, double[] consistencyWeights) {
            pseudoLabels = labels;
            weights = consistencyWeights;
            return this;
        }

        /** Builds the targets. */
        public StepTargets build() {
            return new StepTargets(vectors, classIndices, distributions, pseudoLabels, weights);
        }
    }
}
