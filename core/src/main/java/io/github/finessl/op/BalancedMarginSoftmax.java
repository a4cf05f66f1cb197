package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The balanced margin softmax loss: Σ_j weight_j·BMS(z_j, y_j) with
 *
 * <pre>  BMS(z, y) = -log e^{z_y} / (e^{z_y} + Σ_{k≠y} e^{z_k + m(y)})  </pre>
 *
 * <p>Inputs: logits z [N, C], targets y [N] (int), margins m [C], sample weights [N]; output: a scalar. Zero margins
 * make it weighted cross-entropy. {@link MarginCrossEntropy} is the arithmetic. Targets may be smoothed (the ablation "label smoothing on the main head"), or be
 * distributions [N, C], which take no margin.
 */
public final class BalancedMarginSoftmax extends KernelOp {

    /** Constructor for SameDiff alone. */
    public BalancedMarginSoftmax() {}

    private BalancedMarginSoftmax(SameDiff sd, double onTarget, double offTarget, SDVariable... inputs) {
        super(sd, inputs);
        addTArgument(onTarget, offTarget);
    }

    /** Adds the loss with hard labels to the graph of {@code logits}. */
    public static SDVariable of(
            String name, SDVariable logits, SDVariable targets, SDVariable margin, SDVariable weights) {
        return of(name, logits, targets, margin, weights, 1, 0);
    }

    /**
     * Adds the loss with smoothed labels to the graph of {@code logits}.
     *
     * @param onTarget mass of a label on its class, 1 for hard labels
     * @param offTarget mass on each other class
     */
    public static SDVariable of(
            String name,
            SDVariable logits,
            SDVariable targets,
            SDVariable margin,
            SDVariable weights,
            double onTarget,
            double offTarget) {
        return new BalancedMarginSoftmax(logits.getSameDiff(), onTarget, offTarget, logits, targets, margin, weights)
                .outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(new long[0]);
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        outputs.get(0).assign(arithmetic(this, inputs).loss());
    }

    private static MarginCrossEntropy arithmetic(KernelOp op, List<INDArray> inputs) {
        double[] settings = op.tArgs();
        return new MarginCrossEntropy(
                inputs.get(0), inputs.get(1), inputs.get(2), inputs.get(3), settings[0], settings[1]);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable dLogits =
                new Backward(sameDiff, tArgs(), arg(0), arg(1), arg(2), arg(3), gradients.get(0)).outputVariables()[0];
        return List.of(dLogits, noGradient(arg(1)), noGradient(arg(2)), noGradient(arg(3)));
    }

    /** The gradient of the balanced margin softmax loss with respect to the logits. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, double[] settings, SDVariable... inputs) {
            super(sd, inputs);
            addTArgument(settings);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            outputs.get(0)
                    .assign(arithmetic(this, inputs).gradient(inputs.get(4).getDouble(0)));
        }
    }
}
