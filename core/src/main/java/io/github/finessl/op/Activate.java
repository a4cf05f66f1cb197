package io.github.finessl.op;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation act(x), entry by entry; any shape. */
public final class Activate extends KernelOp {
    private static final List<Activation> ACTIVATIONS = List.of(Activation.values());

    /** Constructor for SameDiff alone. */
    public Activate() {}

    private Activate(SameDiff sd, Activation activation, SDVariable x) {
        super(sd, x);
        addIArgument(ACTIVATIONS.indexOf(activation));
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, Activation activation) {
        return new Activate(x.getSameDiff(), activation, x).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.layers().activate(ACTIVATIONS.get((int) iArgs()[0]), rows(inputs.get(0)), rows(outputs.get(0)));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new Backward(sameDiff, iArgs(), arg(0), gradients.get(0)).outputVariables());
    }

    /** The gradient of an activation with respect to x. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, long[] activation, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(activation);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            kernels.layers()
                    .activateBackward(
                            ACTIVATIONS.get((int) iArgs()[0]),
                            rows(inputs.get(0)),
                            rows(inputs.get(1)),
                            rows(outputs.get(0)));
        }
    }
}
