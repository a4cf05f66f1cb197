package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.op.CosineHead.Cosine;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The label-smoothed loss of the auxiliary head on detached features: Σ_j weight_j·CE(z_aux(f_j), e(y_j)), where
 * z_aux is a {@link CosineHead} of its own weights and scale and e the smoothed label.
 *
 * <p>The gradient reaches the head's weights and scale; to the features it is zero by construction, since the op has no
 * output for it (the ablation "auxiliary head not detached" is the one exception). Inputs: features [N, D], weights
 * [C, D], scale [1], targets [N] (int) or distributions [N, C], sample weights [N]; output: a scalar.
 */
public final class AuxiliaryLoss extends KernelOp {

    /** Constructor for SameDiff alone. */
    public AuxiliaryLoss() {}

    private AuxiliaryLoss(SameDiff sd, double onTarget, double offTarget, boolean detached, SDVariable... inputs) {
        super(sd, inputs);
        addTArgument(onTarget, offTarget);
        addBArgument(detached);
    }

    /**
     * Adds the loss to the graph of {@code features}.
     *
     * @param onTarget mass of a smoothed label on its class
     * @param offTarget mass on each other class
     * @param detached false lets the gradient through to the features
     */
    public static SDVariable of(
            String name,
            SDVariable features,
            SDVariable weight,
            SDVariable scale,
            SDVariable targets,
            SDVariable weights,
            double onTarget,
            double offTarget,
            boolean detached) {
        return new AuxiliaryLoss(
                        features.getSameDiff(),
                        onTarget,
                        offTarget,
                        detached,
                        features,
                        weight,
                        scale,
                        targets,
                        weights)
                .outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(new long[0]);
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        outputs.get(0).assign(arithmetic(this, inputs, cosine(inputs)).loss());
    }

    private static Cosine cosine(List<INDArray> inputs) {
        return Cosine.of(inputs.get(0), inputs.get(1));
    }

    private static MarginCrossEntropy arithmetic(KernelOp op, List<INDArray> inputs, Cosine cosine) {
        INDArray logits = cosine.similarity().mul(inputs.get(2).getDouble(0));
        double[] settings = op.tArgs();
        return new MarginCrossEntropy(logits, inputs.get(3), null, inputs.get(4), settings[0], settings[1]);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        boolean detached = bArguments.get(0);
        SDVariable[] d = new Backward(
                        sameDiff, tArgs(), detached, arg(0), arg(1), arg(2), arg(3), arg(4), gradients.get(0))
                .outputVariables();
        return List.of(detached ? noGradient(arg(0)) : d[2], d[0], d[1], noGradient(arg(3)), noGradient(arg(4)));
    }

    /**
     * The gradients of the auxiliary loss with respect to the head's weights, its scale and, unless detached, the
     * features.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, double[] settings, boolean detached, SDVariable... inputs) {
            super(sd, inputs);
            addTArgument(settings);
            addBArgument(detached);
        }

        @Override
        public int getNumOutputs() {
            return bArguments.get(0) ? 2 : 3;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            long[] weight = inputs.get(1).shape();
            long[] scale = inputs.get(2).shape();
            return bArguments.get(0)
                    ? List.of(weight, scale)
                    : List.of(weight, scale, inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            Cosine cosine = cosine(inputs);
            double scale = inputs.get(2).getDouble(0);
            INDArray dLogits = arithmetic(this, inputs, cosine)
                    .gradient(inputs.get(5).getDouble(0))
                    .castTo(inputs.get(0).dataType());
            write(outputs.get(0), () -> cosine.weightGradient(dLogits, scale));
            write(outputs.get(1), () -> cosine.scaleGradient(dLogits));
            if (outputs.size() > 2) {
                write(outputs.get(2), () -> cosine.featureGradient(dLogits, scale));
            }
        }
    }
}
