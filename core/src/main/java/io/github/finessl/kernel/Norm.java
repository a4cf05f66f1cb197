package io.github.finessl.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Layer normalisation over the last dimension: gain ⊙ (x - mean) / √(variance + ε) + bias, or, not centred, gain ⊙ x /
 * √(mean of x² + ε) + bias.
 *
 * @param gain [D]
 * @param bias [D]
 * @param centred whether the mean is taken away
 */
public record Norm(INDArray gain, INDArray bias, double epsilon, boolean centred) {

    /** A norm that takes the mean away. */
    public Norm(INDArray gain, INDArray bias, double epsilon) {
        this(gain, bias, epsilon, true);
    }
}
