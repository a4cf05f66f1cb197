package io.github.finessl.loss;

import io.github.finessl.op.BalancedMarginSoftmax;
import org.nd4j.autodiff.samediff.SDVariable;

/** Weighted sums of BMS over the rows of a training batch; with zero margins, of cross-entropy. */
public final class BalancedMarginLoss {
    private BalancedMarginLoss() {}

    /**
     * Σ_j weight_j·BMS(z_j, y_j).
     *
     * @param logits z [N, C]
     * @param targets y [N]
     * @param margin m [C]
     * @param weights [N]; zero leaves a row out
     */
    public static SDVariable of(
            String name, SDVariable logits, SDVariable targets, SDVariable margin, SDVariable weights) {
        return BalancedMarginSoftmax.of(name, logits, targets, margin, weights, 1, 0);
    }

    /** The same with smoothed targets over {@code classes} classes. */
    public static SDVariable of(
            String name,
            SDVariable logits,
            SDVariable targets,
            SDVariable margin,
            SDVariable weights,
            LabelSmoothing smoothing,
            int classes) {
        return BalancedMarginSoftmax.of(
                name, logits, targets, margin, weights, smoothing.onTarget(classes), smoothing.offTarget(classes));
    }
}
