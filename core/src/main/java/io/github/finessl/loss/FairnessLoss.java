package io.github.finessl.loss;

import io.github.finessl.op.Fairness;
import org.nd4j.autodiff.samediff.SDVariable;

/** FreeMatch's self-adaptive class fairness over some rows of a training batch. */
public final class FairnessLoss {
    private FairnessLoss() {}

    /**
     * Σ_k P(k)·log(Q(k) + 1e-12), Q = norm(mean p / histogram of argmax p) over p = softmax z of the selected rows.
     *
     * @param logits z [N, C]
     * @param target P [C]
     * @param selected [N], 1 or 0
     */
    public static SDVariable of(String name, SDVariable logits, SDVariable target, SDVariable selected) {
        return Fairness.of(name, logits, target, selected);
    }
}
