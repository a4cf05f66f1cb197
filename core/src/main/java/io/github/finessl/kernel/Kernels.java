package io.github.finessl.kernel;

import java.util.List;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The kernels: the arithmetic below the custom SameDiff ops.
 *
 * <p>Every method writes into arrays that the caller owns; inputs may be strided views whose last dimension is
 * contiguous, outputs are dense but for those of attention. Shapes: B images, T tokens an image, P prompts, D width, n =
 * rows. An implementation may pack a frozen weight once and keep it until {@link #close()}, keyed by its memory, so the
 * caller keeps frozen weights alive and unchanged for as long; a trained one stays the same from one {@link #newPass()} to
 * the next.
 */
public interface Kernels extends AutoCloseable {

    /** A name for logs and run records, for example {@code nd4j}. */
    String name();

    /** The kernels of single layers and of gradients of parameters, on the same threads. */
    LayerKernels layers();

    /**
     * Does the work of a pass over a graph, in which ND4J computes between these kernels what they do not: on the calling
     * thread alone, where they have threads of their own.
     */
    <T> T pass(Supplier<T> work);

    /** Tells the kernels that trained weights have changed, before the next pass over a graph. */
    void newPass();

    /** Releases packed copies of trained weights, which nobody will use again. */
    void forgetTrained();

    /**
     * Linear layers behind one norm: yᵢ = norm(x)·Wᵢ + bᵢ + residual.
     *
     * @param x [n, in]
     * @param norm applied to x first; or null
     * @param maps one or more, for example q, k and v of a block, which share the normalised x
     * @param residual [n, out], or null; for a single map only
     * @param ys [n, out] each
     */
    void linear(INDArray x, Norm norm, List<Affine> maps, INDArray residual, List<INDArray> ys);

    /**
     * The gradient of {@link #linear} with respect to x alone, the residual left aside: dx = norm'(x)·Σ dyᵢ·Wᵢᵀ.
     *
     * @param dys [n, out] each
     * @param x [n, in], read where there is a norm
     * @param dx [n, in]
     */
    void linearBackward(List<INDArray> dys, List<Affine> maps, INDArray x, Norm norm, INDArray dx);

    /**
     * The first half of a block: y = x + out(attention(q(norm(x)), k(norm(x)), v(norm(x)))).
     *
     * @param x [B, T, D]
     * @param qkv three maps [D, D]
     * @param out [D, D]
     * @param promptK [P, D], or null without prompts
     * @param promptV [P, D], or null
     * @param kept q, k and v [B, T, D] for {@link #attentionHalfBackward}; null where they are not kept
     * @param y [B, T, D]
     */
    void attentionHalf(
            INDArray x,
            Norm norm,
            List<Affine> qkv,
            Affine out,
            INDArray promptK,
            INDArray promptV,
            int heads,
            List<INDArray> kept,
            INDArray y);

    /**
     * The gradients of {@link #attentionHalf} with respect to x, the residual included, and to the prompts.
     *
     * @param dy [B, T, D], left unchanged
     * @param kept as {@link #attentionHalf} wrote them
     * @param dx [B, T, D]; null where nothing trainable lies below the tokens
     * @param dPromptK [P, D], or null without prompts
     * @param dPromptV [P, D], or null without prompts
     */
    void attentionHalfBackward(
            INDArray dy,
            INDArray x,
            Norm norm,
            List<Affine> qkv,
            Affine out,
            INDArray promptK,
            INDArray promptV,
            int heads,
            List<INDArray> kept,
            INDArray dx,
            INDArray dPromptK,
            INDArray dPromptV);

    /**
     * The second half of a block: y = act(norm(x)·W₁ + b₁)·W₂ + b₂, plus x where {@code residual}.
     *
     * @param x [n, D]
     * @param first [D, hidden]
     * @param second [hidden, D]
     * @param kept [n, hidden], receives what {@link #mlpBackward} of the same kernels reads for the same n rows, the
     *     pre-activation in a form of their own (bf16 kernels round it); null where it is not kept
     * @param y [n, D]
     */
    void mlp(
            INDArray x,
            Norm norm,
            Affine first,
            Activation activation,
            Affine second,
            boolean residual,
            INDArray kept,
            INDArray y);

    /**
     * The gradient of {@link #mlp} with respect to x alone, that of the residual included.
     *
     * @param dy [n, D], left unchanged
     * @param kept [n, hidden] as {@link #mlp} wrote it
     * @param dx [n, D]
     */
    void mlpBackward(
            INDArray dy,
            INDArray x,
            Norm norm,
            Affine first,
            Activation activation,
            Affine second,
            boolean residual,
            INDArray kept,
            INDArray dx);

    /** Layer normalisation: y = norm(x); x, y [n, D]. */
    void layerNorm(INDArray x, Norm norm, INDArray y);

    /** The gradient of {@link #layerNorm} with respect to x alone; x, dy, dx [n, D]. */
    void layerNormBackward(INDArray x, Norm norm, INDArray dy, INDArray dx);

    /**
     * Multi-head attention over image tokens and prompt keys and values:
     * softmax(q·[k; pk]ᵀ/√(D/heads) + bias)·[v; pv] for each head.
     *
     * @param q [B, Tq, D]; Tq is T, or 1 in the last block, where only the class token asks
     * @param k [B, T, D]
     * @param v [B, T, D]
     * @param promptK [P, D], shared by all images, or null without prompts
     * @param promptV [P, D], or null
     * @param bias [heads, Tq, T + P] or [1, Tq, T + P], or null for none
     * @param out [B, Tq, D]
     */
    void attention(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray promptK,
            INDArray promptV,
            INDArray bias,
            int heads,
            INDArray out);

    /**
     * The gradients of {@link #attention}. Gradients of prompts are sums over the batch.
     *
     * @param dOut [B, Tq, D]
     * @param dq [B, Tq, D], overwritten like the others; dq, dk and dv are null together where nothing trainable lies
     *     below the tokens (the first block), and then only the prompts' gradients are computed
     * @param dPromptK [P, D], or null without prompts
     * @param dPromptV [P, D], or null without prompts
     */
    void attentionBackward(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray promptK,
            INDArray promptV,
            INDArray bias,
            int heads,
            INDArray dOut,
            INDArray dq,
            INDArray dk,
            INDArray dv,
            INDArray dPromptK,
            INDArray dPromptV);

    /**
     * Embeds images as tokens: [class token + its position; registers; patches·W + b + their positions].
     *
     * @param images [B, C, H, W]
     * @param map [C·patchHeight·patchWidth, D]; a patch is its channels' rows one after the other
     * @param classToken [D], or null for none
     * @param registers [R, D], or null for none
     * @param positions of class token and patches, [1 + patches, D], or [patches, D] without a class token
     * @param tokens [B, 1 + R + patches, D], or one fewer without a class token
     */
    void embedPatches(
            INDArray images,
            int patchHeight,
            int patchWidth,
            Affine map,
            INDArray classToken,
            INDArray registers,
            INDArray positions,
            INDArray tokens);

    /** The kernels of convolutional networks, on the same threads; closed with these. */
    ConvolutionKernels convolutions();

    /** Releases packed weights and buffers. */
    @Override
    void close();
}
