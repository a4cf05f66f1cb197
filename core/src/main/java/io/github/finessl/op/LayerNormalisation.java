package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Norm;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Layer norm over the last dimension: [.., D] to [.., D]. Gain and bias [width], where width is D, or divides it: then every
 * group of so many entries is normed by itself, as each head's of queries or keys.
 */
public final class LayerNormalisation extends KernelOp {

    /** Constructor for SameDiff alone. */
    public LayerNormalisation() {}

    private LayerNormalisation(SameDiff sd, FrozenNorm norm, SDVariable x) {
        super(sd, x, norm.gain(), norm.bias());
        addTArgument(norm.settings());
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, FrozenNorm norm) {
        return new LayerNormalisation(x.getSameDiff(), norm, x).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        INDArray gain = inputs.get(1);
        kernels.layerNorm(groups(inputs.get(0), gain), FrozenNorm.of(this, inputs, 1), groups(outputs.get(0), gain));
    }

    /** [.., D] as [n, width]; null of null. */
    private static INDArray groups(INDArray array, INDArray gain) {
        return array == null || array.size(-1) == gain.length()
                ? rows(array)
                : array.reshape(array.length() / gain.length(), gain.length());
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return unlessFrozen(
                new Backward(sameDiff, tArgs(), arg(0), arg(1), arg(2), gradients.get(0)).outputVariables());
    }

    /** The gradients of layer norm with respect to x, gain and bias. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, double[] settings, SDVariable... inputs) {
            super(sd, inputs);
            addTArgument(settings);
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
            INDArray gain = inputs.get(1);
            INDArray x = groups(inputs.get(0), gain);
            INDArray dy = groups(inputs.get(3), gain);
            Norm norm = FrozenNorm.of(this, inputs, 1);
            if (outputs.get(0) != null) {
                kernels.layerNormBackward(x, norm, dy, groups(outputs.get(0), gain));
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
