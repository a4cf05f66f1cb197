package io.github.finessl.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A frozen linear map x·W + b.
 *
 * @param weight [in, out]; a range of columns of a larger matrix is allowed
 * @param bias [out], or null
 */
public record Affine(INDArray weight, INDArray bias) {}
