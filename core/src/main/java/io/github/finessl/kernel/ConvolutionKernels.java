package io.github.finessl.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arithmetic of convolutional networks.
 *
 * <p>Feature maps are [B, H, W, C], channels last: a pixel is a row, like a token of a transformer. All arrays are dense
 * and c-ordered; the caller owns them, outputs are overwritten, and gradients that nobody reads are null and are not
 * computed. Fast kernels compute in f32 throughout, those that otherwise multiply bf16 too.
 */
public interface ConvolutionKernels {

    /**
     * A convolution's weights.
     *
     * @param weight [out, in, height, width]
     * @param bias [out], or null
     * @param stride in both directions
     * @param padding zeros on each side
     * @param frozen whether the weight never changes, so that it may be packed once; one that is trained changes in
     *     place between calls
     */
    record Filter(INDArray weight, INDArray bias, int stride, int padding, boolean frozen) {

        /** The number of output channels. */
        public long out() {
            return weight.size(0);
        }

        /** The number of input channels. */
        public long in() {
            return weight.size(1);
        }

        public long height() {
            return weight.size(2);
        }

        public long width() {
            return weight.size(3);
        }

        /** The shape [B, H', W', out] of the result for a feature map [B, H, W, in]. */
        public long[] outputShape(long[] x) {
            return new long[] {
                x[0], (x[1] + 2L * padding - height()) / stride + 1, (x[2] + 2L * padding - width()) / stride + 1, out()
            };
        }
    }

    /** Converts images [B, C, H, W] to a feature map [B, H, W, C]. */
    void channelsLast(INDArray images, INDArray y);

    /**
     * Convolves: y = act(weight * x + bias + residual), where act is a ReLU or nothing.
     *
     * @param x [B, H, W, in]
     * @param residual of the shape of y, or null
     * @param y [B, H', W', out]
     */
    void convolve(INDArray x, Filter filter, INDArray residual, boolean relu, INDArray y);

    /**
     * The gradients of {@link #convolve}.
     *
     * @param y the result where there was a ReLU, otherwise null
     * @param dx of the shape of x, or null
     * @param dWeight of the shape of the weight, or null
     * @param dBias [out], or null
     * @param dResidual of the shape of y, or null
     */
    void convolveBackward(
            INDArray dy,
            INDArray x,
            Filter filter,
            INDArray y,
            INDArray dx,
            INDArray dWeight,
            INDArray dBias,
            INDArray dResidual);

    /** Average pooling over squares of {@code side} pixels side by side: [B, H, W, C] to [B, H / side, W / side, C]. */
    void averagePool(INDArray x, int side, INDArray y);

    /** The gradient of {@link #averagePool}. */
    void averagePoolBackward(INDArray dy, int side, INDArray dx);

    /**
     * The mean and the biased variance of each channel over all pixels of all images.
     *
     * @param x [.., C]
     * @param mean [C]; {@code variance} likewise
     */
    void channelStatistics(INDArray x, INDArray mean, INDArray variance);

    /**
     * Scales and shifts each channel: y = act(scale ⊙ x + shift + residual), where act is a ReLU or nothing.
     *
     * @param x [.., C]; residual and y likewise
     * @param scale [C]; {@code shift} likewise
     * @param residual may be null
     */
    void channelAffine(INDArray x, INDArray scale, INDArray shift, INDArray residual, boolean relu, INDArray y);

    /**
     * The sums over all pixels that a norm's gradient needs: Σ dz and Σ dz ⊙ (x − centre), where dz is dy or, where
     * there was a ReLU, the part of dy that passes back through it.
     *
     * @param y the result of the ReLU, or null
     * @param x [.., C]
     * @param centre [C]
     * @param sum [C]; {@code product} likewise
     */
    void channelSums(INDArray dy, INDArray y, INDArray x, INDArray centre, INDArray sum, INDArray product);

    /**
     * Combines gradient and input of each channel: dx = a ⊙ dz + b ⊙ x + c, with dz as in {@link #channelSums}.
     *
     * @param a [C], or null for 1
     * @param b [C], or null for 0, and then x and c are null too
     */
    void channelCombination(INDArray dy, INDArray y, INDArray x, INDArray a, INDArray b, INDArray c, INDArray dx);

    /**
     * The tokens of attention pooling: an image's pixels behind the mean over them, plus positions.
     *
     * @param x [B, H, W, C]
     * @param positions [1 + H·W, C]
     * @param tokens [B, 1 + H·W, C]
     */
    void tokensWithMean(INDArray x, INDArray positions, INDArray tokens);

    /**
     * The gradients of {@link #tokensWithMean}.
     *
     * @param dx [B, H, W, C], or null
     * @param dPositions [1 + H·W, C], or null
     */
    void tokensWithMeanBackward(INDArray dTokens, INDArray dx, INDArray dPositions);
}
