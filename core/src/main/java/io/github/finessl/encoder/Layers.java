package io.github.finessl.encoder;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Operators with weights, and attention. */
final class Layers {

    private Layers() {}

    /** The patch embedding; its result [batch, D, rows, columns] is a view of [batch, patches, D]. */
    static View convolution(Op op) {
        View image = op.view(0);
        if (!(image.piece().origin() instanceof Piece.Image) || !image.isWhole()) {
            throw new Untraceable("a convolution of something else than the image (a convolutional network?)");
        }
        Constant weight = op.constant(1);
        long[] kernel = weight.shape();
        long[] size = image.piece().shape();
        boolean padded = !Arrays.asList("NOTSET", "VALID").contains(op.string("auto_pad", "NOTSET"))
                || op.integers("pads")
                        .filter(p -> Arrays.stream(p).anyMatch(v -> v != 0))
                        .isPresent();
        boolean dilated = op.integers("dilations")
                .filter(d -> Arrays.stream(d).anyMatch(v -> v != 1))
                .isPresent();
        long[] strides = op.integers("strides").orElse(new long[] {1, 1});
        if (kernel.length != 4
                || padded
                || dilated
                || op.integer("group", 1) != 1
                || !Arrays.equals(strides, Arrays.copyOfRange(kernel, 2, 4))) {
            throw new Untraceable(
                    "a convolution " + Arrays.toString(kernel) + " with strides " + Arrays.toString(strides)
                            + (padded ? " and padding" : "") + " on the image, not one of whole patches (a ResNet?)");
        }
        if (kernel[1] != size[1]
                || kernel[2] < 1
                || kernel[3] < 1
                || size[2] % kernel[2] != 0
                || size[3] % kernel[3] != 0) {
            throw new Untraceable(
                    "patches " + Arrays.toString(kernel) + " that do not divide the image " + Arrays.toString(size));
        }
        long rows = size[2] / kernel[2];
        long columns = size[3] / kernel[3];
        var patches = new Piece(
                new Piece.Patches(image.piece(), weight, op.optionalConstant(2).map(b -> vector(b, kernel[0]))),
                size[0],
                Math.multiplyExact(rows, columns),
                kernel[0]);
        return new View(patches, Layout.of(size[0], rows, columns, kernel[0]).transpose(0, 3, 1, 2));
    }

    private static Constant vector(Constant constant, long width) {
        Constant vector = constant.squeezedFront();
        return vector.with(vector.layout().broadcast(width));
    }

    private static View linear(View input, Constant weight, Optional<Constant> bias) {
        Piece piece = input.piece();
        long[] shape = weight.shape();
        if (shape.length != 2 || shape[0] != piece.width() || !input.layout().isRows(piece.width())) {
            throw new Untraceable(
                    "weights " + Arrays.toString(shape) + " applied to something else than rows of " + piece.width());
        }
        Piece result = piece.derive(new Piece.Linear(piece, weight, bias), shape[1]);
        return new View(result, input.layout().rowsOf(shape[0], shape[1]));
    }

    static View gemm(Op op) {
        Value weight = op.integer("transB", 0) == 0 ? op.constant(1) : LayoutOps.swapLast(op.constant(1));
        if (op.integer("transA", 0) != 0) {
            throw new Untraceable("a Gemm with its input transposed");
        }
        Constant scaled = scaled((Constant) weight, op.number("alpha", 1));
        long width = scaled.shape()[1];
        return linear(
                op.view(0),
                scaled,
                op.optionalConstant(2)
                        .map(b -> vector(scaled(b, op.number("beta", 1)), width))
                        .filter(b -> !b.isAll(0)));
    }

    private static Constant scaled(Constant constant, double scale) {
        return scale == 1
                ? constant
                : new Constant(
                        constant.layout(), i -> scale * constant.elements().at(i), false);
    }

    static Value matMul(Op op) {
        if (op.input(1) instanceof Constant weight) {
            return linear(op.view(0), weight.squeezedFront(), Optional.empty());
        }
        return product(op.view(0), op.view(1));
    }

    /** com.microsoft.FusedMatMul. */
    static Value fusedMatMul(Op op) {
        Value left = op.integer("transA", 0) == 0 ? op.input(0) : LayoutOps.swapLast(op.input(0));
        Value right = op.integer("transB", 0) == 0 ? op.input(1) : LayoutOps.swapLast(op.input(1));
        if (op.integer("transBatchA", 0) != 0 || op.integer("transBatchB", 0) != 0) {
            throw new Untraceable("a product with its batch transposed");
        }
        double alpha = op.number("alpha", 1);
        if (right instanceof Constant weight) {
            return linear((View) left, scaled(weight, alpha), Optional.empty());
        }
        View product = product((View) left, (View) right);
        return new View(
                product.piece()
                        .derive(
                                new Piece.RowWise(
                                        product.piece(),
                                        row -> Arrays.stream(row)
                                                .map(v -> alpha * v)
                                                .toArray(),
                                        1,
                                        false),
                                product.piece().width()),
                product.layout());
    }

