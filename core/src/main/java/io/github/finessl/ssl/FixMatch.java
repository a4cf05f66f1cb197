package io.github.finessl.ssl;

import io.github.finessl.loss.BalancedMarginLoss;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * FixMatch (Sohn et al., NeurIPS 2020): L = mean CE(z(x), y) + mean_j 1[max q_j ≥ τ]·CE(z(strong(u_j)), ŷ_j), the second
 * mean over all unlabelled images of the batch.
 */
public final class FixMatch implements Method {
    private static final String SUPERVISED = "loss.supervised";
    private static final String CONSISTENCY = "loss.consistency";

    private final double threshold;
    private final int classes;

    /** A run of {@code classes} classes with confidence threshold τ. */
    public FixMatch(double threshold, int classes) {
        this.threshold = threshold;
        this.classes = classes;
    }

    @Override
    public Views views() {
        return new Views(true, 1);
    }

    @Override
    public List<String> lossParts() {
        return List.of(SUPERVISED, CONSISTENCY);
    }

    @Override
    public SDVariable loss(LossGraph g) {
        SDVariable targets = g.classIndices("targets");
        SDVariable margin = g.vector("margin");
        SDVariable supervised =
                BalancedMarginLoss.of(SUPERVISED, g.logits(), targets, margin, g.vector("weight.supervised"));
        SDVariable consistency =
                BalancedMarginLoss.of(CONSISTENCY, g.logits(), targets, margin, g.vector("weight.consistency"));
        return supervised.add("loss", consistency);
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        int[] pseudoLabels = q.pseudoLabels();
        double[] mask = Arrays.stream(q.confidence())
                .map(c -> WeakPredictions.isConfident(c, threshold) ? 1 : 0)
                .toArray();
        Rows rows = new Rows(labels.length, pseudoLabels.length, 1);
        return new StepTargets.Builder()
                .classIndices("targets", rows.classes(labels, pseudoLabels))
                .vector("margin", new double[classes])
                .vector("weight.supervised", rows.onLabelled(1.0 / labels.length))
                .vector(
                        "weight.consistency",
                        rows.onStrong(
                                Arrays.stream(mask).map(m -> m / mask.length).toArray()))
                .pseudoLabels(pseudoLabels, mask)
                .build();
    }
}
