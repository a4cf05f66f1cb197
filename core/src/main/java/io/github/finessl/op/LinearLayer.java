package io.github.finessl.op;

import io.github.finessl.kernel.Affine;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.op.FrozenLinear.Columns;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A linear layer by itself, x·W + b, whose weight and bias may be trained.
 *
 * <p>x [.., in], W [in, columns], b [columns] or none. One result [.., out] for each range of columns, so that q, k and v
 * come out of their fused matrix as arrays of their own.
 */
public final class LinearLayer extends KernelOp {

    /** Constructor for SameDiff alone. */
    public LinearLayer() {}

    private LinearLayer(SameDiff sd, boolean trained, List<Columns> columns, List<SDVariable> inputs) {
        super(sd, inputs.toArray(SDVariable[]::new));
        columns.forEach(range -> addIArgument(range.from(), range.to()));
        addBArgument(trained);
    }

    /** Adds x·W + b to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, SDVariable weight, Optional<SDVariable> bias) {
        return of(name, x, weight, bias, List.of(new Columns(0, weight.getShape()[1])))
                .get(0);
    }

    /** Adds x·W + b for each range of columns to the graph of {@code x}. */
    public static List<SDVariable> of(
            String name, SDVariable x, SDVariable weight, Optional<SDVariable> bias, List<Columns> columns) {
        List<SDVariable> inputs = new ArrayList<>(List.of(x, weight));
        bias.ifPresent(inputs::add);
        return List.of(new LinearLayer(x.getSameDiff(), !weight.isConstant(), columns, inputs).outputVariables(name));
    }

    @Override
    public int getNumOutputs() {
        return Math.max(1, iArguments.size() / 2); // SameDiff asks before there are arguments, too
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return FrozenLinear.columns(this).stream()
                .map(range -> withLastDimension(inputs.get(0), range.to() - range.from()))
                .toList();
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.linear(
                rows(inputs.get(0)),
                null,
                maps(this, inputs.get(1), inputs.size() > 2 ? inputs.get(2) : null),
                null,
                outputs.stream().map(KernelOp::rows).toList());
    }

    private static List<Affine> maps(KernelOp op, INDArray weight, INDArray bias) {
        return FrozenLinear.columns(op).stream()
                .map(range -> new Affine(range.of(weight), range.of(bias), op.bArgs()[0]))
                .toList();
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> inputs = new ArrayList<>(List.of(arg(0), arg(1)));
        inputs.addAll(gradients);
        return unlessFrozen(new Backward(sameDiff, this, inputs).outputVariables());
    }

    /**
     * The gradients of a linear layer with respect to x, weight and bias; inputs are x and weight, then the results'
     * gradients. Columns that no range has get 0.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, LinearLayer forward, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addIArgument(forward.iArgs());
            addBArgument(forward.bArgs());
        }

        @Override
        public int getNumOutputs() {
            return 3;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            INDArray weight = inputs.get(1);
            return List.of(inputs.get(0).shape(), weight.shape(), new long[] {weight.size(1)});
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            List<INDArray> dys = inputs.subList(2, inputs.size()).stream()
                    .map(KernelOp::rows)
                    .toList();
            List<Columns> columns = FrozenLinear.columns(this);
            if (outputs.get(0) != null) {
                kernels.linearBackward(dys, maps(this, inputs.get(1), null), null, null, rows(outputs.get(0)));
            }
            boolean all = columns.stream().mapToLong(c -> c.to() - c.from()).sum()
                    == inputs.get(1).size(1);
            outputs.subList(1, 3).stream()
                    .filter(gradient -> gradient != null && !all)
                    .forEach(gradient -> gradient.assign(0));
            for (int i = 0; i < dys.size(); i++) {
                if (outputs.get(1) != null) {
                    kernels.layers()
                            .weightGradient(
                                    rows(inputs.get(0)),
                                    dys.get(i),
                                    columns.get(i).of(outputs.get(1)));
                }
                if (outputs.get(2) != null) {
                    kernels.layers().sumRows(dys.get(i), columns.get(i).of(outputs.get(2)));
                }
            }
        }
    }
}
