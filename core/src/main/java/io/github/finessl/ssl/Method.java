package io.github.finessl.ssl;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A method of semi-supervised learning, from few labelled and many unlabelled images.
 *
 * <p>Once, {@link #loss} adds the method's loss to the training graph; each step, {@link #targets} turns weak-view
 * predictions into what that loss is fed with. A method may remember things between steps; they are its state.
 */
public interface Method {

    /** The views a step needs. */
    Views views();

    /** Adds the method's loss to the graph; named parts are logged by {@link #lossParts}. */
    SDVariable loss(LossGraph graph);

    /** Names of the loss's parts in the graph, for the log. */
    List<String> lossParts();

    /**
     * Turns predictions into targets, and updates the method's memory.
     *
     * @param labels of the labelled images [B]
     * @param unlabelled null where {@link #views} asks for none or {@link #selection} has none
     */
    StepTargets targets(int[] labels, UnlabelledBatch unlabelled);

    /** The head that the method is, where it trains nothing; empty for methods that do. */
    default Optional<Untrained.Head> untrained() {
        return Optional.empty();
    }

    /** The confidence of the head that weighs or masks pseudo-labels, before whatever the method makes of it [μB]. */
    default double[] trust(WeakPredictions predictions) {
        return predictions.confidence();
    }

    /** Called before the first step, with how many images are labelled in all. */
    default void runStarted(int labelled) {}

    /** Called before the first step of every epoch. */
    default void epochStarted() {}

    /**
     * Called before every step.
     *
     * @param step from 0 on
     * @param steps of the whole run
     */
    default void stepStarted(long step, long steps) {}

    /**
     * Whether the method wants to see predictions for all unlabelled images before this step.
     *
     * @param step from 1 on: the first step has none
     * @param steps of the whole run
     */
    default boolean surveys(long step, long steps) {
        return false;
    }

    /**
     * Takes the predictions that the method asked for with {@link #surveys}.
     *
     * @param probabilities softmax of the main head's logits for the images as they are, in the order of the unlabelled
     *     set [n, C]
     */
    default void survey(long step, long steps, double[][] probabilities) {}

    /** Whether the method learns from finished models' votes on all unlabelled images. */
    default boolean polls() {
        return false;
    }

    /**
     * Takes the votes that the method asked for with {@link #polls}, before the first step.
     *
     * @param votes the class that each finished model gives each image, in the order of the unlabelled set [M, n]
     */
    default void polled(int[][] votes) {}

    /** Whether the method begins with what a text tower says of all unlabelled images, where there is one. */
    default boolean beginsZeroShot() {
        return false;
    }

    /**
     * Takes what a text tower says of all unlabelled images, before the first step.
     *
     * @param probabilities of the classes, in the order of the unlabelled set [n, C]
     */
    default void zeroShot(double[][] probabilities) {}

    /**
     * The positions in the unlabelled set that steps draw from, until the next survey; empty for all. If there are some, steps
     * draw from them and the labelled images together; if it has none of them, steps have labelled images alone.
     */
    default Optional<int[]> selection() {
        return Optional.empty();
    }

    /** The method's memory, for a checkpoint. */
    default Map<String, INDArray> state() {
        return Map.of();
    }

    /**
     * Restores the memory from a checkpoint's {@link #state}.
     *
     * @throws IllegalArgumentException if the state is not one of such a run; the message goes on after "the checkpoint
     *     should be ..., but"
     */
    default void restore(Map<String, INDArray> state) {}
}
