package io.github.finessl.ssl;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * FlexMatch (Zhang et al., "FlexMatch: Boosting Semi-Supervised Learning with Curriculum Pseudo Labeling", NeurIPS 2021):
 * FixMatch with a lower threshold for classes that are learnt slowly.
 *
 * <pre>
 *   sel[i] = ŷ_i where max q_i ≥ τ, -1 at first;   σ(k) = #{i: sel[i] = k}, the unselected k = -1 included
 *   β(k) = σ(k) / max_k' σ(k'), from before this batch;   T(k) = τ·β(k) / (2 - β(k))
 *   L    = mean CE(z(x), y) + mean_j 1[max q_j ≥ T(ŷ_j)]·CE(z(strong(u_j)), ŷ_j)
 * </pre>
 *
 * <p>That the unselected count in the maximum is the paper's warm-up: no threshold is high while most images are unused.
 * Without it, the class with most images has T = τ from the first image on.
 */
public final class FlexMatch implements Method {
    private final double threshold;
    private final boolean warmUp;
    private final LearningPace pace;
    private final ConsistencyLoss loss;

    /**
     * Creates the method for a run over {@code unlabelled} images of {@code classes} classes with confidence threshold
     * τ, with warm-up.
     */
    public FlexMatch(double threshold, int unlabelled, int classes) {
        this(threshold, unlabelled, classes, true);
    }

    /** Creates the method for a run; {@code warmUp} says whether the unselected images count in the maximum. */
    public FlexMatch(double threshold, int unlabelled, int classes, boolean warmUp) {
        this.threshold = threshold;
        this.warmUp = warmUp;
        this.pace = new LearningPace(unlabelled, classes);
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

    /** T, of what the memory holds now [C]. */
    double[] thresholds() {
        double[] relative = warmUp ? pace.relativeWithWarmUp() : pace.relativeUnlessUniform();
        return Arrays.stream(relative)
                .map(beta -> threshold * beta / (2 - beta))
                .toArray();
    }

    @Override
    public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
        WeakPredictions q = unlabelled.predictions();
        int[] pseudoLabels = q.pseudoLabels();
        double[] mask = q.confident(thresholds());
        pace.observe(unlabelled.images(), pseudoLabels, q.confidence(), threshold);
        return loss.targets(labels, pseudoLabels, mask).build();
    }

    @Override
    public Map<String, INDArray> state() {
        return pace.state();
    }

    @Override
    public void restore(Map<String, INDArray> state) {
        pace.restore(state);
    }
}
