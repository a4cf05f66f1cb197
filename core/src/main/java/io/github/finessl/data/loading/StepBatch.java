package io.github.finessl.data.loading;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The batch of one training step. B labelled and U = μB unlabelled images (or B + U of both kinds), S trained views,
 * resolution R.
 *
 * <p>The image arrays belong to the loader and are overwritten by a later step: see {@link BatchLoader#load}. Everything
 * is only to be read.
 */
public final class StepBatch {

    private final long step;
    private final INDArray training;
    private final INDArray weak;
    private final int[] labels;
    private final int[] labelledIndices;
    private final int[] positions;
    private final int[] hiddenLabels;

    StepBatch(
            long step,
            INDArray training,
            INDArray weak,
            int[] labels,
            int[] labelledIndices,
            int[] positions,
            int[] hiddenLabels) {
        this.step = step;
        this.training = training;
        this.weak = weak;
        this.labels = labels;
        this.labelledIndices = labelledIndices;
        this.positions = positions;
        this.hiddenLabels = hiddenLabels;
    }

    public long step() {
        return step;
    }

    /**
     * Training views as f32 [B + S·U, 3, R, R]: labelled images, weak views if they are trained on, first strong views,
     * second strong views; null if {@link LoadedViews} asks for none of them. Without labelled views there are no rows for
     * them.
     */
    public INDArray training() {
        return training;
    }

    /**
     * Weak views of the unlabelled images as f32 [U, 3, R, R]; null if {@link LoadedViews} does not ask for them, or if
     * labelled and unlabelled images are drawn together.
     */
    public INDArray weak() {
        return weak;
    }

    /** Labels [B] of the labelled images. */
    public int[] labels() {
        return labels;
    }

    /** Indices [B] of the labelled images in the training part. */
    public int[] labelledIndices() {
        return labelledIndices;
    }

    /**
     * Positions [U] of the unlabelled images in {@link io.github.finessl.data.Split#unlabelled}, where methods keep
     * their memories.
     */
    public int[] positions() {
        return positions;
    }

    /** True labels [U] of the unlabelled images, below 0 without a class: for monitoring, never for training. */
    public int[] hiddenLabels() {
        return hiddenLabels;
    }
}
