package io.github.finessl.encoder;

/** The pooling of the tokens that leave the last block into one feature vector. */
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
}
