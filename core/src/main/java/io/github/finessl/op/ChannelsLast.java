package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An op that converts images [B, C, H, W] to a feature map [B, H, W, C]; nothing trainable lies below, so there is no
 * gradient.
 */
public final class ChannelsLast extends KernelOp {

    /** Constructor for SameDiff alone. */
    public ChannelsLast() {}

    private ChannelsLast(SameDiff sd, SDVariable images) {
        super(sd, images);
    }

    /** Adds the op to the graph of {@code images}. */
    public static SDVariable of(String name, SDVariable images) {
        return new ChannelsLast(images.getSameDiff(), images).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long[] x = inputs.get(0).shape();
        return List.of(new long[] {x[0], x[2], x[3], x[1]});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        kernels.convolutions().channelsLast(inputs.get(0), outputs.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(noGradient(arg(0)));
    }
}
