package io.github.finessl.ssl;

import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A head made of the frozen encoder's features without a single training step: what every training has to beat.
 *
 * @param head what its class vectors are
 * @param classes C
 */
public record Untrained(Head head, int classes) implements Method {

    /** How an untrained head's class vectors are made. */
    public enum Head {
        /** The mean feature of each class's labelled images. */
        CLASS_MEANS,
        /** The class means, refined on all unlabelled images: {@link PileStart}. */
        PILE,
        /** The vectors that a text tower gives the classes' names: CLIP's zero-shot classification. */
        ZERO_SHOT
    }

    @Override
    public Optional<Head> untrained() {
        return Optional.of(head);
    }

    @Override
    public Views views() {
        return Views.NONE;
    }

    @Override
    public SDVariable loss(LossGraph graph) {
        return new Supervised(classes).loss(graph);
    }

    @Override
    public List<String> lossParts() {
        return List.of();
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        throw new IllegalStateException("there are no steps");
    }
}
