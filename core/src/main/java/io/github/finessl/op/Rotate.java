package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.LayerKernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A rotation of queries or keys by their tokens' places, see {@link LayerKernels#rotate}.
 *
 * <p>x [B, T', D], or [B, D] for the first token alone; cos and sin [heads, T, w] or [1, T, w], constants. The gradient is
 * that of the result, turned back.
 */
public final class Rotate extends KernelOp {

    /** Constructor for SameDiff alone. */
    public Rotate() {}

    private Rotate(SameDiff sd, int heads, boolean back, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(heads);
        addBArgument(back);
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, SDVariable cos, SDVariable sin, int heads) {
        return new Rotate(x.getSameDiff(), heads, false, x, cos, sin).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        INDArray x = tokens(inputs.get(0));
        kernels.layers()
                .rotate(
                        x,
                        ofFirst(x.size(1), inputs.get(1)),
                        ofFirst(x.size(1), inputs.get(2)),
                        (int) iArgs()[0],
                        bArgs()[0],
                        tokens(outputs.get(0)));
    }

    private static INDArray ofFirst(long tokens, INDArray angles) {
        return tokens < angles.size(1)
                ? angles.get(all(), interval(0, tokens), all()).dup('c')
                : angles;
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        Rotate back = new Rotate(sameDiff, (int) iArgs()[0], !bArgs()[0], gradients.get(0), arg(1), arg(2));
        return List.of(back.outputVariables()[0], noGradient(arg(1)), noGradient(arg(2)));
    }
}
