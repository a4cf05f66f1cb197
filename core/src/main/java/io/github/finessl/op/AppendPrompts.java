package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An op that appends prompts as tokens to the patch tokens of every image: [B, T, D] and [P, D] to [B, T + P, D].
 *
 * <p>Only VPT-shallow needs it, whose prompts are carried on from block to block; deep prompts act as keys and values
 * alone, see {@link PromptAttention}.
 */
public final class AppendPrompts extends KernelOp {

    /** Constructor for SameDiff alone. */
    public AppendPrompts() {}

    private AppendPrompts(SameDiff sd, SDVariable tokens, SDVariable prompts) {
        super(sd, tokens, prompts);
    }

    /** Adds the op to the graph of {@code tokens}. */
    public static SDVariable of(String name, SDVariable tokens, SDVariable prompts) {
        return new AppendPrompts(tokens.getSameDiff(), tokens, prompts).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        INDArray tokens = inputs.get(0);
        return List.of(
                new long[] {tokens.size(0), tokens.size(1) + inputs.get(1).size(0), tokens.size(2)});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        INDArray all = outputs.get(0);
        long tokens = inputs.get(0).size(1);
        all.get(all(), interval(0, tokens), all()).assign(inputs.get(0));
        for (long b = 0; b < all.size(0); b++) {
            all.get(point(b), interval(tokens, all.size(1)), all()).assign(inputs.get(1));
        }
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new Backward(sameDiff, arg(0), arg(1), gradients.get(0)).outputVariables());
    }

    /** The gradients of tokens and prompts; the prompts' is the sum over the batch. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, SDVariable tokens, SDVariable prompts, SDVariable gradient) {
            super(sd, tokens, prompts, gradient);
        }

        @Override
        public int getNumOutputs() {
            return 2;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape(), inputs.get(1).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            INDArray gradient = inputs.get(2);
            long tokens = inputs.get(0).size(1);
            write(outputs.get(0), () -> gradient.get(all(), interval(0, tokens), all()));
            write(
                    outputs.get(1),
                    () -> gradient.get(all(), interval(tokens, gradient.size(1)), all())
                            .sum(0));
        }
    }
}
