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

    static Value gemm(Op op) {
        Value weight = op.integer("transB", 0) == 0 ? op.constant(1) : LayoutOps.swapLast(op.constant(1));
        if (op.integer("transA", 0) != 0) {
            throw new Untraceable("a Gemm with its input transposed");
        }
        Constant scaled = scaled((Constant) weight, op.number("alpha", 1));
        long width = scaled.shape()[1];
        Optional<Constant> bias = op.optionalConstant(2)
                .map(b -> vector(scaled(b, op.number("beta", 1)), width))
                .filter(b -> !b.isAll(0));
        if (op.input(0) instanceof Constant constant) {
            Constant product = product(constant, scaled);
            return bias.map(b -> Elementwise.added(product, b)).orElse(product);
        }
        return linear(op.view(0), scaled, bias);
    }

    private static Constant scaled(Constant constant, double scale) {
        return scale == 1
                ? constant
                : new Constant(
                        constant.layout(), i -> scale * constant.elements().at(i), false);
    }

    static Value matMul(Op op) {
        if (op.input(1) instanceof Constant weight) {
            return op.input(0) instanceof Constant constant
                    ? product(constant, weight.squeezedFront())
                    : linear(op.view(0), weight.squeezedFront(), Optional.empty());
        }
        return Attending.product(op.input(0), op.input(1));
    }

    /** The product of constants [..., n, m] and [m, k]. */
    private static Constant product(Constant left, Constant right) {
        long[] shape = left.shape();
        int m = Math.toIntExact(shape[shape.length - 1]);
        if (right.layout().rank() != 2 || right.shape()[0] != m) {
            throw new Untraceable(
                    "a product of constants " + Arrays.toString(shape) + " and " + Arrays.toString(right.shape()));
        }
        int k = Math.toIntExact(right.shape()[1]);
        double[] a = left.values();
        double[] b = right.values();
        var product = new double[a.length / m * k];
        for (int row = 0; row < a.length / m; row++) {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < k; j++) {
                    product[row * k + j] += a[row * m + i] * b[i * k + j];
                }
            }
        }
        shape[shape.length - 1] = k;
        return Constant.of(product, false, shape);
    }

    /** com.microsoft.FusedMatMul: a product with transposes and a factor. */
    static Value fusedMatMul(Op op) {
        Value left = transposed(op.input(0), op.integer("transBatchA", 0) != 0, op.integer("transA", 0) != 0);
        Value right = transposed(op.input(1), op.integer("transBatchB", 0) != 0, op.integer("transB", 0) != 0);
        double alpha = op.number("alpha", 1);
        if (right instanceof Constant weight && left instanceof Constant constant) {
            return scaled(product(constant, weight.squeezedFront()), alpha);
        } else if (right instanceof Constant weight && left instanceof View rows) {
            // A part of an activation, say, that the optimiser moved behind it.
            return rows.piece().origin() instanceof Piece.RowWise
                    ? linear(Attending.scaled(rows, alpha), weight.squeezedFront(), Optional.empty())
                    : linear(rows, scaled(weight.squeezedFront(), alpha), Optional.empty());
        }
        return Attending.scaled(Attending.product(left, right), alpha);
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

    static Value layerNorm(Op op) {
        if (op.input(0) instanceof Constant constant) {
            double[] gain = op.constant(1).values();
            double[] bias = op.optionalConstant(2).map(Constant::values).orElseGet(() -> new double[gain.length]);
            return RowOps.onRows(constant, row -> {
                double[] x = RowFunction.standardise(row, op.number("epsilon", 1e-5));
                return IntStream.range(0, x.length)
                        .mapToDouble(i -> x[i] * gain[i] + bias[i])
                        .toArray();
            });
        }
        return layerNorm(op, RowOps.ofRows(op.view(0)), op.constant(1), op.optionalConstant(2));
    }

    /** com.microsoft.SkipLayerNormalization, centred or not: the norm of a sum; also the sum itself. */
    static List<Value> skipLayerNorm(Op op) {
        boolean centred = op.type().equals("SkipLayerNormalization");
        View sum = skipped(op, op.optionalConstant(centred ? 4 : 3));
        View norm = centred
                ? layerNorm(op, sum, op.constant(2), op.optionalConstant(3))
                : RowOps.rmsNorm(op, sum, op.constant(2), op.number("epsilon", 1e-12));
        return List.of(norm, new Unknown("a mean"), new Unknown("a deviation"), sum);
    }

    private static View skipped(Op op, Optional<Constant> bias) {
        View left = op.view(0);
        if (op.input(1) instanceof Constant positions) {
            return Elementwise.biased(bias.isPresent() ? Elementwise.biased(left, bias.get()) : left, positions);
        }
        View right = op.view(1);
        if (bias.isPresent()) {
            boolean onLeft = left.piece().origin() instanceof Piece.Linear linear
                    && linear.bias().isEmpty();
            left = onLeft ? Elementwise.biased(left, bias.get()) : left;
            right = onLeft ? right : Elementwise.biased(right, bias.get());
        }
        return Elementwise.sum(left, right);
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
                piece,
                vector(gain, width),
                vector(bias.orElseGet(() -> Constant.filled(0, width)), width),
                epsilon,
                true);
        return new View(piece.derive(norm, width), input.layout());
    }
}
