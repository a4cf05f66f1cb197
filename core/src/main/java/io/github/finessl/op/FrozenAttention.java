package io.github.finessl.op;

import io.github.finessl.kernel.Affine;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.op.FrozenMlp.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The first half of a block, frozen: x + out(attention(q, k, v, prompts)), where q, k and v come of norm(x).
 *
 * <p>x and result [B, T, D]; prompts as in {@link PromptAttention}. Three further outputs hold q, k and v, which the
 * backward pass reads. x and the prompts get gradients.
 */
public final class FrozenAttention extends KernelOp {
    private static final int PROMPTS = 7;

    /** Constructor for SameDiff alone. */
    public FrozenAttention() {}

    private FrozenAttention(SameDiff sd, int heads, FrozenNorm norm, List<SDVariable> inputs) {
        super(sd, inputs.toArray(SDVariable[]::new));
        addIArgument(heads);
        addTArgument(norm.settings());
    }

    /**
     * Adds the op to the graph of {@code x}.
     *
     * @param qkv [D, 3·D], the columns of q, k and v one after the other
     * @param out [D, D]
     * @param prompts the prompts' keys and values [P, D], or none
     */
    public static SDVariable of(
            String name, SDVariable x, FrozenNorm norm, Layer qkv, Layer out, List<SDVariable> prompts, int heads) {
        List<SDVariable> inputs = new ArrayList<>(
                List.of(x, norm.gain(), norm.bias(), qkv.weight(), qkv.bias(), out.weight(), out.bias()));
        inputs.addAll(prompts);
        return new FrozenAttention(x.getSameDiff(), heads, norm, inputs).outputVariables(name)[0];
    }

    @Override
    public int getNumOutputs() {
        return 4;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long[] shape = inputs.get(0).shape();
        return List.of(shape, shape, shape, shape);
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        boolean prompts = inputs.size() > PROMPTS;
        kernels.attentionHalf(
                inputs.get(0),
                FrozenNorm.of(this, inputs, 1),
                qkv(inputs),
                new Affine(inputs.get(5), inputs.get(6)),
                prompts ? inputs.get(PROMPTS) : null,
                prompts ? inputs.get(PROMPTS + 1) : null,
                (int) iArgs()[0],
                outputs.subList(1, 4).stream().allMatch(Objects::isNull) ? null : outputs.subList(1, 4),
                outputs.get(0));
    }

    private static List<Affine> qkv(List<INDArray> inputs) {
        long width = inputs.get(0).size(2);
        return FrozenLinear.maps(FrozenLinear.Columns.thirds(width), inputs.get(3), inputs.get(4));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> inputs = new ArrayList<>(List.of(args()));
        inputs.addAll(List.of(outputVariables()).subList(1, 4));
        inputs.add(gradients.get(0));
        List<SDVariable> computed = List.of(new Backward(sameDiff, this, inputs).outputVariables());
        List<SDVariable> result = new ArrayList<>(computed.subList(0, 1));
        for (int i = 1; i < PROMPTS; i++) {
            result.add(noGradient(arg(i)));
        }
        result.addAll(computed.subList(1, computed.size()));
        return result;
    }

    /**
     * The gradients of a frozen attention half with respect to x, which nobody reads where nothing trainable lies
     * below, and the prompts. Inputs are those of the op, q, k and v as it left them, and the result's gradient.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, FrozenAttention forward, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addIArgument(forward.iArgs());
            addTArgument(forward.tArgs());
        }

        @Override
        public int getNumOutputs() {
            return args().length == PROMPTS + 4 ? 1 : 3;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            long[] x = inputs.get(0).shape();
            return inputs.size() == PROMPTS + 4
                    ? List.of(x)
                    : List.of(
                            x,
                            inputs.get(PROMPTS).shape(),
                            inputs.get(PROMPTS + 1).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            boolean prompts = outputs.size() > 1;
            int size = inputs.size();
            kernels.attentionHalfBackward(
                    inputs.get(size - 1),
                    inputs.get(0),
                    FrozenNorm.of(this, inputs, 1),
                    qkv(inputs),
                    new Affine(inputs.get(5), inputs.get(6)),
                    prompts ? inputs.get(PROMPTS) : null,
                    prompts ? inputs.get(PROMPTS + 1) : null,
                    (int) iArgs()[0],
                    inputs.subList(size - 4, size - 1),
                    outputs.get(0),
                    prompts ? outputs.get(1) : null,
                    prompts ? outputs.get(2) : null);
        }
    }
}
