package io.github.finessl.op;

import io.github.finessl.kernel.ConvolutionKernels;
import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A scale and a shift of each channel with residual and activation: act(scale ⊙ x + shift + residual), act a ReLU or
 * nothing; x, residual and result [.., C], scale and shift [C]. All get gradients.
 */
public final class ChannelAffine extends KernelOp {

    /** Constructor for SameDiff alone. */
    public ChannelAffine() {}

    private ChannelAffine(SameDiff sd, boolean relu, SDVariable... inputs) {
        super(sd, inputs);
        addBArgument(relu);
    }

    /** Adds the op to the graph of {@code x}. */
    public static SDVariable of(
            String name,
            SDVariable x,
            SDVariable scale,
            SDVariable shift,
            Optional<SDVariable> residual,
            boolean relu) {
        List<SDVariable> inputs = new ArrayList<>(List.of(x, scale, shift));
        residual.ifPresent(inputs::add);
        return new ChannelAffine(x.getSameDiff(), relu, inputs.toArray(SDVariable[]::new)).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.convolutions()
                .channelAffine(
                        inputs.get(0),
                        inputs.get(1),
                        inputs.get(2),
                        inputs.size() > 3 ? inputs.get(3) : null,
                        bArgs()[0],
                        outputs.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> inputs = new ArrayList<>(List.of(arg(0), arg(1), arg(2), gradients.get(0)));
        if (bArgs()[0]) {
            inputs.add(outputVariables()[0]);
        }
        List<SDVariable> computed = List.of(new Backward(sameDiff, inputs).outputVariables());
        return computed.subList(0, args().length);
    }

    /**
     * The gradients of a channel-wise scale and shift with respect to x, scale, shift and residual; inputs are x,
     * scale, shift, the result's gradient and, where there was a ReLU, the result.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
        }

        @Override
        public int getNumOutputs() {
            return 4;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return inputs.subList(0, 4).stream().map(INDArray::shape).toList();
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            ConvolutionKernels k = kernels.convolutions();
            INDArray scale = inputs.get(1);
            INDArray dy = inputs.get(3);
            INDArray y = inputs.size() > 4 ? inputs.get(4) : null;
            if (outputs.get(3) != null) {
                k.channelCombination(dy, y, null, null, null, null, outputs.get(3));
                dy = outputs.get(3);
                y = null;
            }
            if (outputs.get(0) != null) {
                k.channelCombination(dy, y, null, scale, null, null, outputs.get(0));
            }
            if (outputs.get(1) != null || outputs.get(2) != null) {
                INDArray sum = scale.ulike();
                INDArray product = scale.ulike();
                k.channelSums(dy, y, inputs.get(0), scale.like(), sum, product);
                write(outputs.get(1), () -> product);
                write(outputs.get(2), () -> sum);
            }
        }
    }
}
