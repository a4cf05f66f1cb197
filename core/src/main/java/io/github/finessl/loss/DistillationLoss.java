package io.github.finessl.loss;

import io.github.finessl.op.AuxiliaryLoss;
import io.github.finessl.op.BalancedMarginSoftmax;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.factory.Nd4j;

/** Weighted sums of cross-entropy with a teacher's predictions p over the rows of a training batch. */
public final class DistillationLoss {
    private DistillationLoss() {}

    /**
     * Σ_j weight_j·(-Σ_k p_jk·log softmax(z_j)_k).
     *
     * @param logits z [N, C]
     * @param teacher p [N, C]
     * @param weights [N]; zero leaves a row out
     */
    public static SDVariable of(String name, SDVariable logits, SDVariable teacher, SDVariable weights, int classes) {
        SDVariable noMargin = logits.getSameDiff().constant(name + ".margin", Nd4j.zeros(weights.dataType(), classes));
        return BalancedMarginSoftmax.of(name, logits, teacher, noMargin, weights, 1, 0);
    }

    /**
     * The same for the auxiliary head's logits; the features get no gradient.
     *
     * @param features f [N, D]
     * @param weight the head's class weights [C, D]
     * @param scale the head's scale [1]
     */
    public static SDVariable ofAuxiliary(
            String name,
            SDVariable features,
            SDVariable weight,
            SDVariable scale,
            SDVariable teacher,
            SDVariable weights) {
        return AuxiliaryLoss.of(name, features, weight, scale, teacher, weights, 1, 0, true);
    }
}
