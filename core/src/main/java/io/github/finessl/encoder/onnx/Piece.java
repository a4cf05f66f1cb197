package io.github.finessl.encoder.onnx;

import java.util.Optional;

/**
 * Something that the network computes, in one canonical order whatever layout the file computes it in. Pieces are equal
 * only to themselves.
 */
final class Piece {

    private final Origin origin;
    private final long[] shape;

    Piece(Origin origin, long... shape) {
        this.origin = origin;
        this.shape = shape;
    }

    Origin origin() {
        return origin;
    }

    /** [batch, tokens, width], a feature map being [batch, pixels, channels]; but [batch, 3, height, width] for the image, [batch, heads, tokens, tokens] for scores. */
    long[] shape() {
        return shape.clone();
    }

    long width() {
        return shape[shape.length - 1];
    }

    /** Something computed row by row from this. */
    Piece derive(Origin from, long width) {
        long[] derived = shape();
        derived[derived.length - 1] = width;
        return new Piece(from, derived);
    }

    boolean isImage() {
        return origin instanceof Image || origin instanceof Rescaled;
    }

    /** The layer that computes a piece, and its inputs. */
    sealed interface Origin {}

    /** The graph's input. */
    record Image() implements Origin {}

    /**
     * The image with each channel's pixels times a number plus another: scale [3], shift [3].
     *
     * @param low least value of the image itself that is not cut off
     * @param high greatest one
     */
    record Rescaled(Piece image, Constant scale, Constant shift, double low, double high) implements Origin {}

    /** A convolution whose stride is its kernel: weight [D, 3, patchHeight, patchWidth], bias [D]. */
    record Patches(Piece image, Constant weight, Optional<Constant> bias) implements Origin {}

    /** Tokens [P, D] put in front of the patches, and positions [P + patches, D] added to all. */
    record Tokens(Piece patches, Constant prefix, Constant positions) implements Origin {}

    /** The mean of the tokens from number {@code first} to the last, as one token. */
    record Mean(Piece tokens, int first) implements Origin {}

    /** A linear layer: weight [in, out], bias [out]; {@code scaled} if a gain for each output is part of both (LayerScale). */
    record Linear(Piece input, Constant weight, Optional<Constant> bias, boolean scaled) implements Origin {

        Linear(Piece input, Constant weight, Optional<Constant> bias) {
            this(input, weight, bias, false);
        }
    }

    /** A convolution of a feature map or the image: weight [D, in, height, width], bias [D], zeros around the input. */
    record Convolved(Piece input, Constant weight, Optional<Constant> bias, int stride, int padding)
            implements Origin {}

    /** gain ⊙ (input − mean) / √(variance + ε) + bias of each channel. */
    record BatchNormed(Piece input, Constant gain, Constant bias, Constant mean, Constant variance, double epsilon)
            implements Origin {}

    /** Averages over squares of pixels side by side. */
    record AveragePooled(Piece input, int side) implements Origin {}

    /** The mean over all tokens in front of them, and positions [1 + tokens, D] added to all. */
    record WithMeanToken(Piece tokens, Constant positions) implements Origin {}

    record Sum(Piece left, Piece right) implements Origin {}

    record Normed(Piece input, Constant gain, Constant bias, double epsilon) implements Origin {}

    /** Any function of each row alone; {@code size} counts its operations. */
    record RowWise(Piece input, RowFunction function, int size, boolean reduces) implements Origin {}

    /** q·kᵀ of every head, not scaled but for what q and k bring. */
    record Scores(Projection query, Projection key) implements Origin {}

    /** softmax(scale·scores)·v, heads side by side. */
    record Attention(Scores scores, double scale, Projection value) implements Origin {}

    /** Query, key or value: columns [heads, headWidth] of a linear layer, times a number. */
    record Projection(Piece linear, double scale, Layout columns) {

        int heads() {
            return (int) columns.shape()[0];
        }

        /** heads · headWidth. */
        int width() {
            return Math.toIntExact(columns.size());
        }
    }
}
