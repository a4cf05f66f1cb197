package io.github.finessl.ssl;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Pseudo-Label (Lee, "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep Neural Networks", ICML
 * 2013 workshop), in one weak view for prediction and training both:
 *
 * <pre>
 *   w_j = r_t·1[max q_j ≥ τ],   r_t = min(t / (0.4·T), 1) in step t = 0, 1, ... of T
 *   L   = mean CE(z(x), y) + mean_j w_j·CE(z(weak(u_j)), ŷ_j)
 * </pre>
 */
public final class PseudoLabel implements Method {
    private static final double RAMP = 0.4;

    private final double threshold;
    private final ConsistencyLoss loss;
    private double ramp;

    /** Creates the method for {@code classes} classes with confidence threshold τ. */
    public PseudoLabel(double threshold, int classes) {
        this.threshold = threshold;
        this.loss = new ConsistencyLoss(classes);
    }

    @Override
    public Views views() {
        return new Views(true, 0, true);
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
    public void stepStarted(long step, long steps) {
        ramp = Math.min(step / (RAMP * steps), 1);
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        double[] weights =
                Arrays.stream(q.confident(threshold)).map(mask -> ramp * mask).toArray();
        return loss.targets(labels, q.pseudoLabels(), weights).build();
    }
}
