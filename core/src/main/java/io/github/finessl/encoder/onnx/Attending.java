package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Attention, spelt as products and a softmax or as one operator. */
final class Attending {

    /** No node has so many inputs. */
    private static final int NO_MASK = Integer.MAX_VALUE;

    private Attending() {}

    /** A product of scores' softmax with values, or of queries, constant or not, with keys. */
    static View product(Value left, Value right) {
        if (left instanceof View weights && isOfScores(weights.piece())) {
            if (right instanceof View values) {
                return attend(weights, values);
            }
            throw new Untraceable("values that are turned by their places");
        }
        return left instanceof Constant query ? asked(query, right) : scores(left, right);
    }

    private static boolean isOfScores(Piece piece) {
        Piece.Origin base = RowOps.base(piece).origin();
        return base instanceof Piece.Scores || base instanceof Piece.Biased || base instanceof Piece.Asked;
    }

    /** q [..., tokens, headWidth] by kᵀ [..., headWidth, tokens]. */
    private static View scores(Value q, Value kTransposed) {
        Piece.Projection key = Projecting.projection(LayoutOps.swapLast(kTransposed), false);
        long[] shape = key.linear().shape();
        long[] seen = LayoutOps.shape(q);
        boolean first = seen.length > 1 && seen[seen.length - 2] == 1;
        Piece.Projection query = Projecting.projection(q, first);
        if (query.heads() != key.heads() || query.width() != key.width()) {
            throw new Untraceable("queries and keys with different heads");
        } else if (query.from() != 0 || key.from() != 0) {
            throw new Untraceable("attention over a part of the tokens");
        }
        long tokens = shape[1];
        if (!first && query.linear().shape()[1] != tokens) {
            throw new Untraceable("queries of " + query.linear().shape()[1] + " tokens that ask " + tokens
                    + " (a pyramid of several resolutions?)");
        }
        var scores = new Piece(new Piece.Scores(query, key), shape[0], query.heads(), first ? 1 : tokens, tokens);
        return new View(scores, asIn(seen, Layout.of(scores.shape()), tokens));
    }

    /** Constant queries [..., queries, headWidth], the same for all images, by kᵀ; the first of them is the one that counts. */
    private static View asked(Constant query, Value kTransposed) {
        Piece.Projection key = Projecting.projection(LayoutOps.swapLast(kTransposed), false);
        long[] shape = key.linear().shape();
        int width = key.width() / key.heads();
        long[] seen = query.shape();
        if (seen.length < 3 || seen[seen.length - 1] != width) {
            throw new Untraceable("constant queries that are none of the tokens' heads");
        }
        long queries = seen[seen.length - 2];
        long images = query.layout().size() / (queries * key.width());
        Constant ofOne = query.reshape(images == 1 ? 1 : shape[0], key.heads(), queries, width)
                .sameForAll();
        double[] asks = ofOne.with(ofOne.layout().slice(1, 0, 1, 1)).values();
        long tokens = shape[1] - key.from();
        var scores = new Piece(new Piece.Asked(asks, key), shape[0], key.heads(), queries, tokens);
        boolean ofEach = images == shape[0] && seen.length >= LayoutOps.shape(kTransposed).length;
        long[] leading = ofEach ? seen : new long[] {shape[0], key.heads(), queries, width};
        return new View(scores, asIn(leading, Layout.of(scores.shape()), tokens));
    }

    /** scores + a constant [1 or heads, tokens, tokens] that is the same for all images. */
    static Optional<View> biased(View view, Constant bias) {
        Piece piece = view.piece();
        Piece scores = RowOps.base(piece);
        OptionalDouble scale =
                piece.origin() instanceof Piece.RowWise f ? f.function().asScale(piece.width()) : OptionalDouble.of(1);
        long[] shape = scores.shape();
        if (scale.isEmpty() || !view.layout().reshape(shape).equals(Layout.of(shape))) {
            return Optional.empty();
        }
        Constant ofHeads = bias.with(bias.layout().broadcast(view.layout().shape()))
                .reshape(shape)
                .sameForAll();
        if (!Arrays.stream(ofHeads.values()).allMatch(Double::isFinite)) {
            throw new Untraceable("attention that leaves out some tokens");
        }
        return Optional.of(
                new View(new Piece(new Piece.Biased(scores, scale.getAsDouble(), ofHeads), shape), view.layout()));
    }

    /** [batch, heads, tokens, width] with the leading dimensions as a view has them: [batch · heads, ...], say. */
    private static Layout asIn(long[] seen, Layout heads, long width) {
        long[] shape = seen.clone();
        shape[shape.length - 1] = width;
        return heads.reshape(shape);
    }

    /** softmax(scores) [..., tokens, tokens] by v [..., tokens, headWidth]. */
    private static View attend(View weights, View v) {
        Piece piece = weights.piece();
        if (!(piece.origin() instanceof Piece.RowWise softmax)) {
            throw new Untraceable("attention without a softmax over its scores");
        }
        OptionalDouble scale = softmax.function().asSoftmax(piece.width());
        if (scale.isEmpty() || !weights.layout().reshape(piece.shape()).equals(Layout.of(piece.shape()))) {
            throw new Untraceable("attention weights that are not the softmax of scaled scores");
        }
        Piece.Projection value = Projecting.projection(v, false);
        if (!value.isPlain()) {
            throw new Untraceable("values with a norm");
        }
        Piece.Origin origin = attention(softmax.input(), scale.getAsDouble(), value);
        long[] shape = value.linear().shape();
        long width = value.width();
        long queries = piece.shape()[2];
        var attention = new Piece(origin, shape[0], queries, width);
        Layout heads = Layout.of(shape[0], queries, value.heads(), width / value.heads())
                .transpose(0, 2, 1, 3);
        return new View(attention, asIn(weights.layout().shape(), heads, width / value.heads()));
    }

