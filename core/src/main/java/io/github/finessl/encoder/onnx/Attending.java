package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Attention, spelt as products and a softmax or as one operator. */
final class Attending {

    private Attending() {}

    /** A product of two things that depend on the image: scores, or the values weighted by them. */
    static View product(View left, View right) {
        return left.piece().shape().length == 4 ? attend(left, right) : scores(left, right);
    }

    /** q [..., tokens, headWidth] by kᵀ [..., headWidth, tokens]. */
    private static View scores(View q, View kTransposed) {
        View k = (View) LayoutOps.swapLast(kTransposed);
        Piece.Projection key = projection(k, false);
        long[] shape = key.linear().shape();
        long[] seen = q.layout().shape();
        boolean first = seen.length > 1 && seen[seen.length - 2] == 1;
        Piece.Projection query = projection(q, first);
        if (query.heads() != key.heads() || query.width() != key.width()) {
            throw new Untraceable("queries and keys with different heads");
        }
        long tokens = shape[1];
        var scores = new Piece(new Piece.Scores(query, key), shape[0], query.heads(), first ? 1 : tokens, tokens);
        return new View(scores, asIn(q, Layout.of(scores.shape()), tokens));
    }

    /** [batch, heads, tokens, width] with the leading dimensions as a view has them: [batch · heads, ...], say. */
    private static Layout asIn(View view, Layout heads, long width) {
        long[] shape = view.layout().shape();
        shape[shape.length - 1] = width;
        return heads.reshape(shape);
    }

    /** softmax(scores) [..., tokens, tokens] by v [..., tokens, headWidth]. */
    private static View attend(View weights, View v) {
        Piece piece = weights.piece();
        if (!(piece.origin() instanceof Piece.RowWise softmax)
                || !(softmax.input().origin() instanceof Piece.Scores scores)) {
            throw new Untraceable("attention without a softmax over its scores");
        }
        OptionalDouble scale = softmax.function().asSoftmax(piece.width());
        if (scale.isEmpty() || !weights.layout().reshape(piece.shape()).equals(Layout.of(piece.shape()))) {
            throw new Untraceable("attention weights that are not the softmax of scaled scores");
        }
        Piece.Projection value = projection(v, false);
        long[] shape = value.linear().shape();
        if (value.heads() != scores.query().heads()
                || value.width() != scores.query().width()) {
            throw new Untraceable("values with other heads than the queries");
        }
        long width = value.width();
        long queries = piece.shape()[2];
        var attention = new Piece(new Piece.Attention(scores, scale.getAsDouble(), value), shape[0], queries, width);
        Layout heads = Layout.of(shape[0], queries, value.heads(), width / value.heads())
                .transpose(0, 2, 1, 3);
        return new View(attention, asIn(weights, heads, width / value.heads()));
    }

    /**
     * Reads off a view [..., tokens, headWidth] which columns of which linear layer each head takes.
     *
     * @param first whether it is one of the first token alone
     */
    private static Piece.Projection projection(View view, boolean first) {
        Piece piece = view.piece();
        double scale = 1;
        if (piece.origin() instanceof Piece.RowWise f) {
            scale = f.function()
                    .asScale(piece.width())
                    .orElseThrow(() -> new Untraceable("queries, keys or values changed by more than a scale"));
            piece = f.input();
        }
        if (!(piece.origin() instanceof Piece.Linear)) {
            throw new Untraceable("queries, keys or values that come from no linear layer");
        }
        long[] shape = piece.shape();
        long[] seen = view.layout().shape();
        long headWidth = seen[seen.length - 1];
        long tokens = first ? 1 : shape[1];
        long perImage = shape[0] * tokens * headWidth;
        if (seen.length < 3
                || seen[seen.length - 2] != tokens
                || perImage == 0
                || view.layout().size() % perImage != 0) {
            throw new Untraceable("attention over something else than the tokens");
        }
        int heads = Math.toIntExact(view.layout().size() / perImage);
        Layout layout = view.layout().reshape(shape[0], heads, tokens, headWidth);
        Layout whole = first ? Layout.of(shape).slice(1, 0, 1, 1) : Layout.of(shape);
        long width = piece.width();
        var columns = new Layout(
                layout.offset(), List.of(layout.dims().get(1), layout.dims().get(3)));
        if (!layout.dims().get(0).equals(whole.dims().get(0))
                || !layout.dims().get(2).equals(whole.dims().get(1))
                || columns.size() > width
                || Arrays.stream(columns.indices()).anyMatch(c -> c < 0 || c >= width)) {
            throw new Untraceable("heads that mix tokens or images");
        }
        return new Piece.Projection(piece, scale, columns);
    }

