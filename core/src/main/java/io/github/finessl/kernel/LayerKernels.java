package io.github.finessl.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The kernels of single layers between products, and of gradients of parameters: the parts of a block where something
 * inside of its halves is trained. As in {@link Kernels}, the caller owns all arrays, and outputs are dense but where
 * said otherwise.
 */
public interface LayerKernels {

    /**
     * The gradient of a weight: dW = xᵀ·dy.
     *
     * @param x [n, in]
     * @param dy [n, out]
     * @param dWeight [in, out]; a range of columns of a larger matrix is allowed
     */
    void weightGradient(INDArray x, INDArray dy, INDArray dWeight);

    /**
     * The gradient of a bias: the sum of all rows.
     *
     * @param x [n, width]
     * @param sum [width]
     */
    void sumRows(INDArray x, INDArray sum);

    /**
     * The gradient of a scale: the sum over rows of x ⊙ dy.
     *
     * @param x [n, width]; {@code dy} likewise
     * @param dScale [width]
     */
    void scaleGradient(INDArray x, INDArray dy, INDArray dScale);

    /**
     * The gradient of a layer norm's gain: the sum over rows of normalised x ⊙ dy.
     *
     * @param x [n, width]; {@code dy} likewise
     * @param norm of which only epsilon counts, and whether it is centred
     * @param dGain [width]
     */
    void gainGradient(INDArray x, Norm norm, INDArray dy, INDArray dGain);

    /** Applies an activation: y = act(x); x, y [n, width]. */
    void activate(Activation activation, INDArray x, INDArray y);

    /** The gradient of {@link #activate}: dx = dy ⊙ act'(x); all [n, width]. */
    void activateBackward(Activation activation, INDArray x, INDArray dy, INDArray dx);

    /**
     * Gates values: y = act(gate) ⊙ value.
     *
     * @param x [n, 2·width], the columns of the gate, then those of the value
     * @param y [n, width]
     */
    void gate(Activation activation, INDArray x, INDArray y);

    /** The gradient of {@link #gate}; x, dx [n, 2·width], dy [n, width]. */
    void gateBackward(Activation activation, INDArray x, INDArray dy, INDArray dx);

    /**
     * Rotates queries or keys by their tokens' places: entries i and i + w of a head 2·w wide, (a, b), become (a·cos - b·sin,
     * b·cos + a·sin). Tokens behind the first T stay as they are.
     *
     * @param x [B, T or more, heads·2·w]
     * @param cos [heads, T, w] or [1, T, w]; {@code sin} likewise
     * @param back whether to turn the other way, which is the gradient
     * @param y of the shape of x
     */
    void rotate(INDArray x, INDArray cos, INDArray sin, int heads, boolean back, INDArray y);

    /**
     * Scales and shifts features: y = x ⊙ scale + shift.
     *
     * @param x [n, width]; {@code y} likewise
     * @param scale [width]
     * @param shift [width], or null for none
     */
    void scaleShift(INDArray x, INDArray scale, INDArray shift, INDArray y);

    /**
     * The gradient of {@link Kernels#embedPatches} with respect to its map's weight.
     *
     * @param images [B, C, H, W]
     * @param dPatches [B·patches, D], those of each image in order
     * @param dWeight [C·patchHeight·patchWidth, D]
     */
    void patchGradient(INDArray images, int patchHeight, int patchWidth, INDArray dPatches, INDArray dWeight);
}