    private static Piece.Origin attention(Piece scores, double scale, Piece.Projection value) {
        if (scores.origin() instanceof Piece.Asked asked) {
            requireSame(asked.key(), value);
            return new Piece.Pooled(asked, scale, value);
        }
        Optional<Constant> bias = Optional.empty();
        Piece of = scores;
        double ofScores = scale;
        if (scores.origin() instanceof Piece.Biased biased) {
            bias = Optional.of(Elementwise.scaled(biased.bias(), scale));
            of = biased.scores();
            ofScores *= biased.scale();
        }
        Piece.Scores origin = (Piece.Scores) of.origin();
        requireSame(origin.query(), value);
        return new Piece.Attention(origin, ofScores, bias, value);
    }

    private static void requireSame(Piece.Projection query, Piece.Projection value) {
        if (value.heads() != query.heads() || value.width() != query.width() || value.from() != query.from()) {
            throw new Untraceable("values with other heads than the queries");
        }
    }

    static View scaled(View view, double scale) {
        return scale == 1 ? view : (View) RowOps.rowWise(List.of(view), row -> scale * row[0]);
    }

    private static View rowWise(View view, RowFunction function) {
        Piece piece = view.piece();
        return new View(piece.derive(new Piece.RowWise(piece, function, 1, false), piece.width()), view.layout());
    }

    /**
     * softmax(scale·q·kᵀ + bias)·v of [batch, heads, tokens, headWidth], with 1/√headWidth where the node says no scale.
     *
     * @param mask input of the node that is added to the scores or says which are to count, if it has one
     */
    private static View attention(Op op, Value q, Value k, View v, int mask) {
        long[] shape = LayoutOps.shape(q);
        if (shape.length != 4) {
            throw new Untraceable("attention over other than [batch, heads, tokens, head width]");
        }
        double usual = 1 / Math.sqrt((double) shape[3]);
        double scale = op.number("scale", 0) == 0 ? usual : op.number("scale", 0);
        Value keys = LayoutOps.swapLast(k);
        View scores = q instanceof Constant query ? asked(query, keys) : scores(q, keys);
        Optional<Constant> bias = op.optionalConstant(mask).filter(m -> !(m.integral() ? m.isAll(1) : m.isAll(0)));
        if (bias.filter(Constant::integral).isPresent()) {
            throw new Untraceable("attention that leaves out some tokens");
        }
        double within = bias.isPresent() ? 1 : scale;
        RowFunction softmax = row ->
                RowFunction.softmax(Arrays.stream(row).map(s -> within * s).toArray());
        View counted = bias.isEmpty()
                ? scores
                : biased(scaled(scores, scale), bias.get())
                        .orElseThrow(() -> new Untraceable("attention with a bias that is none of its scores"));
        return attend(rowWise(counted, softmax), v);
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
        refuseMasks(op, 4);
        if (LayoutOps.shape(op.input(0)).length == 4) {
            return attention(op, op.input(0), op.input(1), op.view(2), 3);
        }
        long heads = op.integer("q_num_heads", 0);
        return joined(attention(
                op, split(op.input(0), heads), split(op.input(1), heads), (View) split(op.view(2), heads), 3));
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
                (View) split(part(qkv, 2, width), heads),
                NO_MASK));
    }

    private static View part(View qkv, int part, long width) {
        return new View(qkv.piece(), qkv.layout().slice(2, part * width, 1, width));
    }

    /** com.microsoft.MultiHeadAttention: q, k, v [batch, tokens, width], the bias [3·width] of all three. */
    static View multiHead(Op op) {
        refuseMasks(op, 6);
        if (op.has(4)) {
            throw new Untraceable("attention with a mask, a cache or positions of its own");
        }
        long heads = op.integer("num_heads", 0);
        var parts = new Value[3];
        for (int i = 0; i < parts.length; i++) {
            Value part = op.input(i);
            if (op.has(3)) {
                View view = op.view(i);
                long width = view.piece().width();
                Layout bias = op.constant(3).layout().slice(0, i * width, 1, width);
                part = Elementwise.biased(view, op.constant(3).with(bias));
            }
            parts[i] = LayoutOps.shape(part).length == 4 ? part : split(part, heads);
        }
        return joined(attention(op, parts[0], parts[1], (View) parts[2], 5));
    }

    /** [batch, tokens, width] as [batch, heads, tokens, headWidth]. */
    private static Value split(Value value, long heads) {
        long[] shape = LayoutOps.shape(value);
        if (shape.length != 3 || heads < 1 || shape[2] % heads != 0) {
            throw new Untraceable(heads + " heads of tokens " + Arrays.toString(shape));
        }
        return LayoutOps.transposed(LayoutOps.reshaped(value, shape[0], shape[1], heads, shape[2] / heads), 0, 2, 1, 3);
    }

    private static View joined(View view) {
        long[] shape = view.layout().shape();
        return new View(
                view.piece(), view.layout().transpose(0, 2, 1, 3).reshape(shape[0], shape[2], shape[1] * shape[3]));
    }
}
