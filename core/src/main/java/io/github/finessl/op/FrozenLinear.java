package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A frozen linear layer with what follows it: act(x·W + b) + residual.
 *
 * <p>x [.., in], W [in, columns], b [columns], residual and result [.., out], where out is a range of the columns (q, or
 * k and v, of a fused q/k/v matrix). The weight gets no gradient; x and the residual do. With an activation the op has a
 * second output, x·W + b, which its backward pass reads.
 */
public final class FrozenLinear extends KernelOp {
    private static final List<Activation> ACTIVATIONS = List.of(Activation.values());

    /** Columns {@code from} (inclusive) to {@code to} (exclusive) of a weight. */
    public record Columns(long from, long to) {}

    /** For SameDiff alone. */
    public FrozenLinear() {}

    private FrozenLinear(SameDiff sd, Activation activation, Columns columns, boolean residual, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(ACTIVATIONS.indexOf(activation));
        addIArgument(columns.from(), columns.to());
        addBArgument(residual);
    }

    /** act(x·W + b) over all columns of {@code weight}. */
    public static SDVariable of(String name, SDVariable x, SDVariable weight, SDVariable bias, Activation activation) {
        Columns columns = new Columns(0, weight.getShape()[1]);
        return new FrozenLinear(x.getSameDiff(), activation, columns, false, x, weight, bias).outputVariables(name)[0];
    }

    /** x·W + b over a range of columns. */
    public static SDVariable of(String name, SDVariable x, SDVariable weight, SDVariable bias, Columns columns) {
        return new FrozenLinear(x.getSameDiff(), Activation.IDENTITY, columns, false, x, weight, bias)
                .outputVariables(name)[0];
    }

    /** x·W + b + residual. */
    public static SDVariable plusResidual(
            String name, SDVariable x, SDVariable weight, SDVariable bias, SDVariable residual) {
        Columns columns = new Columns(0, weight.getShape()[1]);
        return new FrozenLinear(x.getSameDiff(), Activation.IDENTITY, columns, true, x, weight, bias, residual)
                .outputVariables(name)[0];
    }

    @Override
    public String opName() {
        return "finessl_linear";
    }

    @Override
    public int getNumOutputs() {
        return activation(this) == Activation.IDENTITY ? 1 : 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long[] shape = withLastDimension(inputs.get(0), iArguments.get(2) - iArguments.get(1));
        return getNumOutputs() == 1 ? List.of(shape) : List.of(shape, shape);
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        boolean residual = bArguments.get(0);
        kernels.linear(
                rows(inputs.get(0)),
                weight(this, inputs.get(1)),
                bias(inputs.get(2)),
                activation(this),
                residual ? rows(inputs.get(3)) : null,
                outputs.size() > 1 ? rows(outputs.get(1)) : null,
                rows(outputs.get(0)));
    }

    private INDArray bias(INDArray bias) {
        boolean whole = iArguments.get(1) == 0 && iArguments.get(2) == bias.length();
        return whole ? bias : bias.get(interval(iArguments.get(1), iArguments.get(2)));
    }

    private static INDArray weight(KernelOp op, INDArray weight) {
        long[] settings = op.iArgs();
        boolean whole = settings[1] == 0 && settings[2] == weight.size(1);
        return whole ? weight : weight.get(all(), interval(settings[1], settings[2]));
    }

    private static Activation activation(KernelOp op) {
        long[] settings = op.iArgs();
        return settings.length == 0 ? Activation.IDENTITY : ACTIVATIONS.get((int) settings[0]);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable dy = gradients.get(0);
        SDVariable dx = (getNumOutputs() == 1
                        ? new Backward(sameDiff, iArgs(), dy, arg(1))
                        : new Backward(sameDiff, iArgs(), dy, arg(1), outputVariables()[1]))
                .outputVariables()[0];
        List<SDVariable> result = new ArrayList<>(List.of(dx, noGradient(arg(1)), noGradient(arg(2))));
        if (bArguments.get(0)) {
            result.add(dy);
        }
        return result;
    }

    /** (dy ⊙ act'(x·W + b))·Wᵀ. */
    public static final class Backward extends KernelOp {

        /** For SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, long[] settings, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(settings);
        }

        @Override
        public String opName() {
            return "finessl_linear_bp";
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(withLastDimension(inputs.get(0), inputs.get(1).size(0)));
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            kernels.linearBackward(
                    rows(inputs.get(0)),
                    weight(this, inputs.get(1)),
                    activation(this),
                    inputs.size() > 2 ? rows(inputs.get(2)) : null,
                    rows(outputs.get(0)));
        }
    }
}
