package io.github.finessl.encoder;

/** How the tokens that leave the last block become one feature vector. */
public sealed interface Pooling {

    /** norm(class token). */
    record ClassToken() implements Pooling {}

    /**
     * norm(mean of the tokens from number {@code first} to the last): timm's {@code global_pool="avg"} with an
     * {@code fc_norm}.
     */
    record MeanThenNorm(int first) implements Pooling {}

    /** Mean of norm(token) over the tokens from number {@code first} to the last. */
    record NormThenMean(int first) implements Pooling {}
}