    static View scaled(View view, double scale) {
        return scale == 1
                ? view
                : rowWise(view, row -> Arrays.stream(row).map(v -> scale * v).toArray());
    }

    private static View rowWise(View view, RowFunction function) {
        Piece piece = view.piece();
        return new View(piece.derive(new Piece.RowWise(piece, function, 1, false), piece.width()), view.layout());
    }

    /** softmax(scale·q·kᵀ)·v of [batch, heads, tokens, headWidth], with 1/√headWidth where the node says no scale. */
    private static View attention(Op op, View q, View k, View v) {
        if (q.layout().rank() != 4) {
            throw new Untraceable("attention over other than [batch, heads, tokens, head width]");
        }
        double usual = 1 / Math.sqrt((double) q.layout().shape()[3]);
        double scale = op.number("scale", 0) == 0 ? usual : op.number("scale", 0);
        View scores = scores(q, (View) LayoutOps.swapLast(k));
        RowFunction softmax = row ->
                RowFunction.softmax(Arrays.stream(row).map(s -> scale * s).toArray());
        return attend(rowWise(scores, softmax), v);
    }

    private static void refuseMasks(Op op, int firstExtra) {
        if (IntStream.range(firstExtra, op.inputs().size()).anyMatch(op::has)
                || op.integer("is_causal", 0) != 0
                || op.integer("unidirectional", 0) != 0
                || op.integer("do_rotary", 0) != 0
                || op.number("softcap", 0) != 0) {
            throw new Untraceable("attention with a mask, a cache or positions of its own");
        }
    }

    /** The Attention operator of opset 23: q, k, v [batch, heads, tokens, headWidth] or [batch, tokens, width]. */
    static View attention(Op op) {
        refuseMasks(op, 3);
        if (op.view(0).layout().rank() == 4) {
            return attention(op, op.view(0), op.view(1), op.view(2));
        }
        long heads = op.integer("q_num_heads", 0);
        return joined(attention(op, split(op.view(0), heads), split(op.view(1), heads), split(op.view(2), heads)));
    }

    /** com.microsoft.Attention: tokens, weights [width, 3·width] and bias of the projections. */
    static View packed(Op op) {
        refuseMasks(op, 3);
        return packed(op, op.view(0), op.constant(1));
    }

    /** com.microsoft.QAttention, its tokens and weights dequantised. */
    static View quantised(Op op, View input, Constant weight) {
        if (op.has(5)) {
            throw new Untraceable("attention with a mask, a cache or positions of its own");
        }
        refuseMasks(op, 8);
        return packed(op, input, weight);
    }

    private static View packed(Op op, View input, Constant weight) {
        View qkv = Layers.linear(input, weight, op.optionalConstant(2));
        long width = qkv.piece().width() / 3;
        long heads = op.integer("num_heads", 0);
        return joined(attention(
                op,
                split(part(qkv, 0, width), heads),
                split(part(qkv, 1, width), heads),
                split(part(qkv, 2, width), heads)));
    }

    private static View part(View qkv, int part, long width) {
        return new View(qkv.piece(), qkv.layout().slice(2, part * width, 1, width));
    }

    /** com.microsoft.MultiHeadAttention: q, k, v [batch, tokens, width], the bias [3·width] of all three. */
    static View multiHead(Op op) {
        refuseMasks(op, 4);
        long heads = op.integer("num_heads", 0);
        var parts = new View[3];
        for (int i = 0; i < parts.length; i++) {
            View part = op.view(i);
            if (op.has(3)) {
                long width = part.piece().width();
                Layout bias = op.constant(3).layout().slice(0, i * width, 1, width);
                part = Elementwise.biased(part, op.constant(3).with(bias));
            }
            parts[i] = split(part, heads);
        }
        return joined(attention(op, parts[0], parts[1], parts[2]));
    }

    /** [batch, tokens, width] as [batch, heads, tokens, headWidth]. */
    private static View split(View view, long heads) {
        long[] shape = view.layout().shape();
        if (shape.length != 3 || heads < 1 || shape[2] % heads != 0) {
            throw new Untraceable(heads + " heads of tokens " + Arrays.toString(shape));
        }
        return new View(
                view.piece(),
                view.layout()
                        .reshape(shape[0], shape[1], heads, shape[2] / heads)
                        .transpose(0, 2, 1, 3));
    }

    private static View joined(View view) {
        long[] shape = view.layout().shape();
        return new View(
                view.piece(), view.layout().transpose(0, 2, 1, 3).reshape(shape[0], shape[2], shape[1] * shape[3]));
    }
}
