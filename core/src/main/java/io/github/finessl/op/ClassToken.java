package io.github.finessl.op;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An op that picks the first token of each image: [B, T, D] to [B, D]. */
public final class ClassToken extends KernelOp {

    /** Constructor for SameDiff alone. */
    public ClassToken() {}

    private ClassToken(SameDiff sd, SDVariable tokens) {
        super(sd, tokens);
    }

    /** Adds the op to the graph of {@code tokens}. */
    public static SDVariable of(String name, SDVariable tokens) {
        return new ClassToken(tokens.getSameDiff(), tokens).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(new long[] {inputs.get(0).size(0), inputs.get(0).size(2)});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        outputs.get(0).assign(inputs.get(0).get(all(), point(0), all()));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new Backward(sameDiff, arg(0), gradients.get(0)).outputVariables()[0]);
    }

    /** The gradient of picking the first token: the result's in that token's place, zero in the others. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, SDVariable tokens, SDVariable gradient) {
            super(sd, tokens, gradient);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            INDArray tokens = outputs.get(0);
            tokens.assign(0);
            tokens.get(all(), point(0), all()).assign(inputs.get(1));
        }
    }
}
