package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Norm;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Layer norm over the last dimension: [.., D] to [.., D]; gain and bias [D]. */
public final class LayerNormalisation extends KernelOp {

    /** Constructor for SameDiff alone. */
    public LayerNormalisation() {}

    private LayerNormalisation(SameDiff sd, double epsilon, SDVariable... inputs) {
        super(sd, inputs);
        addTArgument(epsilon);
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, FrozenNorm norm) {
        return new LayerNormalisation(x.getSameDiff(), norm.epsilon(), x, norm.gain(), norm.bias())
                .outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.layerNorm(rows(inputs.get(0)), FrozenNorm.of(this, inputs, 1), rows(outputs.get(0)));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return unlessFrozen(
                new Backward(sameDiff, tArguments.get(0), arg(0), arg(1), arg(2), gradients.get(0)).outputVariables());
    }

    /** The gradients of layer norm with respect to x, gain and bias. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, double epsilon, SDVariable... inputs) {
            super(sd, inputs);
            addTArgument(epsilon);
        }

        @Override
        public int getNumOutputs() {
            return 3;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return inputs.subList(0, 3).stream().map(INDArray::shape).toList();
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            INDArray x = rows(inputs.get(0));
            INDArray dy = rows(inputs.get(3));
            Norm norm = FrozenNorm.of(this, inputs, 1);
            if (outputs.get(0) != null) {
                kernels.layerNormBackward(x, norm, dy, rows(outputs.get(0)));
            }
            if (outputs.get(1) != null) {
                kernels.layers().gainGradient(x, norm, dy, outputs.get(1));
            }
            if (outputs.get(2) != null) {
                kernels.layers().sumRows(dy, outputs.get(2));
            }
        }
    }
}
