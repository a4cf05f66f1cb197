package io.github.finessl.op;

import io.github.finessl.kernel.Norm;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The gain and bias of a layer norm in a graph.
 *
 * @param gain [D]
 * @param bias [D]
 * @param centred whether the mean is taken away; else it is an RMS norm
 */
public record FrozenNorm(SDVariable gain, SDVariable bias, double epsilon, boolean centred) {

    /** A norm that takes the mean away. */
    public FrozenNorm(SDVariable gain, SDVariable bias, double epsilon) {
        this(gain, bias, epsilon, true);
    }

    /** An op's t arguments that {@link #of} reads. */
    double[] settings() {
        return new double[] {epsilon, centred ? 1 : 0};
    }

    /** The norm whose gain and bias are two of an op's inputs, and whose settings are its only t arguments. */
    static Norm of(KernelOp op, List<INDArray> inputs, int gainIndex) {
        return new Norm(inputs.get(gainIndex), inputs.get(gainIndex + 1), op.tArgs()[0], op.tArgs()[1] != 0);
    }
}
