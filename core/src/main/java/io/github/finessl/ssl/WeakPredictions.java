package io.github.finessl.ssl;

import java.util.Arrays;

/**
 * The model's predictions for the weak views of an unlabelled batch, without gradient.
 *
 * @param main q = softmax of the main head's logits [μB, C]
 * @param auxiliary softmax of the auxiliary head's logits [μB, C]
 */
public record WeakPredictions(double[][] main, double[][] auxiliary) {

    /** Predictions from both heads' logits, by softmax. */
    public static WeakPredictions ofLogits(double[][] main, double[][] auxiliary) {
        return new WeakPredictions(softmax(main), softmax(auxiliary));
    }

    /** The predictions for a range of the images alone. */
    public WeakPredictions range(int from, int to) {
        return new WeakPredictions(Arrays.copyOfRange(main, from, to), Arrays.copyOfRange(auxiliary, from, to));
    }

    /** The pseudo-labels ŷ_j = argmax q_j. */
    public int[] pseudoLabels() {
        int[] labels = new int[main.length];
        for (int j = 0; j < main.length; j++) {
            labels[j] = argmax(main[j]);
        }
        return labels;
    }

    /** The confidence conf_j = max q_j of the main head. */
    public double[] confidence() {
        return maxima(main);
    }

    /** The confidence of the auxiliary head: the maximum of its probabilities. */
    public double[] auxiliaryConfidence() {
        return maxima(auxiliary);
    }

    /** The mean of q over the batch [C]. */
    public double[] mean() {
        double[] mean = new double[main[0].length];
        for (double[] q : main) {
            for (int k = 0; k < mean.length; k++) {
                mean[k] += q[k] / main.length;
            }
        }
        return mean;
    }

    /** These predictions with q_j[k]·weight[k], made to sum to one again, in the place of the main head's q_j. */
    public WeakPredictions reweighted(double[] weight) {
        double[][] p = new double[main.length][weight.length];
        for (int j = 0; j < p.length; j++) {
            double sum = 0;
            for (int k = 0; k < weight.length; k++) {
                p[j][k] = main[j][k] * weight[k];
                sum += p[j][k];
            }
            for (int k = 0; k < weight.length; k++) {
                p[j][k] /= sum;
            }
        }
        return new WeakPredictions(p, auxiliary);
    }

    /** The mask of confident images [μB]: 1 where conf_j ≥ threshold, else 0. */
    public double[] confident(double threshold) {
        double[] thresholds = new double[main[0].length];
        Arrays.fill(thresholds, threshold);
        return confident(thresholds);
    }

    /** The mask of confident images [μB] with a threshold for each class: 1 where conf_j ≥ thresholds[ŷ_j], else 0. */
    public double[] confident(double[] thresholds) {
        int[] labels = pseudoLabels();
        double[] mask = confidence();
        Arrays.setAll(mask, j -> isConfident(mask[j], thresholds[labels[j]]) ? 1 : 0);
        return mask;
    }

    /** Whether conf ≥ threshold, compared in f32: the precision of the predictions. */
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
