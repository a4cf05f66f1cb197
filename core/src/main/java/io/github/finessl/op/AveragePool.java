package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Average pooling over squares of pixels side by side: [B, H, W, C] to [B, H / side, W / side, C]. */
public final class AveragePool extends KernelOp {

    /** Constructor for SameDiff alone. */
    public AveragePool() {}

    private AveragePool(SameDiff sd, int side, SDVariable x) {
        super(sd, x);
        addIArgument(side);
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, int side) {
        return new AveragePool(x.getSameDiff(), side, x).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long[] x = inputs.get(0).shape();
        long side = iArgs()[0];
        return List.of(new long[] {x[0], x[1] / side, x[2] / side, x[3]});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.convolutions().averagePool(inputs.get(0), (int) iArgs()[0], outputs.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new Backward(sameDiff, iArgs(), arg(0), gradients.get(0)).outputVariables());
    }

    /** The gradient of average pooling; inputs are x, for its shape, and the result's gradient. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, long[] side, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(side);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            kernels.convolutions().averagePoolBackward(inputs.get(1), (int) iArgs()[0], outputs.get(0));
        }
    }
}
