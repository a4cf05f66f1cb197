package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * A SameDiff op that {@link KernelSession} executes in Java.
 *
 * <p>SameDiff rebuilds every op by name when it derives the gradient graph, so a subclass needs a public constructor
 * without arguments, a place in {@link KernelOps}, and may keep its settings only in its i, t and b arguments.
 */
public abstract class KernelOp extends DynamicCustomOp {

    private static final ClassValue<String> NAMES = new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> op) {
            Class<?> forward = op.getEnclosingClass();
            return forward == null ? "finessl_" + words(op) : get(forward) + "_bp";
        }
    };

    private static String words(Class<?> op) {
        return op.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }

    /** Constructor for SameDiff alone. */
    protected KernelOp() {}

    /** Adds the op to a graph; settings are added by the subclass. */
    protected KernelOp(SameDiff sd, SDVariable... inputs) {
        super(sd, inputs);
    }

    /**
     * Computes the outputs.
     *
     * @param outputs already allocated to {@link #outputShapes}, to be overwritten; null where nothing reads one
     */
    protected abstract void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs);

    /** Writes a value to an output, unless the output is left out. */
    protected static void write(INDArray output, Supplier<INDArray> value) {
        if (output != null) {
            output.assign(value.get());
        }
    }

    /** The shapes of the outputs for these inputs. */
    protected abstract List<long[]> outputShapes(List<INDArray> inputs);

    /**
     * The op's name in SameDiff, which follows from its class: {@code finessl_convolve}, of its gradient {@code .._bp}.
     */
    @Override
    public final String opName() {
        return NAMES.get(getClass());
    }

    @Override
    public List<DataType> calculateOutputDataTypes(List<DataType> inputTypes) {
        return java.util.Collections.nCopies(getNumOutputs(), inputTypes.get(0));
    }

    @Override
    public int getNumOutputs() {
        return 1;
    }

    @Override
    public final Map<String, Object> propertiesForFunction() {
        return Map.of();
    }

    @Override
    public final void setPropertiesForFunction(Map<String, Object> properties) {}

    /** A gradient for an input that never gets one: a frozen weight, labels. The session never executes it. */
    protected final SDVariable noGradient(SDVariable input) {
        return sameDiff.zerosLike(input);
    }

    /** The gradients of inputs, in their order, but none for constants. */
    protected final List<SDVariable> unlessFrozen(SDVariable... gradients) {
        return IntStream.range(0, args().length)
                .mapToObj(i -> arg(i).isConstant() ? noGradient(arg(i)) : gradients[i])
                .toList();
    }

    /** An array [.., D] as rows [n, D] without a copy; null for an output that is left out. */
    protected static INDArray rows(INDArray array) {
        return array == null || array.rank() == 2
                ? array
                : array.reshape(array.length() / array.size(-1), array.size(-1));
    }

    /** [B, D] as [B, 1, D], tokens of one each; null of null. */
    protected static INDArray tokens(INDArray array) {
        return array == null || array.rank() == 3 ? array : array.reshape(array.size(0), 1, array.size(1));
    }

    /** The shape of {@code like} with another last dimension. */
    protected static long[] withLastDimension(INDArray like, long size) {
        long[] shape = like.shape().clone();
        shape[shape.length - 1] = size;
        return shape;
    }
}
