package io.github.finessl.ssl;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The learning pace σ(k): how many unlabelled images hold k as their last confident pseudo-label.
 *
 * <p>A memory sel[i] keeps that label for every unlabelled image, -1 at first.
 */
public final class LearningPace {
    private static final String MEMORY = "pace.memory";
    private static final String BETA = "pace.beta";

    private final int[] selected;
    private final double[] beta;

    /** Creates an empty memory of {@code unlabelled} images and {@code classes} classes. */
    public LearningPace(int unlabelled, int classes) {
        selected = new int[unlabelled];
        beta = new double[classes];
        forget();
    }

    /** Empties the memory (the authors' code does at every epoch) and β with it. */
    public void forget() {
        Arrays.fill(selected, -1);
        Arrays.fill(beta, 0);
    }

    /** Records the confident pseudo-labels of a batch: sel[j] = ŷ_j where conf_j ≥ ζ. */
    public void observe(int[] images, int[] pseudoLabels, double[] confidence, double zeta) {
        for (int j = 0; j < images.length; j++) {
            if (WeakPredictions.isConfident(confidence[j], zeta)) {
                selected[images[j]] = pseudoLabels[j];
            }
        }
    }

    /** The pace σ [C]. */
    public int[] counts() {
        int[] counts = new int[beta.length];
        for (int label : selected) {
            if (label >= 0) {
                counts[label]++;
            }
        }
        return counts;
    }

    /** The relative pace β(k) = σ(k)/max σ, zero while nothing is selected; [C]. */
    public double[] relative() {
        return relative(0);
    }

    /**
     * The relative pace as {@link #relative} has it, except that β stays as it was when every image is selected into
     * one class (authors' code).
     */
    public double[] relativeUnlessUniform() {
        return isUniform() ? beta.clone() : relative();
    }

    /**
     * The relative pace as {@link #relativeUnlessUniform} has it, but with the images that are not selected as one more
     * class in the maximum; [C].
     */
    public double[] relativeWithWarmUp() {
        int unselected =
                (int) Arrays.stream(selected).filter(label -> label < 0).count();
        return isUniform() ? beta.clone() : relative(unselected);
    }

    private boolean isUniform() {
        return selected.length > 0 && Arrays.stream(selected).allMatch(label -> label == selected[0]);
    }

    /** σ over its maximum, which is {@code atLeast} this. */
    private double[] relative(int atLeast) {
        int[] sigma = counts();
        int max = Arrays.stream(sigma).reduce(atLeast, Math::max);
        if (max > 0) {
            Arrays.setAll(beta, k -> sigma[k] / (double) max);
        }
        return beta.clone();
    }

    /** The memory sel, for a checkpoint. */
    public int[] memory() {
        return selected.clone();
    }

    /** sel and β as last computed, for a checkpoint. */
    Map<String, INDArray> state() {
        double[] memory = Arrays.stream(selected).asDoubleStream().toArray();
        return Map.of(MEMORY, Nd4j.createFromArray(memory), BETA, Nd4j.createFromArray(beta.clone()));
    }

    /** Continues from a checkpoint's {@link #state}; see {@link Method#restore}. */
    void restore(Map<String, INDArray> state) {
        for (String name : List.of(MEMORY, BETA)) {
            if (!state.containsKey(name) || state.get(name).rank() != 1) {
                throw new IllegalArgumentException("its " + name + " should be a vector, but is "
                        + (state.containsKey(name)
                                ? Arrays.toString(state.get(name).shape())
                                : "missing"));
            }
        }
        int[] memory = Arrays.stream(state.get(MEMORY).toDoubleVector())
                .mapToInt(label -> (int) label)
                .toArray();
        restore(memory, state.get(BETA).toDoubleVector());
    }

    /** Restores the memory of a checkpoint. */
    public void restore(int[] memory, double[] lastRelative) {
        if (memory.length != selected.length || lastRelative.length != beta.length) {
            throw new IllegalArgumentException("its pace memory holds " + memory.length + " images of "
                    + lastRelative.length + " classes, this run " + selected.length + " of " + beta.length);
        }
        for (int label : memory) {
            if (label < -1 || label >= beta.length) {
                throw new IllegalArgumentException("its pace memory holds the class " + label
                        + ", this run has classes 0 to " + (beta.length - 1));
            }
        }
        System.arraycopy(memory, 0, selected, 0, memory.length);
        System.arraycopy(lastRelative, 0, beta, 0, beta.length);
    }
}
