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
 */
public record FrozenNorm(SDVariable gain, SDVariable bias, double epsilon) {

    /** The norm whose gain and bias are two of an op's inputs, and whose epsilon is its only t argument. */
    static Norm of(KernelOp op, List<INDArray> inputs, int gainIndex) {
        return new Norm(inputs.get(gainIndex), inputs.get(gainIndex + 1), op.tArgs()[0]);
    }
}
