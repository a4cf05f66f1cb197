package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Layer norm with frozen gain and bias over the last dimension: [.., D] to [.., D]. */
public final class FrozenLayerNorm extends KernelOp {

    /** For SameDiff alone. */
    public FrozenLayerNorm() {}

    private FrozenLayerNorm(SameDiff sd, double epsilon, SDVariable... inputs) {
        super(sd, inputs);
        addTArgument(epsilon);
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, FrozenNorm norm) {
        return new FrozenLayerNorm(x.getSameDiff(), norm.epsilon(), x, norm.gain(), norm.bias())
                .outputVariables(name)[0];
    }

    @Override
    public String opName() {
        return "finessl_layer_norm";
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
        SDVariable dx = new Backward(sameDiff, tArguments.get(0), arg(0), arg(1), arg(2), gradients.get(0))
                .outputVariables()[0];
        return List.of(dx, noGradient(arg(1)), noGradient(arg(2)));
    }

    /** The gradient with respect to x. */
    public static final class Backward extends KernelOp {

        /** For SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, double epsilon, SDVariable... inputs) {
            super(sd, inputs);
            addTArgument(epsilon);
        }

        @Override
        public String opName() {
            return "finessl_layer_norm_bp";
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            kernels.layerNormBackward(
                    rows(inputs.get(0)), FrozenNorm.of(this, inputs, 1), rows(inputs.get(3)), rows(outputs.get(0)));
        }
    }
}
