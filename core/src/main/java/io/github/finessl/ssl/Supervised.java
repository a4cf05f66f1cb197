package io.github.finessl.ssl;

import io.github.finessl.op.BalancedMarginSoftmax;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** Supervised learning, the baseline: cross-entropy on the labelled images alone, L = mean CE(z(x), y). */
public final class Supervised implements Method {
    private static final Feed.ClassIndices TARGETS = new Feed.ClassIndices("targets");
    private static final Feed.Vector MARGIN = new Feed.Vector("margin");
    private static final Feed.Vector WEIGHTS = new Feed.Vector("weight");

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
                "loss", g.logits(), g.placeholder(TARGETS), g.placeholder(MARGIN), g.placeholder(WEIGHTS));
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        Rows rows = new Rows(labels.length, 0, 0);
        return new StepTargets.Builder()
                .feed(TARGETS, labels)
                .feed(MARGIN, new double[classes])
                .feed(WEIGHTS, rows.onLabelled(1.0 / labels.length))
                .build();
    }
}
