package io.github.finessl.ssl;

/**
 * What the model says of the weak views of an unlabelled batch, without gradient.
 *
 * @param main q = softmax of the main head's logits [μB, C]
 * @param auxiliary softmax of the auxiliary head's logits [μB, C]
 */
public record WeakPredictions(double[][] main, double[][] auxiliary) {

    /** Softmax of both heads' logits. */
    public static WeakPredictions ofLogits(double[][] main, double[][] auxiliary) {
        return new WeakPredictions(softmax(main), softmax(auxiliary));
    }

    /** ŷ_j = argmax q_j. */
    public int[] pseudoLabels() {
        int[] labels = new int[main.length];
        for (int j = 0; j < main.length; j++) {
            labels[j] = argmax(main[j]);
        }
        return labels;
    }

    /** conf_j = max q_j. */
    public double[] confidence() {
        return maxima(main);
    }

    /** max of the auxiliary head's probabilities. */
    public double[] auxiliaryConfidence() {
        return maxima(auxiliary);
    }

    /** conf ≥ threshold, compared in f32: the precision of the predictions. */
    public static boolean isConfident(double confidence, double threshold) {
        return (float) confidence >= (float) threshold;
    }

    /** The first index of the largest value. */
    public static int argmax(double[] values) {
        int best = 0;
        for (int k = 1; k < values.length; k++) {
            best = values[k] > values[best] ? k : best;
        }
        return best;
    }

    private static double[] maxima(double[][] rows) {
        double[] maxima = new double[rows.length];
        for (int j = 0; j < rows.length; j++) {
            maxima[j] = rows[j][argmax(rows[j])];
        }
        return maxima;
    }

    private static double[][] softmax(double[][] logits) {
        double[][] probabilities = new double[logits.length][];
        for (int j = 0; j < logits.length; j++) {
            double[] z = logits[j];
            double max = z[argmax(z)];
            double sum = 0;
            double[] p = new double[z.length];
            for (int k = 0; k < z.length; k++) {
                p[k] = Math.exp(z[k] - max);
                sum += p[k];
            }
            for (int k = 0; k < z.length; k++) {
                p[k] /= sum;
            }
            probabilities[j] = p;
        }
        return probabilities;
    }
}
