package io.github.finessl.op;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A gate act(gate) ⊙ value: x [.., 2·width] holds the columns of the gate, then those of the value; result [.., width]. */
public final class Gate extends KernelOp {
    private static final List<Activation> ACTIVATIONS = List.of(Activation.values());

    /** Constructor for SameDiff alone. */
    public Gate() {}

    private Gate(SameDiff sd, Activation activation, SDVariable x) {
        super(sd, x);
        addIArgument(ACTIVATIONS.indexOf(activation));
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, Activation activation) {
        return new Gate(x.getSameDiff(), activation, x).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(withLastDimension(inputs.get(0), inputs.get(0).size(-1) / 2));
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.layers().gate(ACTIVATIONS.get((int) iArgs()[0]), rows(inputs.get(0)), rows(outputs.get(0)));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new Backward(sameDiff, iArgs(), arg(0), gradients.get(0)).outputVariables());
    }

    /** The gradient of a gate with respect to x. */
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
                    .gateBackward(
                            ACTIVATIONS.get((int) iArgs()[0]),
                            rows(inputs.get(0)),
                            rows(inputs.get(1)),
                            rows(outputs.get(0)));
        }
    }
}
