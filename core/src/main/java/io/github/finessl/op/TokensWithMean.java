package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The tokens of attention pooling: the mean over an image's pixels, then the pixels, plus positions; x [B, H, W, C],
 * positions [1 + H·W, C], result [B, 1 + H·W, C].
 */
public final class TokensWithMean extends KernelOp {

    /** Constructor for SameDiff alone. */
    public TokensWithMean() {}

    private TokensWithMean(SameDiff sd, SDVariable... inputs) {
        super(sd, inputs);
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, SDVariable positions) {
        return new TokensWithMean(x.getSameDiff(), x, positions).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long[] positions = inputs.get(1).shape();
        return List.of(new long[] {inputs.get(0).size(0), positions[0], positions[1]});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.convolutions().tokensWithMean(inputs.get(0), inputs.get(1), outputs.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new Backward(sameDiff, arg(0), arg(1), gradients.get(0)).outputVariables());
    }

    /**
     * The gradients of attention pooling's tokens with respect to x and the positions; inputs are these two, for their
     * shapes, and the result's gradient.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, SDVariable... inputs) {
            super(sd, inputs);
        }

        @Override
        public int getNumOutputs() {
            return 2;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return inputs.subList(0, 2).stream().map(INDArray::shape).toList();
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            kernels.convolutions().tokensWithMeanBackward(inputs.get(2), outputs.get(0), outputs.get(1));
        }
    }
}
