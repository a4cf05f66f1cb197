package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The mean of each image's tokens {@code from} (included) to {@code to} (not included): [B, T, D] to [B, D]. */
public final class MeanTokens extends KernelOp {

    /** Constructor for SameDiff alone. */
    public MeanTokens() {}

    private MeanTokens(SameDiff sd, SDVariable tokens, int from, int to) {
        super(sd, tokens);
        addIArgument(from, to);
    }

    /** Adds the op to the graph of {@code tokens}. */
    public static SDVariable of(String name, SDVariable tokens, int from, int to) {
        return new MeanTokens(tokens.getSameDiff(), tokens, from, to).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(new long[] {inputs.get(0).size(0), inputs.get(0).size(2)});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        inputs.get(0).get(all(), interval(iArgs()[0], iArgs()[1]), all()).mean(outputs.get(0), 1);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new Backward(sameDiff, arg(0), gradients.get(0), iArgs()).outputVariables()[0]);
    }

    /** The gradient of the mean of tokens: an equal share for each token in the mean, zero for the others. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, SDVariable tokens, SDVariable gradient, long[] range) {
            super(sd, tokens, gradient);
            addIArgument(range);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            INDArray tokens = outputs.get(0);
            tokens.assign(0);
            INDArray share = inputs.get(1).div(iArgs()[1] - iArgs()[0]);
            tokens.get(all(), interval(iArgs()[0], iArgs()[1]), all())
                    .addi(share.reshape(share.size(0), 1, share.size(1)));
        }
    }
}
