package io.github.finessl.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A linear map x·W + b.
 *
 * @param weight [in, out]; a range of columns of a larger matrix is allowed
 * @param bias [out], or null
 * @param trained whether the weight changes between passes; a frozen one may be packed once and for all
 */
public record Affine(INDArray weight, INDArray bias, boolean trained) {

    /** A frozen linear map. */
    public Affine(INDArray weight, INDArray bias) {
        this(weight, bias, false);
    }
}
