package io.github.finessl.op;

import io.github.finessl.kernel.ConvolutionKernels.Filter;
import io.github.finessl.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution with residual and activation: act(weight * x + bias + residual), act a ReLU or nothing.
 *
 * <p>x [B, H, W, in], weight [out, in, height, width] and result [B, H', W', out]. Everything gets a gradient that somebody
 * reads: weight and bias too.
 */
public final class Convolve extends KernelOp {

    /** Constructor for SameDiff alone. */
    public Convolve() {}

    private Convolve(SameDiff sd, Geometry geometry, boolean frozen, boolean residual, boolean relu, SDVariable... in) {
        super(sd, in);
        addIArgument(geometry.stride(), geometry.padding());
        addBArgument(frozen, residual, relu);
    }

    /** The stride of a convolution in both directions, and its padding with zeros on each side. */
    public record Geometry(int stride, int padding) {}

    /**
     * Adds the op to the graph of {@code x}.
     *
     * @param weight one that is a constant may be packed once
     * @param residual of the shape of the result
     */
    public static SDVariable of(
            String name,
            SDVariable x,
            SDVariable weight,
            SDVariable bias,
            Geometry geometry,
            Optional<SDVariable> residual,
            boolean relu) {
        List<SDVariable> inputs = new ArrayList<>(List.of(x, weight, bias));
        residual.ifPresent(inputs::add);
        return new Convolve(
                        x.getSameDiff(),
                        geometry,
                        weight.isConstant(),
                        residual.isPresent(),
                        relu,
                        inputs.toArray(SDVariable[]::new))
                .outputVariables(name)[0];
    }

    private static Filter filter(KernelOp op, List<INDArray> inputs) {
        return new Filter(inputs.get(1), inputs.get(2), (int) op.iArgs()[0], (int) op.iArgs()[1], op.bArgs()[0]);
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(filter(this, inputs).outputShape(inputs.get(0).shape()));
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.convolutions()
                .convolve(
                        inputs.get(0),
                        filter(this, inputs),
                        bArgs()[1] ? inputs.get(3) : null,
                        bArgs()[2],
                        outputs.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> inputs = new ArrayList<>(List.of(arg(0), arg(1), arg(2), gradients.get(0)));
        if (bArgs()[2]) {
            inputs.add(outputVariables()[0]);
        }
        List<SDVariable> computed = List.of(new Backward(sameDiff, this, inputs).outputVariables());
        return computed.subList(0, bArgs()[1] ? 4 : 3);
    }

    /**
     * The gradients of a convolution with respect to x, weight, bias and residual; inputs are x, weight, bias, the
     * result's gradient and, where there was a ReLU, the result.
     */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, Convolve forward, List<SDVariable> inputs) {
            super(sd, inputs.toArray(SDVariable[]::new));
            addIArgument(forward.iArgs());
            addBArgument(forward.bArgs());
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
            kernels.convolutions()
                    .convolveBackward(
                            inputs.get(3),
                            inputs.get(0),
                            filter(this, inputs),
                            inputs.size() > 4 ? inputs.get(4) : null,
                            outputs.get(0),
                            outputs.get(1),
                            outputs.get(2),
                            outputs.get(3));
        }
    }
}
