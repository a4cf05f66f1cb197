package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.kernel.Affine;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Norm;
import io.github.finessl.op.FrozenMlp.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A frozen linear layer with norm and residual: norm(x)·W + b + residual.
 *
 * <p>x [.., in], W [in, columns], b [columns]. One result [.., out] for each range of columns, so that q, k and v come out
 * of their fused matrix as arrays of their own. The layer and the norm get no gradient; x and the residual do.
 */
public final class FrozenLinear extends KernelOp {

    /** Columns {@code from} (inclusive) to {@code to} (exclusive) of a weight. */
    public record Columns(long from, long to) {

        /** The columns of q, k and v in their fused matrix. */
        public static List<Columns> thirds(long width) {
            return List.of(new Columns(0, width), new Columns(width, 2 * width), new Columns(2 * width, 3 * width));
        }

        /** These columns of a matrix or entries of a vector, as a view; null of null. */
        INDArray of(INDArray array) {
            if (array == null || to - from == array.size(-1)) {
                return array;
            }
            return array.rank() == 1 ? array.get(interval(from, to)) : array.get(all(), interval(from, to));
        }
    }

    /** Constructor for SameDiff alone. */
    public FrozenLinear() {}

    private FrozenLinear(
            SameDiff sd, Optional<FrozenNorm> norm, boolean residual, List<Columns> columns, List<SDVariable> inputs) {
        super(sd, inputs.toArray(SDVariable[]::new));
        columns.forEach(range -> addIArgument(range.from(), range.to()));
        addBArgument(norm.isPresent(), residual);
        norm.ifPresent(present -> addTArgument(present.settings()));
    }

    /** Adds norm(x)·W + b for each range of columns to the graph of {@code x}. */
    public static List<SDVariable> of(
            String name, SDVariable x, Optional<FrozenNorm> norm, Layer layer, List<Columns> columns) {
        return List.of(
                new FrozenLinear(x.getSameDiff(), norm, false, columns, inputs(x, norm, layer)).outputVariables(name));
    }

    /** Adds norm(x)·W + b to the graph of {@code x}. */
    public static SDVariable of(String name, SDVariable x, Optional<FrozenNorm> norm, Layer layer) {
        return of(name, x, norm, layer, whole(layer)).get(0);
    }

    /** Adds norm(x)·W + b + residual to the graph of {@code x}. */
    public static SDVariable plusResidual(
            String name, SDVariable x, Optional<FrozenNorm> norm, Layer layer, SDVariable residual) {
        List<SDVariable> inputs = inputs(x, norm, layer);
        inputs.add(residual);
        return new FrozenLinear(x.getSameDiff(), norm, true, whole(layer), inputs).outputVariables(name)[0];
    }

    private static List<Columns> whole(Layer layer) {
        return List.of(new Columns(0, layer.weight().getShape()[1]));
    }

    private static List<SDVariable> inputs(SDVariable x, Optional<FrozenNorm> norm, Layer layer) {
        List<SDVariable> inputs = new ArrayList<>(List.of(x, layer.weight(), layer.bias()));
        norm.ifPresent(present -> inputs.addAll(List.of(present.gain(), present.bias())));
        return inputs;
    }

    @Override
    public int getNumOutputs() {
        return Math.max(1, iArguments.size() / 2); // SameDiff asks before there are arguments, too
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return columns(this).stream()
                .map(range -> withLastDimension(inputs.get(0), range.to() - range.from()))
                .toList();
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        boolean norm = bArguments.get(0);
        boolean residual = bArguments.get(1);
        kernels.linear(
                rows(inputs.get(0)),
                norm ? FrozenNorm.of(this, inputs, 3) : null,
                maps(columns(this), inputs.get(1), inputs.get(2)),
                residual ? rows(inputs.get(inputs.size() - 1)) : null,
                outputs.stream().map(KernelOp::rows).toList());
    }

    static List<Columns> columns(KernelOp op) {
        long[] settings = op.iArgs();
        return IntStream.range(0, settings.length / 2)
                .mapToObj(i -> new Columns(settings[2 * i], settings[2 * i + 1]))
                .toList();
    }

    static List<Affine> maps(List<Columns> columns, INDArray weight, INDArray bias) {
        return columns.stream()
                .map(range -> new Affine(range.of(weight), range.of(bias)))
                .toList();
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        boolean norm = bArguments.get(0);
        List<SDVariable> inputs = new ArrayList<>(List.of(arg(1), arg(2)));
        if (norm) {
            inputs.addAll(List.of(arg(3), arg(4), arg(0)));
        }
        inputs.addAll(gradients);
        SDVariable dx = new Backward(sameDiff, this, inputs).outputVariables()[0];
        List<SDVariable> result = new ArrayList<>(List.of(dx, noGradient(arg(1)), noGradient(arg(2))));
        if (norm) {
            result.add(noGradient(arg(3)));
            result.add(noGradient(arg(4)));
        }
        if (bArguments.get(1)) {
            result.add(gradients.get(0));
        }
        return result;
    }

    /**
     * The gradient of a frozen linear layer with respect to x; inputs are weight and bias, those of the norm and x where
     * there is a norm, then the results' gradients.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, FrozenLinear forward, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addIArgument(forward.iArgs());
            addBArgument(forward.bArguments.get(0));
            addTArgument(forward.tArgs());
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(withLastDimension(
                    inputs.get(inputs.size() - 1), inputs.get(0).size(0)));
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            Norm norm = bArguments.get(0) ? FrozenNorm.of(this, inputs, 2) : null;
            kernels.linearBackward(
                    inputs.subList(norm == null ? 2 : 5, inputs.size()).stream()
                            .map(KernelOp::rows)
                            .toList(),
                    maps(columns(this), inputs.get(0), inputs.get(1)),
                    norm == null ? null : rows(inputs.get(4)),
                    norm,
                    rows(outputs.get(0)));
        }
    }
}
