package io.github.finessl.data.loading;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Consecutive images of an evaluation, with their test views; only to be read. */
public final class EvaluationBatch {

    private final INDArray images;
    private final int[] labels;
    private final int[] indices;

    EvaluationBatch(INDArray images, int[] labels, int[] indices) {
        this.images = images;
        this.labels = labels;
        this.indices = indices;
    }

    /** f32 [n, 3, R, R], overwritten by the next batch. */
    public INDArray images() {
        return images;
    }

    /** [n] labels, -1 where unknown. */
    public int[] labels() {
        return labels;
    }

    /** [n] indices in the data set. */
    public int[] indices() {
        return indices;
    }
}
