package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.op.FrozenLinear.Columns;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A scale and a shift of features, x ⊙ scale + shift (Lian et al., "Scaling &amp; Shifting Your Features", NeurIPS
 * 2022): x [.., D], and of scale and shift [.., all] a range of D entries.
 */
public final class ScaleShift extends KernelOp {

    /** Constructor for SameDiff alone. */
    public ScaleShift() {}

    private ScaleShift(SameDiff sd, Columns columns, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(columns.from(), columns.to());
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, SDVariable scale, SDVariable shift, Columns columns) {
        return new ScaleShift(x.getSameDiff(), columns, x, scale, shift).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        Columns columns = columns(this);
        kernels.layers()
                .scaleShift(
                        rows(inputs.get(0)),
                        columns.of(inputs.get(1)),
                        columns.of(inputs.get(2)),
                        rows(outputs.get(0)));
    }

    private static Columns columns(KernelOp op) {
        return FrozenLinear.columns(op).get(0);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(
                new Backward(sameDiff, columns(this), arg(0), arg(1), arg(2), gradients.get(0)).outputVariables());
    }

    /**
     * The gradients of a scale and shift with respect to x, scale and shift, where entries outside of the range get 0.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, Columns columns, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(columns.from(), columns.to());
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
            Columns columns = columns(this);
            INDArray x = rows(inputs.get(0));
            INDArray dy = rows(inputs.get(3));
            outputs.subList(1, 3).stream()
                    .filter(gradient -> gradient != null && gradient.length() > dy.size(1))
                    .forEach(gradient -> gradient.assign(0));
            if (outputs.get(0) != null) {
                kernels.layers().scaleShift(dy, columns.of(inputs.get(1)), null, rows(outputs.get(0)));
            }
            if (outputs.get(1) != null) {
                kernels.layers().scaleGradient(x, dy, columns.of(outputs.get(1)));
            }
            if (outputs.get(2) != null) {
                kernels.layers().sumRows(dy, columns.of(outputs.get(2)));
            }
        }
    }
}
