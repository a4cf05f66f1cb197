package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Something that the network computes, in one canonical order whatever layout the file computes it in. Pieces are equal
 * only to themselves.
 */
final class Piece {

    private final Origin origin;
    private final long[] shape;
    private final Map<Layout, Piece> parts = new HashMap<>();

    Piece(Origin origin, long... shape) {
        this.origin = origin;
        this.shape = shape;
    }

    Origin origin() {
        return origin;
    }

    /**
     * [batch, tokens, width], a feature map being [batch, pixels, channels]; but [batch, 3, height, width] for the image, [batch,
     * heads, tokens, tokens] for scores and [batch, heads, tokens, headWidth] for heads.
     */
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

    /** These columns [heads, headWidth] of each row as [batch, heads, tokens, headWidth]; the same piece each time. */
    Piece heads(Layout columns) {
        return parts.computeIfAbsent(columns, these -> {
            long[] size = these.shape();
            return new Piece(new Heads(this, these), shape[0], size[0], shape[1], size[1]);
        });
    }

    /** Columns of this linear layer's rows as a layer of their own; the same piece each time. */
    Piece columns(long first, long count) {
        return parts.computeIfAbsent(Layout.of(width()).slice(0, first, 1, count), these -> {
            Linear linear = (Linear) origin;
            Constant weight = linear.weight().with(linear.weight().layout().slice(1, first, 1, count));
            Optional<Constant> bias = linear.bias().map(b -> b.with(b.layout().slice(0, first, 1, count)));
            return derive(new Linear(linear.input(), weight, bias, linear.scaled()), count);
        });
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

    /**
     * Tokens [P, D] put in front of the patches, and positions [P + patches, D] added to all; {@code alone} if the first was put
     * there by itself and not as one of several.
     */
    record Tokens(Piece patches, Constant prefix, Constant positions, boolean alone) implements Origin {}

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

    /** A layer norm of each row; an RMS norm where it does not centre. */
    record Normed(Piece input, Constant gain, Constant bias, double epsilon, boolean centred) implements Origin {}

    /** Columns [heads, headWidth] of each row, head by head. */
    record Heads(Piece rows, Layout columns) implements Origin {}

    /** gate ⊙ value of an MLP, of these columns of the rows. */
    record Gated(Part gate, Part value) implements Origin {}

    /** Columns from number {@code from} on of each row of a piece. */
    record Part(Piece rows, int from) {}

    /** Any function of each row alone; {@code size} counts its operations. */
    record RowWise(Piece input, RowFunction function, int size, boolean reduces) implements Origin {}

    /** q·kᵀ of every head, not scaled but for what q and k bring. */
    record Scores(Projection query, Projection key) implements Origin {}

    /** A constant query [heads · headWidth] against every key. */
    record Asked(double[] query, Projection key) implements Origin {}

    /** scale·scores + bias [1 or heads, tokens, tokens]. */
    record Biased(Piece scores, double scale, Constant bias) implements Origin {}

    /** softmax(scale·scores + bias)·v, heads side by side. */
    record Attention(Scores scores, double scale, Optional<Constant> bias, Projection value) implements Origin {}

    /** softmax(scale·scores)·v of a constant query, heads side by side. */
    record Pooled(Asked scores, double scale, Projection value) implements Origin {}

    /**
     * Query, key or value: columns of a linear layer, head by head, which may be normed and turned, times a number.
     *
     * @param linear the layer
     * @param from the first token that it takes; all further ones follow
     * @param columns of it [heads · headWidth]
     * @param norm of each head, or of all heads side by side in the order of the layer's columns
     */
    record Projection(
            Piece linear,
            int from,
            double scale,
            int heads,
            int[] columns,
            Optional<Normed> norm,
            Optional<Turn> turn) {

        /** heads · headWidth. */
        int width() {
            return columns.length;
        }

        /** Without norm and turn. */
        boolean isPlain() {
            return norm.isEmpty() && turn.isEmpty();
        }

        /** The same of tokens from number {@code other} on. */
        Projection from(int other) {
            return new Projection(linear, other, scale, heads, columns, norm, turn);
        }

        /** The same with each of its columns times a number. */
        Projection scaled(double[] factors) {
            Linear layer = (Linear) linear.origin();
            var ofLayer = new double[Math.toIntExact(linear.width())];
            Arrays.fill(ofLayer, 1);
            for (int i = 0; i < columns.length; i++) {
                ofLayer[columns[i]] = factors[i];
            }
            var bias = layer.bias().map(b -> b.along(0, (value, column) -> value * ofLayer[column]));
            var own = new Linear(
                    layer.input(), layer.weight().along(1, (w, column) -> w * ofLayer[column]), bias, layer.scaled());
            return new Projection(linear.derive(own, linear.width()), from, scale, heads, columns, norm, turn);
        }

        Projection times(double factor) {
            return new Projection(linear, from, scale * factor, heads, columns, norm, turn);
        }
    }

    /** A turn of entries i and i + headWidth/2 together, by cos and sin [heads, tokens, headWidth/2]. */
    record Turn(double[] cos, double[] sin) {}
}
