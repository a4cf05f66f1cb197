package io.github.finessl.data.loading;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A batch of consecutive images of an evaluation, with their test views; only to be read. */
public final class EvaluationBatch {

    private final INDArray images;
    private final int[] labels;
    private final int[] indices;

    EvaluationBatch(INDArray images, int[] labels, int[] indices) {
        this.images = images;
        this.labels = labels;
        this.indices = indices;
    }

    /** Test views as f32 [n, 3, R, R], overwritten by the next batch. */
    public INDArray images() {
        return images;
    }

    /** Labels [n], -1 where unknown. */
    public int[] labels() {
        return labels;
    }

    /** Indices [n] in the data set. */
    public int[] indices() {
        return indices;
    }
}
