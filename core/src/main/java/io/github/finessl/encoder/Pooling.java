package io.github.finessl.encoder;

import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The pooling of the tokens that leave the last block into one feature vector. Where it speaks of a norm, it is the
 * encoder's final norm, if there is one.
 */
public sealed interface Pooling {

    /** Pooling by the class token: norm(class token). */
    record ClassToken() implements Pooling {}

    /**
     * Pooling by a mean before the norm: norm(mean of the tokens from number {@code first} to the last), timm's {@code
     * global_pool="avg"} with an {@code fc_norm}.
     */
    record MeanThenNorm(int first) implements Pooling {}

    /**
     * Pooling by a mean after the norm: the mean of norm(token) over the tokens from number {@code first} to the last.
     */
    record NormThenMean(int first) implements Pooling {}

    /**
     * Pooling by a constant query that attends to norm(token) from number {@code first} to the last (SigLIP, AIMv2,
     * timm's {@code AttentionPoolLatent}, open_clip's {@code AttentionalPooler}): y = out(attention(query, k, v)), then y
     * + mlp(norm y), where the file has it. E is its width, often D.
     *
     * @param heads of this attention, E/heads wide
     * @param query [E] as it meets the keys: projected, normed if the file norms it, not yet divided by √(E/heads)
     * @param kv [D, 2·E], columns in the order k, v, each grouped by head
     * @param keyNorm of the keys, E/heads or E wide, as in {@link VisionTransformer.QueryKey}
     * @param out [E, F], F being the encoder's feature width
     * @param residual what follows on that one token
     */
    record Attention(
            int first,
            int heads,
            INDArray query,
            Linear kv,
            Optional<LayerNorm> keyNorm,
            Linear out,
            Optional<ResidualMlp> residual)
            implements Pooling {}

    /** A residual MLP on one token: y + mlp(norm y). */
    record ResidualMlp(LayerNorm norm, Mlp mlp) {}
}
