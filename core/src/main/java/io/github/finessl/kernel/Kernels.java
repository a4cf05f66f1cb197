package io.github.finessl.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The arithmetic below the custom SameDiff ops.
 *
 * <p>Every method writes into arrays that the caller owns; inputs may be strided views whose last dimension is
 * contiguous, outputs likewise. Shapes: B images, T tokens an image, P prompts, D width, n = rows. Weights are frozen:
 * an implementation may pack a weight once and keep it until {@link #close()}, keyed by its memory, so the caller keeps
 * weights alive and unchanged for as long. Argument marked "or null" are optional.
 */
public interface Kernels extends AutoCloseable {

    /** A name for logs and run records, for example {@code nd4j-f32}. */
    String name();

    /**
     * y = act(x·W + b) + residual.
     *
     * @param x [n, in]
     * @param weight [in, out]; a range of columns of a larger matrix is allowed
     * @param bias [out], or null
     * @param activation applied before the residual is added
     * @param residual [n, out], or null
     * @param preActivation [n, out], receives x·W + b for the backward pass; null where it is not kept
     * @param y [n, out]
     */
    void linear(
            INDArray x,
            INDArray weight,
            INDArray bias,
            Activation activation,
            INDArray residual,
            INDArray preActivation,
            INDArray y);

    /**
     * dx = (dy ⊙ act'(preActivation))·Wᵀ: the gradient with respect to x alone, the weight being frozen.
     *
     * @param dy [n, out], left unchanged
     * @param weight [in, out]
     * @param preActivation [n, out] as {@link #linear} kept it; null where the activation is the identity
     * @param dx [n, in]
     */
    void linearBackward(INDArray dy, INDArray weight, Activation activation, INDArray preActivation, INDArray dx);

    /**
     * y = act(x·W₁ + b₁)·W₂ + b₂ + residual: two linear layers in one, so that the wide array between them need not
     * leave the cache.
     *
     * @param x [n, in]
     * @param weight1 [in, hidden]
     * @param bias1 [hidden], or null
     * @param weight2 [hidden, out]
     * @param bias2 [out], or null
     * @param residual [n, out], or null
     * @param preActivation [n, hidden], receives x·W₁ + b₁ for the backward pass; null where it is not kept
     * @param y [n, out]
     */
    default void mlp(
            INDArray x,
            INDArray weight1,
            INDArray bias1,
            Activation activation,
            INDArray weight2,
            INDArray bias2,
            INDArray residual,
            INDArray preActivation,
            INDArray y) {
        INDArray hidden = Nd4j.createUninitialized(x.dataType(), x.size(0), weight1.size(1));
        linear(x, weight1, bias1, activation, null, preActivation, hidden);
        linear(hidden, weight2, bias2, Activation.IDENTITY, residual, null, y);
        if (hidden.closeable()) {
            hidden.close();
        }
    }

    /**
     * dx = ((dy·W₂ᵀ) ⊙ act'(preActivation))·W₁ᵀ: the gradient of {@link #mlp} with respect to x alone, the residual
     * left aside.
     *
     * @param dy [n, out], left unchanged
     * @param weight1 [in, hidden]
     * @param weight2 [hidden, out]
     * @param preActivation [n, hidden] as {@link #mlp} kept it
     * @param dx [n, in]
     */
    default void mlpBackward(
            INDArray dy,
            INDArray weight1,
            INDArray weight2,
            Activation activation,
            INDArray preActivation,
            INDArray dx) {
        INDArray dHidden = Nd4j.createUninitialized(dy.dataType(), dy.size(0), weight1.size(1));
        linearBackward(dy, weight2, Activation.IDENTITY, null, dHidden);
        linearBackward(dHidden, weight1, activation, preActivation, dx);
        if (dHidden.closeable()) {
            dHidden.close();
        }
    }

    /** y = gain ⊙ (x - mean) / √(variance + ε) + bias over the last dimension; x, y [n, D], gain, bias [D]. */
    void layerNorm(INDArray x, INDArray gain, INDArray bias, double epsilon, INDArray y);

    /** The gradient of {@link #layerNorm} with respect to x alone; x, dy, dx [n, D]. */
    void layerNormBackward(INDArray x, INDArray gain, double epsilon, INDArray dy, INDArray dx);

    /**
     * Multi-head attention over image tokens and prompt keys and values:
     * softmax(q·[k; pk]ᵀ/√(D/heads))·[v; pv] for each head.
     *
     * @param q [B, Tq, D]; Tq is T, or 1 in the last block, where only the class token asks
     * @param k [B, T, D]
     * @param v [B, T, D]
     * @param promptK [P, D], shared by all images, or null without prompts
     * @param promptV [P, D], or null
     * @param out [B, Tq, D]
     * @param logSumExp [B, heads, Tq], receives the log of each softmax's denominator; null where it is not kept
     */
    void attention(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray promptK,
            INDArray promptV,
            int heads,
            INDArray out,
            INDArray logSumExp);

    /**
     * The gradients of {@link #attention}. Gradients of prompts are sums over the batch.
     *
     * @param out [B, Tq, D] and {@code logSumExp} [B, heads, Tq] as {@link #attention} wrote them
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
            int heads,
            INDArray out,
            INDArray logSumExp,
            INDArray dOut,
            INDArray dq,
            INDArray dk,
            INDArray dv,
            INDArray dPromptK,
            INDArray dPromptV);

    /** Releases packed weights and buffers. */
    @Override
    void close();
}
