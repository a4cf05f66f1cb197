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

    private static final Feed.ClassIndices TARGETS = new Feed.ClassIndices("targets");
    private static final Feed.Vector MARGIN = new Feed.Vector("margin");
    static final Feed.Vector SUPERVISED_WEIGHTS = new Feed.Vector("weight.supervised");
    private static final Feed.Vector CONSISTENCY_WEIGHTS = new Feed.Vector("weight.consistency");

    /** Adds the loss L to the graph under a name. */
    public SDVariable of(String name, LossGraph g) {
        return of(name, g, g.logits());
    }

    /** Adds the loss L to the graph under a name, with other logits than z in the second mean. */
    public SDVariable of(String name, LossGraph g, SDVariable consistencyLogits) {
        SDVariable targets = g.placeholder(TARGETS);
        SDVariable margin = g.placeholder(MARGIN);
        SDVariable supervised =
                BalancedMarginSoftmax.of(PARTS.get(0), g.logits(), targets, margin, g.placeholder(SUPERVISED_WEIGHTS));
        SDVariable consistency = BalancedMarginSoftmax.of(
                PARTS.get(1), consistencyLogits, targets, margin, g.placeholder(CONSISTENCY_WEIGHTS));
        return supervised.add(name, consistency);
    }

    /** The placeholders' values for L: y, ŷ and w. */
    public StepTargets.Builder targets(int[] labels, int[] pseudoLabels, double[] weights) {
        Rows rows = new Rows(labels.length, pseudoLabels.length, 1);
        return new StepTargets.Builder()
                .feed(TARGETS, rows.classes(labels, pseudoLabels))
                .feed(MARGIN, new double[classes])
                .feed(SUPERVISED_WEIGHTS, rows.onLabelled(1.0 / labels.length))
                .feed(
                        CONSISTENCY_WEIGHTS,
                        rows.onStrong(Arrays.stream(weights)
                                .map(w -> w / weights.length)
                                .toArray()))
                .pseudoLabels(pseudoLabels, weights);
    }
}