    private static View product(View left, View right) {
        return left.piece().shape().length == 4 ? attend(left, right) : scores(left, right);
    }

    /** q [..., tokens, headWidth] by kᵀ [..., headWidth, tokens]. */
    private static View scores(View q, View kTransposed) {
        View k = (View) LayoutOps.swapLast(kTransposed);
        Piece.Projection query = projection(q);
        Piece.Projection key = projection(k);
        long[] shape = query.linear().shape();
        if (query.heads() != key.heads() || query.width() != key.width()) {
            throw new Untraceable("queries and keys with different heads");
        }
        long tokens = shape[1];
        var scores = new Piece(new Piece.Scores(query, key), shape[0], query.heads(), tokens, tokens);
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
        Piece.Projection value = projection(v);
        long[] shape = value.linear().shape();
        if (value.heads() != scores.query().heads()
                || value.width() != scores.query().width()) {
            throw new Untraceable("values with other heads than the queries");
        }
        long width = value.width();
        var attention = new Piece(new Piece.Attention(scores, scale.getAsDouble(), value), shape[0], shape[1], width);
        Layout heads = Layout.of(shape[0], shape[1], value.heads(), width / value.heads())
                .transpose(0, 2, 1, 3);
        return new View(attention, asIn(v, heads, width / value.heads()));
    }

    /** Reads off a view [..., tokens, headWidth] which columns of which linear layer each head takes. */
    private static Piece.Projection projection(View view) {
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
        long perImage = shape[0] * shape[1] * headWidth;
        if (seen.length < 3
                || seen[seen.length - 2] != shape[1]
                || perImage == 0
                || view.layout().size() % perImage != 0) {
            throw new Untraceable("attention over something else than the tokens");
        }
        int heads = Math.toIntExact(view.layout().size() / perImage);
        Layout layout = view.layout().reshape(shape[0], heads, shape[1], headWidth);
        Layout whole = Layout.of(shape);
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

    static View layerNorm(Op op) {
        return layerNorm(op, op.view(0), op.constant(1), op.optionalConstant(2));
    }

    /** com.microsoft.SkipLayerNormalization: the norm of a sum; also the sum itself. */
    static List<Value> skipLayerNorm(Op op) {
        View sum = Elementwise.sum(op.view(0), op.view(1));
        if (op.has(4)) {
            throw new Untraceable("a bias inside of a residual");
        }
        View norm = layerNorm(op, sum, op.constant(2), op.optionalConstant(3));
        return List.of(norm, new Unknown("a mean"), new Unknown("a deviation"), sum);
    }

    private static View layerNorm(Op op, View input, Constant gain, Optional<Constant> bias) {
        Piece piece = input.piece();
        long width = piece.width();
        int rank = input.layout().rank();
        if (op.dimension("axis", -1, rank) != rank - 1 || !input.layout().isRows(width)) {
            throw new Untraceable("a layer norm over something else than tokens");
        }
        double epsilon = op.number("epsilon", op.type().startsWith("Skip") ? 1e-12 : 1e-5);
        var norm = new Piece.Normed(
                piece, vector(gain, width), vector(bias.orElseGet(() -> Constant.filled(0, width)), width), epsilon);
        return new View(piece.derive(norm, width), input.layout());
    }

    /** The Attention operator of opset 23 on q, k, v of four dimensions [batch, heads, tokens, headWidth]. */
    static View attention(Op op) {
        View q = op.view(0);
        if (q.layout().rank() != 4 || op.has(3) || op.integer("is_causal", 0) != 0 || op.number("softcap", 0) != 0) {
            throw new Untraceable("masked attention, or attention over other than [batch, heads, tokens, head width]");
        }
        long[] shape = q.layout().shape();
        double scale = op.number("scale", 1 / Math.sqrt((double) shape[3]));
        View scores = scores(q, (View) LayoutOps.swapLast(op.view(1)));
        RowFunction softmax = row ->
                RowFunction.softmax(Arrays.stream(row).map(v -> scale * v).toArray());
        Piece weights = scores.piece()
                .derive(
                        new Piece.RowWise(scores.piece(), softmax, 1, false),
                        scores.piece().width());
        return attend(new View(weights, scores.layout()), op.view(2));
    }
}
