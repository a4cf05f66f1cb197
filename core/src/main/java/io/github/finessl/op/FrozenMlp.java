package io.github.finessl.op;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.Affine;
import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The second half of a block, frozen: x + act(norm(x)·W₁ + b₁)·W₂ + b₂.
 *
 * <p>x and result [.., D], W₁ [D, hidden], W₂ [hidden, D]. The residual may be left out. A second output [.., hidden]
 * holds what the backward pass reads. Only x gets a gradient.
 */
public final class FrozenMlp extends KernelOp {
    private static final List<Activation> ACTIVATIONS = List.of(Activation.values());

    /** Constructor for SameDiff alone. */
    public FrozenMlp() {}

    private FrozenMlp(SameDiff sd, Activation activation, boolean residual, FrozenNorm norm, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(ACTIVATIONS.indexOf(activation));
        addBArgument(residual);
        addTArgument(norm.settings());
    }

    /**
     * A frozen linear layer in a graph.
     *
     * @param weight [in, out]
     * @param bias [out]
     */
    public record Layer(SDVariable weight, SDVariable bias) {}

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(
            String name,
            SDVariable x,
            FrozenNorm norm,
            Layer first,
            Activation activation,
            Layer second,
            boolean residual) {
        return new FrozenMlp(
                        x.getSameDiff(),
                        activation,
                        residual,
                        norm,
                        x,
                        norm.gain(),
                        norm.bias(),
                        first.weight(),
                        first.bias(),
                        second.weight(),
                        second.bias())
                .outputVariables(name)[0];
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        INDArray x = inputs.get(0);
        return List.of(x.shape(), withLastDimension(x, inputs.get(3).size(1)));
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.mlp(
                rows(inputs.get(0)),
                FrozenNorm.of(this, inputs, 1),
                new Affine(inputs.get(3), inputs.get(4)),
                ACTIVATIONS.get((int) iArgs()[0]),
                new Affine(inputs.get(5), inputs.get(6)),
                bArguments.get(0),
                outputs.get(1) == null ? null : rows(outputs.get(1)),
                rows(outputs.get(0)));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> inputs = new ArrayList<>(List.of(args()));
        inputs.add(outputVariables()[1]);
        inputs.add(gradients.get(0));
        List<SDVariable> result = new ArrayList<>();
        result.add(new Backward(sameDiff, this, inputs).outputVariables()[0]);
        for (int i = 1; i < args().length; i++) {
            result.add(noGradient(arg(i)));
        }
        return result;
    }

    /**
     * The gradient of a frozen MLP half with respect to x; inputs are those of the layer, its second output, the
     * result's gradient.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, FrozenMlp forward, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addIArgument(forward.iArgs());
            addBArgument(forward.bArgs());
            addTArgument(forward.tArgs());
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            kernels.mlpBackward(
                    rows(inputs.get(8)),
                    rows(inputs.get(0)),
                    FrozenNorm.of(this, inputs, 1),
                    new Affine(inputs.get(3), inputs.get(4)),
                    ACTIVATIONS.get((int) iArgs()[0]),
                    new Affine(inputs.get(5), inputs.get(6)),
                    bArguments.get(0),
                    rows(inputs.get(7)),
                    rows(outputs.get(0)));
        }
    }
}
