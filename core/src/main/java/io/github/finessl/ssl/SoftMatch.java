package io.github.finessl.ssl;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * SoftMatch (Chen et al., "SoftMatch: Addressing the Quantity-Quality Trade-off in Semi-supervised Learning", ICLR 2023): a
 * weight that falls off like a Gaussian below the mean confidence, instead of a threshold.
 *
 * <pre>
 *   q'_j ∝ q_j·(1/C) / p̃,   p̃ = moving average of mean q_j, from the first batch on     (uniform alignment)
 *   μ, σ² = moving averages of the mean and the variance of max q'_j; start 1/C and 1, this batch included
 *   w_j   = exp(-min(max q'_j - μ, 0)² / (2σ²/4));   ŷ_j = argmax q_j
 *   L     = mean CE(z(x), y) + mean_j w_j·CE(z(strong(u_j)), ŷ_j)
 * </pre>
 *
 * <p>Without alignment q' = q, and p̃ is never computed.
 */
public final class SoftMatch implements Method {
    private static final double TINY = 1e-6;

    private final boolean alignment;
    private final MovingAverage probability;
    private final MovingAverage mu;
    private final MovingAverage variance;
    private final ConsistencyLoss loss;

    /**
     * Creates the method for a run of {@code classes} classes with uniform alignment; {@code momentum} is that of the
     * averages.
     */
    public SoftMatch(double momentum, int classes) {
        this(momentum, classes, true);
    }

    /** Creates the method for a run with uniform alignment or without. */
    public SoftMatch(double momentum, int classes, boolean alignment) {
        this.alignment = alignment;
        this.probability = new MovingAverage("softmatch.probability", momentum, classes, Double.NaN);
        this.mu = new MovingAverage("softmatch.mu", momentum, 1, 1.0 / classes);
        this.variance = new MovingAverage("softmatch.variance", momentum, 1, 1);
        this.loss = new ConsistencyLoss(classes);
    }

    @Override
    public Views views() {
        return new Views(true, 1);
    }

    @Override
    public List<String> lossParts() {
        return ConsistencyLoss.PARTS;
    }

    @Override
    public SDVariable loss(LossGraph g) {
        return loss.of("loss", g);
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        double[] confidence = (alignment ? align(q) : q).confidence();

        double batchMean = Arrays.stream(confidence).average().getAsDouble();
        double squares =
                Arrays.stream(confidence).map(c -> Math.pow(c - batchMean, 2)).sum();
        double mean = mu.update(batchMean)[0];
        double spread = variance.update(squares / Math.max(1, confidence.length - 1))[0];
        double[] weights = Arrays.stream(confidence)
                .map(c -> Math.exp(-Math.pow(Math.min(c - mean, 0), 2) / (2 * spread / 4)))
                .toArray();
        return loss.targets(labels, q.pseudoLabels(), weights).build();
    }

    private WeakPredictions align(WeakPredictions q) {
        double[] p = probability.update(q.mean());
        double uniform = 1.0 / p.length;
        return q.reweighted(
                Arrays.stream(p).map(k -> (uniform + TINY) / (k + TINY)).toArray());
    }

    @Override
    public Map<String, INDArray> state() {
        return MovingAverage.state(probability, mu, variance);
    }

    @Override
    public void restore(Map<String, INDArray> state) {
        MovingAverage.restore(state, probability, mu, variance);
    }
}
