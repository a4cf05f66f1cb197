package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Linear layers and layer norms. */
final class Layers {

    private Layers() {}

    static Constant vector(Constant constant, long width) {
        Constant vector = constant.squeezedFront();
        return vector.with(vector.layout().broadcast(width));
    }

    /** x·weight + bias on rows, or on patches of the image laid out as rows. */
    static View linear(View input, Constant weight, Optional<Constant> bias) {
        Piece piece = input.piece();
        long[] shape = weight.shape();
        if (piece.isImage()) {
            return Patching.linear(input, weight, bias);
        }
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
        return Attending.product(op.view(0), op.view(1));
    }

    /** com.microsoft.FusedMatMul: a product with transposes and a factor. */
    static Value fusedMatMul(Op op) {
        View left = (View) transposed(op.view(0), op.integer("transBatchA", 0) != 0, op.integer("transA", 0) != 0);
        Value right = transposed(op.input(1), op.integer("transBatchB", 0) != 0, op.integer("transB", 0) != 0);
        double alpha = op.number("alpha", 1);
        if (right instanceof Constant weight) {
            return linear(left, scaled(weight.squeezedFront(), alpha), Optional.empty());
        }
        return Attending.scaled(Attending.product(left, (View) right), alpha);
    }

    /** The first dimension moved behind the batch's, then the last two exchanged. */
    private static Value transposed(Value value, boolean batch, boolean matrix) {
        int rank = LayoutOps.shape(value).length;
        int[] order = IntStream.range(0, rank)
                .map(i -> i < rank - 2 ? i + 1 : i == rank - 2 ? 0 : i)
                .toArray();
        Value moved = batch ? LayoutOps.transposed(value, order) : value;
        return matrix ? LayoutOps.swapLast(moved) : moved;
    }

    static View layerNorm(Op op) {
        return layerNorm(op, op.view(0), op.constant(1), op.optionalConstant(2));
    }

    /** com.microsoft.SkipLayerNormalization: the norm of a sum; also the sum itself. */
    static List<Value> skipLayerNorm(Op op) {
        View left = op.view(0);
        View right = op.view(1);
        if (op.has(4)) {
            boolean onLeft = left.piece().origin() instanceof Piece.Linear linear
                    && linear.bias().isEmpty();
            left = onLeft ? Elementwise.biased(left, op.constant(4)) : left;
            right = onLeft ? right : Elementwise.biased(right, op.constant(4));
        }
        View sum = Elementwise.sum(left, right);
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
}
