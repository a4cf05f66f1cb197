package io.github.finessl.kernel.nd4j;

import io.github.finessl.kernel.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Activations and their derivatives on array operations. */
final class Nd4jActivations {

    private Nd4jActivations() {}

    /** act(x). */
    static INDArray activate(Activation activation, INDArray x) {
        return switch (activation) {
            case QUICK_GELU -> Transforms.sigmoid(x.mul(1.702), false).muli(x);
            case SILU -> Transforms.sigmoid(x, true).muli(x);
            case GELU_ERF -> normalDistribution(x).muli(x);
            case GELU_TANH ->
                Transforms.tanh(tanhArgument(x), false).addi(1).muli(x).muli(0.5);
            case RELU -> x.gt(0).castTo(x.dataType()).muli(x);
        };
    }

    /** act'(x). */
    static INDArray derivative(Activation activation, INDArray x) {
        return switch (activation) {
            case QUICK_GELU -> {
                INDArray s = Transforms.sigmoid(x.mul(1.702), false);
                yield x.mul(1.702).muli(s.rsub(1)).addi(1).muli(s);
            }
            case SILU -> {
                INDArray s = Transforms.sigmoid(x, true);
                yield s.rsub(1).muli(x).addi(1).muli(s);
            }
            case GELU_ERF -> {
                INDArray density = Transforms.exp(x.mul(x).muli(-0.5), false).muli(1 / Math.sqrt(2 * Math.PI));
                yield density.muli(x).addi(normalDistribution(x));
            }
            case GELU_TANH -> {
                INDArray t = Transforms.tanh(tanhArgument(x), false);
                INDArray slope = x.mul(x).muli(3 * 0.044715).addi(1).muli(Math.sqrt(2 / Math.PI));
                yield slope.muli(x).muli(t.mul(t).rsubi(1)).addi(t).addi(1).muli(0.5);
            }
            case RELU -> x.gt(0).castTo(x.dataType());
        };
    }

    /** Φ(x) = ½(1 + erf(x/√2)). */
    private static INDArray normalDistribution(INDArray x) {
        INDArray scaled = x.mul(Math.sqrt(0.5));
        return Nd4j.getExecutioner().exec(new Erf(scaled, scaled)).addi(1).muli(0.5);
    }

    /** √(2/π)(x + 0.044715·x³). */
    private static INDArray tanhArgument(INDArray x) {
        return x.mul(x).muli(0.044715).addi(1).muli(x).muli(Math.sqrt(2 / Math.PI));
    }
}
