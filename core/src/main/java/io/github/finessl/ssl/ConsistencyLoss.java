package io.github.finessl.ssl;

import io.github.finessl.op.BalancedMarginSoftmax;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The loss of FixMatch and its kin: L = mean CE(z(x), y) + mean_j w_j·CE(z(v_j), ŷ_j), with hard pseudo-labels ŷ, the
 * second mean over all unlabelled images of the batch, whatever their weights w; v_j is the one view of u_j that is
 * trained on. Without unlabelled images the second mean is 0.
 *
 * @param classes C
 */
public record ConsistencyLoss(int classes) {
    /** The names of the two means in the graph. */
    public static final List<String> PARTS = List.of("loss.supervised", "loss.consistency");

    /** Adds the loss L to the graph under a name. */
    public SDVariable of(String name, LossGraph g) {
        return of(name, g, g.logits());
    }

    /** Adds the loss L to the graph under a name, with other logits than z in the second mean. */
    public SDVariable of(String name, LossGraph g, SDVariable consistencyLogits) {
        SDVariable targets = g.classIndices("targets");
        SDVariable margin = g.vector("margin");
        SDVariable supervised =
                BalancedMarginSoftmax.of(PARTS.get(0), g.logits(), targets, margin, g.vector("weight.supervised"));
        SDVariable consistency = BalancedMarginSoftmax.of(
                PARTS.get(1), consistencyLogits, targets, margin, g.vector("weight.consistency"));
        return supervised.add(name, consistency);
    }

    /** The placeholders' values for L: y, ŷ and w. */
    public StepTargets.Builder targets(int[] labels, int[] pseudoLabels, double[] weights) {
        Rows rows = new Rows(labels.length, pseudoLabels.length, 1);
        return new StepTargets.Builder()
                .classIndices("targets", rows.classes(labels, pseudoLabels))
                .vector("margin", new double[classes])
                .vector("weight.supervised", rows.onLabelled(1.0 / labels.length))
                .vector(
                        "weight.consistency",
                        rows.onStrong(Arrays.stream(weights)
                                .map(w -> w / weights.length)
                                .toArray()))
                .pseudoLabels(pseudoLabels, weights);
    }
}
