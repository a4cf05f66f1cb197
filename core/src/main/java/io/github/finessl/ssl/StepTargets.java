package io.github.finessl.ssl;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The values that a method feeds into its loss in one step.
 *
 * @param vectors float placeholders by name
 * @param classIndices class-index placeholders by name
 * @param distributions placeholders of a distribution for each row, by name
 * @param pseudoLabels ŷ [μB], for monitoring; empty without weak views
 * @param weights how much each unlabelled image counts in the consistency loss [μB]; empty without weak views
 */
public record StepTargets(
        Map<String, double[]> vectors,
        Map<String, int[]> classIndices,
        Map<String, double[][]> distributions,
        int[] pseudoLabels,
        double[] weights) {

    /** A builder of the placeholders' values. */
    public static final class Builder {
        private final Map<String, double[]> vectors = new LinkedHashMap<>();
        private final Map<String, int[]> classIndices = new LinkedHashMap<>();
        private final Map<String, double[][]> distributions = new LinkedHashMap<>();
        private int[] pseudoLabels = {};
        private double[] weights = {};

        /** Sets a float placeholder. */
        public Builder vector(String name, double[] values) {
            vectors.put(name, values);
            return this;
        }

        /** Sets a class-index placeholder. */
        public Builder classIndices(String name, int[] values) {
            classIndices.put(name, values);
            return this;
        }

        /** Sets a placeholder of distributions. */
        public Builder distributions(String name, double[][] values) {
            distributions.put(name, values);
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
