package io.github.finessl.ssl;

import io.github.finessl.op.BalancedMarginSoftmax;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** Supervised learning, the baseline: cross-entropy on the labelled images alone, L = mean CE(z(x), y). */
public final class Supervised implements Method {
    private final int classes;

    /** Creates the method for {@code classes} classes. */
    public Supervised(int classes) {
        this.classes = classes;
    }

    @Override
    public Views views() {
        return Views.NONE;
    }

    @Override
    public List<String> lossParts() {
        return List.of();
    }

    @Override
    public SDVariable loss(LossGraph g) {
        return BalancedMarginSoftmax.of(
                "loss", g.logits(), g.classIndices("targets"), g.vector("margin"), g.vector("weight"));
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        Rows rows = new Rows(labels.length, 0, 0);
        return new StepTargets.Builder()
                .classIndices("targets", labels)
                .vector("margin", new double[classes])
                .vector("weight", rows.onLabelled(1.0 / labels.length))
                .build();
    }
}
