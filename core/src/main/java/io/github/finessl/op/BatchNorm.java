package io.github.finessl.op;

import io.github.finessl.kernel.ConvolutionKernels;
import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Batch normalisation with residual and activation: act(gain ⊙ (x − mean) / √(variance + ε) + bias + residual), act a
 * ReLU or nothing; x, residual and result [.., C].
 *
 * <p>A scalar {@code pass} says which mean and variance: 0 for the running ones, anything else for those of the batch
 * (biased), through which gradients flow. Two further outputs hold mean and unbiased variance of the batch, for the
 * running ones to follow; where pass is 0 they are the running ones.
 */
public final class BatchNorm extends KernelOp {
    private static final int RESIDUAL = 6;

    /** Constructor for SameDiff alone. */
    public BatchNorm() {}

    private BatchNorm(SameDiff sd, double epsilon, boolean relu, SDVariable... inputs) {
        super(sd, inputs);
        addTArgument(epsilon);
        addBArgument(relu);
    }

    /**
     * The parameters of a batch norm in a graph, [C] each.
     *
     * @param mean the running mean; {@code variance} likewise
     */
    public record Norm(SDVariable gain, SDVariable bias, SDVariable mean, SDVariable variance, double epsilon) {}

    /**
     * Adds the op to the graph of {@code x}.
     *
     * @return the result, the batch's mean and its unbiased variance
     */
    public static SDVariable[] of(
            String name, SDVariable x, Norm norm, SDVariable pass, Optional<SDVariable> residual, boolean relu) {
        List<SDVariable> inputs =
                new ArrayList<>(List.of(x, norm.gain(), norm.bias(), norm.mean(), norm.variance(), pass));
        residual.ifPresent(inputs::add);
        return new BatchNorm(x.getSameDiff(), norm.epsilon(), relu, inputs.toArray(SDVariable[]::new))
                .outputVariables(name);
    }

    @Override
    public int getNumOutputs() {
        return 3;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long[] channels = inputs.get(1).shape();
        return List.of(inputs.get(0).shape(), channels, channels);
    }

    private static long pixels(INDArray x) {
        return x.length() / x.size(-1);
    }

    /** 1 / √(variance + ε). */
    private static INDArray inverseDeviation(INDArray variance, double epsilon) {
        return Transforms.sqrt(variance.add(epsilon), false).rdivi(1);
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        INDArray x = inputs.get(0);
        boolean ofBatch = inputs.get(5).getLong(0) != 0;
        INDArray mean = ofBatch ? inputs.get(1).ulike() : inputs.get(3);
        INDArray variance = ofBatch ? inputs.get(1).ulike() : inputs.get(4);
        if (ofBatch) {
            kernels.convolutions().channelStatistics(x, mean, variance);
        }
        if (outputs.get(0) != null) {
            INDArray scale = inverseDeviation(variance, tArgs()[0]).muli(inputs.get(1));
            INDArray shift = inputs.get(2).sub(mean.mul(scale));
            kernels.convolutions()
                    .channelAffine(
                            x,
                            scale,
                            shift,
                            inputs.size() > RESIDUAL ? inputs.get(RESIDUAL) : null,
                            bArgs()[0],
                            outputs.get(0));
        }
        write(outputs.get(1), () -> mean);
        write(outputs.get(2), () -> ofBatch ? variance.mul(toUnbiased(x)) : variance);
    }

    private static double toUnbiased(INDArray x) {
        double n = pixels(x);
        return n / Math.max(1, n - 1);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable[] outputs = outputVariables();
        List<SDVariable> inputs =
                new ArrayList<>(List.of(arg(0), arg(1), arg(2), outputs[1], outputs[2], arg(5), gradients.get(0)));
        if (bArgs()[0]) {
            inputs.add(outputs[0]);
        }
        SDVariable[] computed = new Backward(sameDiff, tArgs()[0], inputs).outputVariables();
        List<SDVariable> result = new ArrayList<>(List.of(computed).subList(0, 3));
        for (int i = 3; i < RESIDUAL; i++) {
            result.add(noGradient(arg(i)));
        }
        if (args().length > RESIDUAL) {
            result.add(computed[3]);
        }
        return result;
    }

    /**
     * The gradients of batch normalisation with respect to x, gain, bias and residual; inputs are x, gain, bias, the
     * op's further outputs, pass, the result's gradient and, where there was a ReLU, the result.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, double epsilon, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addTArgument(epsilon);
        }

        @Override
        public int getNumOutputs() {
            return 4;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            long[] x = inputs.get(0).shape();
            long[] channels = inputs.get(1).shape();
            return List.of(x, channels, channels, x);
        }

        /**
         * Computes the gradients with x̂ = (x − mean)/σ: dgain = Σ dz ⊙ x̂, dbias = Σ dz, and dx = gain/σ ⊙ (dz − dbias/n − x̂ ⊙ dgain/n) over n
         * pixels of a batch, or dx = gain/σ ⊙ dz with running statistics.
         */
        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            ConvolutionKernels k = kernels.convolutions();
            INDArray x = inputs.get(0);
            INDArray dy = inputs.get(RESIDUAL);
            INDArray y = inputs.size() > RESIDUAL + 1 ? inputs.get(RESIDUAL + 1) : null;
            if (outputs.get(3) != null) {
                k.channelCombination(dy, y, null, null, null, null, outputs.get(3));
                dy = outputs.get(3);
                y = null;
            }
            boolean ofBatch = inputs.get(5).getLong(0) != 0;
            INDArray mean = inputs.get(3);
            INDArray variance = ofBatch ? inputs.get(4).div(toUnbiased(x)) : inputs.get(4);
            INDArray inverse = inverseDeviation(variance, tArgs()[0]);
            INDArray a = inverse.mul(inputs.get(1));
            boolean throughStatistics = ofBatch && outputs.get(0) != null;
            if (outputs.get(0) != null && !ofBatch) {
                k.channelCombination(dy, y, null, a, null, null, outputs.get(0));
            }
            if (throughStatistics || outputs.get(1) != null || outputs.get(2) != null) {
                INDArray dBias = a.ulike();
                INDArray dGain = a.ulike();
                k.channelSums(dy, y, x, mean, dBias, dGain);
                dGain.muli(inverse);
                if (throughStatistics) {
                    double n = pixels(x);
                    INDArray b = a.mul(dGain).muli(inverse).divi(-n);
                    INDArray c = b.mul(mean).addi(a.mul(dBias).divi(n)).negi();
                    k.channelCombination(dy, y, x, a, b, c, outputs.get(0));
                }
                write(outputs.get(1), () -> dGain);
                write(outputs.get(2), () -> dBias);
            }
        }
    }
}
