package io.github.finessl.op;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Weighted cross-entropy over margin-adjusted logits, the arithmetic of both losses:
 *
 * <pre>
 *   a_k = z_k + m(y)·[k ≠ y]        p = softmax a
 *   e_k = onTarget·[k = y] + offTarget·[k ≠ y]
 *   ℓ_j = -Σ_k e_k log p_k          L = Σ_j weight_j·ℓ_j
 * </pre>
 *
 * <p>Instead of a class y, a target may be any distribution e; it takes no margin.
 */
final class MarginCrossEntropy {
    private final double[][] logits;
    private final int[] targets;
    private final double[][] distributions;
    private final double[] margin;
    private final double[] weights;
    private final double onTarget;
    private final double offTarget;

    /**
     * @param logits [N, C]
     * @param targets class indices [N], or distributions [N, C]
     * @param margin [C], m(y) for each class; null for none
     * @param weights [N]
     */
    MarginCrossEntropy(
            INDArray logits, INDArray targets, INDArray margin, INDArray weights, double onTarget, double offTarget) {
        this.logits = logits.toDoubleMatrix();
        this.targets = targets.rank() == 1 ? targets.toIntVector() : null;
        this.distributions = targets.rank() == 1 ? null : targets.toDoubleMatrix();
        this.margin = margin == null ? new double[(int) logits.size(1)] : margin.toDoubleVector();
        this.weights = weights.toDoubleVector();
        this.onTarget = onTarget;
        this.offTarget = offTarget;
    }

    /** L. */
    double loss() {
        double loss = 0;
        for (int j = 0; j < logits.length; j++) {
            if (weights[j] != 0) {
                double[] logP = logProbabilities(j);
                double sample = 0;
                for (int k = 0; k < logP.length; k++) {
                    double e = e(j, k);
                    sample -= e == 0 ? 0 : e * logP[k];
                }
                loss += weights[j] * sample;
            }
        }
        return loss;
    }

    /** dL/dz [N, C] = weight_j·(Σe·p_k - e_k), times the gradient that arrives at L. */
    INDArray gradient(double upstream) {
        double mass = distributions == null ? onTarget + (logits[0].length - 1) * offTarget : 1;
        double[][] gradient = new double[logits.length][logits[0].length];
        for (int j = 0; j < logits.length; j++) {
            if (weights[j] != 0) {
                double[] logP = logProbabilities(j);
                for (int k = 0; k < logP.length; k++) {
                    gradient[j][k] = upstream * weights[j] * (mass * Math.exp(logP[k]) - e(j, k));
                }
            }
        }
        return Nd4j.create(gradient);
    }

    private double e(int sample, int k) {
        if (distributions != null) {
            return distributions[sample][k];
        }
        return k == targets[sample] ? onTarget : offTarget;
    }

    private double[] logProbabilities(int sample) {
        int y = distributions == null ? targets[sample] : -1;
        double m = distributions == null ? margin[y] : 0;
        double[] a = logits[sample].clone();
        double max = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < a.length; k++) {
            a[k] += k == y ? 0 : m;
            max = Math.max(max, a[k]);
        }
        double sum = 0;
        for (double value : a) {
            sum += Math.exp(value - max);
        }
        double logSum = max + Math.log(sum);
        for (int k = 0; k < a.length; k++) {
            a[k] -= logSum;
        }
        return a;
    }
}
