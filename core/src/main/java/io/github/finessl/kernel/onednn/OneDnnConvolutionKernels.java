package io.github.finessl.kernel.onednn;

import static io.github.finessl.kernel.onednn.Floats.address;
import static io.github.finessl.kernel.onednn.Floats.keepAlive;
import static io.github.finessl.kernel.onednn.Floats.on;

import io.github.finessl.kernel.ConvolutionKernels;
import io.github.finessl.kernel.onednn.OneDnnOps.Layout;
import org.bytedeco.dnnl.memory.data_type;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Convolutional networks on oneDNN, in f32: a task is an image or a few, or, of what works channel by channel, a piece of
 * the pixels. Sums over a batch are taken piece by piece, then over the pieces in their order, in double precision. One
 * call at a time.
 */
final class OneDnnConvolutionKernels implements ConvolutionKernels {

    private final Workers workers;
    private final OneDnn buffers;
    private final OneDnnConvolutions convolutions;
    private final OneDnnPooling pooling;
    private final OneDnnChannels channels;
    private final OneDnnTokens withMean;

    /** @param buffers of the thread that calls */
    OneDnnConvolutionKernels(Workers workers, OneDnn buffers) {
        this.workers = workers;
        this.buffers = buffers;
        BatchSums sums = new BatchSums(workers, buffers);
        convolutions = new OneDnnConvolutions(workers, sums);
        pooling = new OneDnnPooling(workers);
        channels = new OneDnnChannels(workers, sums);
        withMean = new OneDnnTokens(workers, sums);
    }

    @Override
    public synchronized void channelsLast(INDArray images, INDArray y) {
        INDArray dense = images.ordering() == 'c' && !images.isView() ? images : images.dup('c');
        long c = images.size(1);
        long h = images.size(2);
        long w = images.size(3);
        Layout from = new Layout(data_type.f32, 1, h, w, c, c * h * w, w, 1, h * w);
        Layout to = Layout.dense(data_type.f32, 1, h, w, c);
        long in = address(dense);
        long out = address(y);
        workers.run(
                (int) images.size(0),
                (tools, image) -> new OneDnnOps(tools.library())
                        .copy(from, on(in, image * c * h * w), to, on(out, image * c * h * w)));
        keepAlive(dense, y);
    }

    @Override
    public synchronized void convolve(INDArray x, Filter filter, INDArray residual, boolean relu, INDArray y) {
        convolutions.forward(x, filter, residual, relu, y);
    }

    @Override
    public synchronized void convolveBackward(
            INDArray dy,
            INDArray x,
            Filter filter,
            INDArray y,
            INDArray dx,
            INDArray dWeight,
            INDArray dBias,
            INDArray dResidual) {
        convolutions.backward(dy, x, filter, y, dx, dWeight, dBias, dResidual);
    }

    @Override
    public synchronized void averagePool(INDArray x, int side, INDArray y) {
        pooling.forward(x, side, y);
    }

    @Override
    public synchronized void averagePoolBackward(INDArray dy, int side, INDArray dx) {
        pooling.backward(dy, side, dx);
    }

    @Override
    public synchronized void channelStatistics(INDArray x, INDArray mean, INDArray variance) {
        channels.statistics(x, mean, variance);
    }

    @Override
    public synchronized void channelAffine(
            INDArray x, INDArray scale, INDArray shift, INDArray residual, boolean relu, INDArray y) {
        channels.affine(x, scale, shift, residual, relu, y);
    }

    @Override
    public synchronized void channelSums(
            INDArray dy, INDArray y, INDArray x, INDArray centre, INDArray sum, INDArray product) {
        channels.sums(dy, y, x, centre, sum, product);
    }

    @Override
    public synchronized void channelCombination(
            INDArray dy, INDArray y, INDArray x, INDArray a, INDArray b, INDArray c, INDArray dx) {
        channels.combination(dy, y, x, a, b, c, dx);
    }

    @Override
    public synchronized void tokensWithMean(INDArray x, INDArray positions, INDArray tokens) {
        withMean.forward(x, positions, tokens);
    }

    @Override
    public synchronized void tokensWithMeanBackward(INDArray dTokens, INDArray dx, INDArray dPositions) {
        withMean.backward(dTokens, dx, dPositions);
    }

    void close() {
        convolutions.close();
        buffers.close();
    }
}
