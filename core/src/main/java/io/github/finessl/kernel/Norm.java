package io.github.finessl.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Layer normalisation over the last dimension: gain ⊙ (x - mean) / √(variance + ε) + bias.
 *
 * @param gain [D]
 * @param bias [D]
 */
public record Norm(INDArray gain, INDArray bias, double epsilon) {}
