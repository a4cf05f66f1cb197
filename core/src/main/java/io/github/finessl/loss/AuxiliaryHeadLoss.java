package io.github.finessl.loss;

import io.github.finessl.op.AuxiliaryLoss;
import org.nd4j.autodiff.samediff.SDVariable;

/** Weighted sums of the auxiliary head's label-smoothed cross-entropy over the rows of a training batch. */
public final class AuxiliaryHeadLoss {
    private AuxiliaryHeadLoss() {}

    /**
     * Σ_j weight_j·CE(z_aux(f_j), e(y_j)).
     *
     * @param features f [N, D]
     * @param weight the head's class weights [C, D]
     * @param scale the head's scale [1]
     * @param targets y [N]
     * @param weights [N]; zero leaves a row out
     * @param detached whether the features get no gradient
     */
    public static SDVariable of(
            String name,
            SDVariable features,
            SDVariable weight,
            SDVariable scale,
            SDVariable targets,
            SDVariable weights,
            LabelSmoothing smoothing,
            int classes,
            boolean detached) {
        return AuxiliaryLoss.of(
                name,
                features,
                weight,
                scale,
                targets,
                weights,
                smoothing.onTarget(classes),
                smoothing.offTarget(classes),
                detached);
    }
}
