package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Multi-head attention of image tokens over themselves and over prompts.
 *
 * <p>What a block computes at the positions of deep prompts is thrown away by the next block, so prompts act only as
 * extra keys and values, the same for every image: [P, 2·D], k then v. No query, output projection or MLP is ever
 * computed for them. The result is exactly that of prompts as tokens.
 *
 * <p>Two forms: all tokens ask (input [B, T, 3·D], columns q, k, v), or, in the last block, the class token alone
 * (inputs q [B, D] and k, v [B, T, 2·D]). Outputs: the heads' results side by side, [B, T, D] or [B, D], and the
 * log-sum-exp of every softmax, which the backward pass reads.
 */
public final class PromptAttention extends KernelOp {

    /** For SameDiff alone. */
    public PromptAttention() {}

    private PromptAttention(
            SameDiff sd,
            int heads,
            boolean classTokenOnly,
            boolean prompts,
            boolean tokenGradient,
            SDVariable[] inputs) {
        super(sd, inputs);
        addIArgument(heads);
        addBArgument(classTokenOnly, prompts, tokenGradient);
    }

    /**
     * All tokens ask.
     *
     * @param qkv [B, T, 3·D]
     * @param promptKv [P, 2·D], or null without prompts
     * @param tokenGradient whether anything trainable lies below the tokens
     * @return [B, T, D]
     */
    public static SDVariable of(String name, SDVariable qkv, SDVariable promptKv, int heads, boolean tokenGradient) {
        return of(name, heads, false, promptKv, tokenGradient, qkv);
    }

    /**
     * The class token alone asks.
     *
     * @param q [B, D]
     * @param kv [B, T, 2·D]
     * @param promptKv [P, 2·D], or null without prompts
     * @param tokenGradient whether anything trainable lies below the tokens
     * @return [B, D]
     */
    public static SDVariable ofClassToken(
            String name, SDVariable q, SDVariable kv, SDVariable promptKv, int heads, boolean tokenGradient) {
        return of(name, heads, true, promptKv, tokenGradient, q, kv);
    }

    private static SDVariable of(
            String name,
            int heads,
            boolean classTokenOnly,
            SDVariable promptKv,
            boolean tokenGradient,
            SDVariable... tokens) {
        List<SDVariable> inputs = new ArrayList<>(List.of(tokens));
        if (promptKv != null) {
            inputs.add(promptKv);
        }
        return new PromptAttention(
                        tokens[0].getSameDiff(),
                        heads,
                        classTokenOnly,
                        promptKv != null,
                        tokenGradient,
                        inputs.toArray(SDVariable[]::new))
                .outputVariables(name)[0];
    }

    @Override
    public String opName() {
        return "finessl_attention";
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        INDArray first = inputs.get(0);
        boolean classTokenOnly = bArguments.get(0);
        long[] out = classTokenOnly ? first.shape() : withLastDimension(first, first.size(2) / 3);
        long queries = classTokenOnly ? 1 : first.size(1);
        return List.of(out, new long[] {first.size(0), iArguments.get(0), queries});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        Operands x = Operands.of(this, inputs, inputs.get(0));
        kernels.attention(
                x.q(), x.k(), x.v(), x.promptK(), x.promptV(), x.heads(), tokens(outputs.get(0)), outputs.get(1));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> inputs = new ArrayList<>(List.of(args()));
        inputs.addAll(List.of(outputVariables()));
        inputs.add(gradients.get(0));
        return List.of(new Backward(sameDiff, iArgs(), bArgs(), inputs.toArray(SDVariable[]::new)).outputVariables());
    }

    /** [B, D] as [B, 1, D]. */
    private static INDArray tokens(INDArray array) {
        return array == null || array.rank() == 3 ? array : array.reshape(array.size(0), 1, array.size(1));
    }

    private static INDArray part(INDArray array, long index, long width) {
        if (array == null) {
            return null;
        }
        return array.rank() == 3
                ? array.get(all(), all(), interval(index * width, (index + 1) * width))
                : array.get(all(), interval(index * width, (index + 1) * width));
    }

    /** Views of q, k, v and of the prompts' k and v in an op's arrays, or of their gradients in another's. */
    private record Operands(INDArray q, INDArray k, INDArray v, INDArray promptK, INDArray promptV, int heads) {

        static Operands of(KernelOp op, List<INDArray> arrays, INDArray firstInput) {
            boolean classTokenOnly = op.bArgs()[0];
            boolean prompts = op.bArgs()[1];
            INDArray first = arrays.get(0);
            INDArray promptKv = prompts ? arrays.get(classTokenOnly ? 2 : 1) : null;
            long width = classTokenOnly ? firstInput.size(1) : firstInput.size(2) / 3;
            INDArray keys = classTokenOnly ? arrays.get(1) : first;
            int offset = classTokenOnly ? 0 : 1;
            return new Operands(
                    classTokenOnly ? tokens(first) : part(first, 0, width),
                    part(keys, offset, width),
                    part(keys, offset + 1L, width),
                    prompts ? part(promptKv, 0, width) : null,
                    prompts ? part(promptKv, 1, width) : null,
                    (int) op.iArgs()[0]);
        }
    }

    /** The gradients of the op's inputs, in their order and shapes; those of tokens are left unset where none is needed. */
    public static final class Backward extends KernelOp {

        /** For SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, long[] heads, boolean[] settings, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(heads);
            addBArgument(settings);
        }

        @Override
        public String opName() {
            return "finessl_attention_bp";
        }

        @Override
        public int getNumOutputs() {
            return 1 + (bArguments.get(0) ? 1 : 0) + (bArguments.get(1) ? 1 : 0);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return inputs.subList(0, getNumOutputs()).stream()
                    .map(INDArray::shape)
                    .toList();
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            int forwardInputs = getNumOutputs();
            Operands x = Operands.of(this, inputs, inputs.get(0));
            Operands d = Operands.of(this, outputs, inputs.get(0));
            boolean tokenGradient = bArguments.get(2);
            kernels.attentionBackward(
                    x.q(),
                    x.k(),
                    x.v(),
                    x.promptK(),
                    x.promptV(),
                    x.heads(),
                    tokens(inputs.get(forwardInputs)),
                    inputs.get(forwardInputs + 1),
                    tokens(inputs.get(forwardInputs + 2)),
                    tokenGradient ? d.q() : null,
                    tokenGradient ? d.k() : null,
                    tokenGradient ? d.v() : null,
                    d.promptK(),
                    d.promptV());
        }
    }
}
