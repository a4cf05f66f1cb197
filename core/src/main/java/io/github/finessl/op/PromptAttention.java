package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Multi-head attention of image tokens over themselves and over prompts.
 *
 * <p>What a block computes at the positions of deep prompts is thrown away by the next block, so prompts act only as
 * extra keys and values, the same for every image: [P, D] each. No query, output projection or MLP is ever computed for
 * them. The result is exactly that of prompts as tokens.
 *
 * <p>A constant bias may be added to the scores, [heads, Tq, T + P] or [1, Tq, T + P], of each image the same.
 *
 * <p>All tokens ask (q [B, T, D]), or, in the last block, the class token alone (q [B, D]); k, v [B, T, D]. The result has
 * the shape of q: the heads' results side by side.
 */
public final class PromptAttention extends KernelOp {

    /** Constructor for SameDiff alone. */
    public PromptAttention() {}

    private PromptAttention(SameDiff sd, int heads, boolean biased, List<SDVariable> inputs) {
        super(sd, inputs.toArray(SDVariable[]::new));
        addIArgument(heads);
        addBArgument(biased);
    }

    /**
     * Adds the op to the graph of {@code q}.
     *
     * @param prompts the prompts' keys and values, or none
     * @param bias of the scores
     */
    public static SDVariable of(
            String name,
            SDVariable q,
            SDVariable k,
            SDVariable v,
            List<SDVariable> prompts,
            Optional<SDVariable> bias,
            int heads) {
        List<SDVariable> inputs = new ArrayList<>(List.of(q, k, v));
        inputs.addAll(prompts);
        bias.ifPresent(inputs::add);
        return new PromptAttention(q.getSameDiff(), heads, bias.isPresent(), inputs).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        boolean prompts = inputs.size() > 4;
        kernels.attention(
                tokens(inputs.get(0)),
                inputs.get(1),
                inputs.get(2),
                prompts ? inputs.get(3) : null,
                prompts ? inputs.get(4) : null,
                bArgs()[0] ? inputs.get(inputs.size() - 1) : null,
                (int) iArgs()[0],
                tokens(outputs.get(0)));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> inputs = new ArrayList<>(List.of(args()));
        inputs.add(gradients.get(0));
        List<SDVariable> result = new ArrayList<>(List.of(new Backward(sameDiff, this, inputs).outputVariables()));
        if (bArguments.get(0)) {
            result.add(noGradient(arg(args().length - 1)));
        }
        return result;
    }

    /**
     * The gradients of attention with respect to the op's inputs but the bias, in their order and shapes; those of the tokens are
     * computed together or not at all, the latter where nothing trainable lies below.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, PromptAttention forward, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addIArgument(forward.iArgs());
            addBArgument(forward.bArgs());
        }

        @Override
        public int getNumOutputs() {
            return args().length > 5 ? 5 : 3;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return inputs.subList(0, getNumOutputs()).stream()
                    .map(INDArray::shape)
                    .toList();
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            boolean prompts = outputs.size() > 3;
            boolean tokens = outputs.subList(0, 3).stream().anyMatch(Objects::nonNull);
            kernels.attentionBackward(
                    tokens(inputs.get(0)),
                    inputs.get(1),
                    inputs.get(2),
                    prompts ? inputs.get(3) : null,
                    prompts ? inputs.get(4) : null,
                    bArgs()[0] ? inputs.get(inputs.size() - 2) : null,
                    (int) iArgs()[0],
                    tokens(inputs.get(inputs.size() - 1)),
                    tokens ? tokens(orUnread(outputs.get(0), inputs.get(0))) : null,
                    tokens ? orUnread(outputs.get(1), inputs.get(1)) : null,
                    tokens ? orUnread(outputs.get(2), inputs.get(2)) : null,
                    prompts ? outputs.get(3) : null,
                    prompts ? outputs.get(4) : null);
        }

        /** In the first block, one of them may have nothing trainable below where others have. */
        private static INDArray orUnread(INDArray output, INDArray like) {
            return output == null ? like.ulike() : output;
        }
    }
}
