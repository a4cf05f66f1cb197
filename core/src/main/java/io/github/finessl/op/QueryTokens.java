package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Multi-head attention of one query, the same for every image, over the image's tokens {@code from} (included) to {@code
 * to} (not included): query [E], keys and values [B, T, E], result [B, E].
 */
public final class QueryTokens extends KernelOp {

    /** Constructor for SameDiff alone. */
    public QueryTokens() {}

    private QueryTokens(SameDiff sd, int heads, int from, int to, SDVariable... inputs) {
        super(sd, inputs);
        addIArgument(heads, from, to);
    }

    /** Adds the op to the graph of {@code keys}. */
    public static SDVariable of(
            String name, SDVariable query, SDVariable keys, SDVariable values, int heads, int from, int to) {
        return new QueryTokens(keys.getSameDiff(), heads, from, to, query, keys, values).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        INDArray keys = inputs.get(1);
        return List.of(new long[] {keys.size(0), keys.size(2)});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.attention(
                forEach(inputs.get(1), inputs.get(0)),
                asked(this, inputs.get(1)),
                asked(this, inputs.get(2)),
                null,
                null,
                null,
                (int) iArgs()[0],
                tokens(outputs.get(0)));
    }

    /** The query of every image, [B, 1, E]. */
    private static INDArray forEach(INDArray keys, INDArray query) {
        return Nd4j.tile(query.reshape(1, 1, query.length()), (int) keys.size(0), 1, 1);
    }

    private static INDArray asked(KernelOp op, INDArray tokens) {
        return tokens.get(all(), interval(op.iArgs()[1], op.iArgs()[2]), all());
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return unlessFrozen(
                new Backward(sameDiff, iArgs(), arg(0), arg(1), arg(2), gradients.get(0)).outputVariables());
    }

    /** The gradients of such attention with respect to query, keys and values; tokens that are not asked get 0. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, long[] settings, SDVariable... inputs) {
            super(sd, inputs);
            addIArgument(settings);
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
            INDArray query = forEach(inputs.get(1), inputs.get(0));
            INDArray dQuery = query.ulike();
            kernels.attentionBackward(
                    query,
                    asked(this, inputs.get(1)),
                    asked(this, inputs.get(2)),
                    null,
                    null,
                    null,
                    (int) iArgs()[0],
                    tokens(inputs.get(3)),
                    dQuery,
                    ofAsked(outputs.get(1), inputs.get(1)),
                    ofAsked(outputs.get(2), inputs.get(2)),
                    null,
                    null);
            if (outputs.get(0) != null) {
                kernels.layers().sumRows(rows(dQuery), outputs.get(0).reshape(query.size(2)));
            }
        }

        /** Where the gradient of the tokens that are asked goes. */
        private INDArray ofAsked(INDArray output, INDArray like) {
            INDArray gradient = output == null ? like.ulike() : output;
            return asked(this, gradient.assign(0));
        }
    }
}
