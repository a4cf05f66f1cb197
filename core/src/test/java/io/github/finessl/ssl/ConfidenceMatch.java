package io.github.finessl.ssl;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** FixMatch without a threshold: every pseudo-label counts as much as the model believes it, w_j = max q_j. */
public final class ConfidenceMatch implements Method {
    private final ConsistencyLoss loss; // mean CE(z(x), y) + mean_j w_j·CE(z(strong(u_j)), ŷ_j)

    /** A run of {@code classes} classes. */
    public ConfidenceMatch(int classes) {
        loss = new ConsistencyLoss(classes);
    }

    @Override
    public Views views() {
        return new Views(true, 1); // a weak view to predict on, one strong view to train on
    }

    @Override
    public List<String> lossParts() {
        return ConsistencyLoss.PARTS;
    }

    @Override
    public SDVariable loss(LossGraph graph) {
        return loss.of("loss", graph);
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        return loss.targets(labels, q.pseudoLabels(), q.confidence()).build();
    }
}
