package io.github.finessl.ssl;

import io.github.finessl.op.Fairness;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * FreeMatch (Wang et al., "FreeMatch: Self-adaptive Thresholding for Semi-supervised Learning", ICLR 2023): thresholds that
 * follow the model's confidence, and a term that keeps its predictions diverse.
 *
 * <pre>
 *   τ_t, p̃, h̃ = moving averages of mean max q_j, of mean q_j and of the histogram of ŷ_j; start 1/C, this batch included
 *   T(k) = τ_t·p̃(k) / max p̃;   mask_j = 1[max q_j ≥ T(ŷ_j)]
 *   P    = norm(p̃ / h̃),   Q = norm(mean p / histogram of argmax p) over p = softmax z(strong(u_j)) with mask_j = 1
 *   L    = mean CE(z(x), y) + mean_j mask_j·CE(z(strong(u_j)), ŷ_j) + 0.001·Σ_k P(k)·log Q(k)
 * </pre>
 *
 * <p>norm makes a vector sum to one; 1/0 counts as 0.
 */
public final class FreeMatch implements Method {
    private static final String FAIRNESS = "loss.fairness";
    private static final Feed.Vector FAIRNESS_TARGET = new Feed.Vector("fairness.target");
    private static final Feed.Vector SELECTED = new Feed.Vector("selected");
    private static final double FAIRNESS_WEIGHT = 0.001;
    private static final double QUANTILE = 0.8;
    private static final double HIGHEST_TAU = 0.95;

    private final Options options;
    private final MovingAverage tau;
    private final MovingAverage probability;
    private final MovingAverage histogram;
    private final ConsistencyLoss loss;

    /** Creates the method for a run of {@code classes} classes; {@code momentum} is that of the averages. */
    public FreeMatch(double momentum, int classes) {
        this(momentum, classes, new Options(false, false));
    }

    /** Creates the method for a run with other choices than the paper's formulas. */
    public FreeMatch(double momentum, int classes, Options options) {
        this.options = options;
        this.tau = new MovingAverage("freematch.tau", momentum, 1, 1.0 / classes);
        this.probability = new MovingAverage("freematch.probability", momentum, classes, 1.0 / classes);
        this.histogram = new MovingAverage("freematch.histogram", momentum, classes, 1.0 / classes);
        this.loss = new ConsistencyLoss(classes);
    }

    /**
     * The choices of USB for τ_t beyond the paper's formula.
     *
     * @param quantile average the 0.8-quantile of max q_j over the batch instead of the mean
     * @param clipped keep the average at 0.95 or below
     */
    public record Options(boolean quantile, boolean clipped) {}

    @Override
    public Views views() {
        return new Views(true, 1);
    }

    @Override
    public List<String> lossParts() {
        return List.of(ConsistencyLoss.PARTS.get(0), ConsistencyLoss.PARTS.get(1), FAIRNESS);
    }

    @Override
    public SDVariable loss(LossGraph g) {
        SDVariable fairness =
                Fairness.of(FAIRNESS, g.logits(), g.placeholder(FAIRNESS_TARGET), g.placeholder(SELECTED));
        return loss.of("loss.without.fairness", g).add("loss", fairness.mul(FAIRNESS_WEIGHT));
    }

    /** T, of the averages as they are [C]. */
    double[] thresholds() {
        double[] p = probability.value();
        double max = Arrays.stream(p).max().getAsDouble();
        return Arrays.stream(p).map(k -> tau.value()[0] * k / max).toArray();
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        int[] pseudoLabels = q.pseudoLabels();
        updateTau(q.confidence());
        double[] p = probability.update(q.mean());
        double[] h = histogram.update(frequencies(pseudoLabels, p.length));
        double[] mask = q.confident(thresholds());
        return loss.targets(labels, pseudoLabels, mask)
                .feed(FAIRNESS_TARGET, normalisedRatio(p, h))
                .feed(SELECTED, new Rows(labels.length, mask.length, 1).onStrong(mask))
                .build();
    }

    private void updateTau(double[] confidence) {
        tau.update(
                options.quantile
                        ? quantile(confidence)
                        : Arrays.stream(confidence).average().getAsDouble());
        if (options.clipped) {
            tau.clip(HIGHEST_TAU);
        }
    }

    /** The 0.8-quantile, linear between the two values around it. */
    private static double quantile(double[] values) {
        double[] sorted = Arrays.stream(values).sorted().toArray();
        double rank = QUANTILE * (sorted.length - 1);
        double below = sorted[(int) Math.floor(rank)];
        double above = sorted[(int) Math.ceil(rank)];
        return below + (rank - Math.floor(rank)) * (above - below);
    }

    private static double[] frequencies(int[] pseudoLabels, int classes) {
        double[] frequencies = new double[classes];
        for (int label : pseudoLabels) {
            frequencies[label] += 1.0 / pseudoLabels.length;
        }
        return frequencies;
    }

    private static double[] normalisedRatio(double[] p, double[] h) {
        double[] ratio = new double[p.length];
        Arrays.setAll(ratio, k -> h[k] == 0 ? 0 : p[k] / h[k]);
        double sum = Arrays.stream(ratio).sum();
        return Arrays.stream(ratio).map(r -> r / sum).toArray();
    }

    @Override
    public Map<String, INDArray> state() {
        return MovingAverage.state(tau, probability, histogram);
    }

    @Override
    public void restore(Map<String, INDArray> state) {
        MovingAverage.restore(state, tau, probability, histogram);
    }
}
