package io.github.finessl.ssl;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * FixMatch (Sohn et al., NeurIPS 2020): L = mean CE(z(x), y) + mean_j 1[max q_j ≥ τ]·CE(z(strong(u_j)), ŷ_j), the second
 * mean over all unlabelled images of the batch.
 */
public final class FixMatch implements Method {
    private final double threshold;
    private final ConsistencyLoss loss;

    /** Creates the method for {@code classes} classes with confidence threshold τ. */
    public FixMatch(double threshold, int classes) {
        this.threshold = threshold;
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
        return loss.targets(labels, q.pseudoLabels(), q.confident(threshold)).build();
    }
}
