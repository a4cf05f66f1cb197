package io.github.finessl.ssl;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DebiasPL (Wang et al., "Debiased Learning from Naturally Imbalanced Pseudo-Labels", CVPR 2022), as in the authors' code:
 * pseudo-labels without, training with the bias that the model's predictions have on average.
 *
 * <pre>
 *   p_j = softmax(z(weak(u_j)) - t·log q̂_old),   ŷ_j = argmax p_j
 *   q̂   = moving average of mean softmax z(weak(u_j)); start 1/C
 *   L   = mean CE(z(x), y) + mean_j 1[max p_j ≥ τ]·CE(z(strong(u_j)) + t·log q̂_new, ŷ_j)
 * </pre>
 */
public final class DebiasPl implements Method {
    private static final Feed.Vector BIAS = new Feed.Vector("bias");

    private final double threshold;
    private final double strength;
    private final MovingAverage bias;
    private final ConsistencyLoss loss;

    /**
     * Creates the method for a run.
     *
     * @param threshold τ
     * @param averaging m of q̂, and t
     */
    public DebiasPl(double threshold, Averaging averaging, int classes) {
        this.threshold = threshold;
        this.strength = averaging.debias();
        this.bias = new MovingAverage("debiaspl.bias", averaging.momentum(), classes, 1.0 / classes);
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
        return loss.of("loss", g, g.logits().add(g.placeholder(BIAS)));
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        WeakPredictions p = q.reweighted(
                Arrays.stream(bias.value()).map(b -> Math.pow(b, -strength)).toArray());
        double[] newBias = bias.update(q.mean());
        return loss.targets(labels, p.pseudoLabels(), p.confident(threshold))
                .feed(
                        BIAS,
                        Arrays.stream(newBias).map(b -> strength * Math.log(b)).toArray())
                .build();
    }

    @Override
    public Map<String, INDArray> state() {
        return MovingAverage.state(bias);
    }

    @Override
    public void restore(Map<String, INDArray> state) {
        MovingAverage.restore(state, bias);
    }
}
