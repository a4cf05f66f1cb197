package io.github.finessl.encoder.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Recognition of operations along the sequence of tokens outside of attention: tokens put in front of the patches, a
 * mean of tokens.
 */
final class TokenSequence {

    private TokenSequence() {}

    /** The tokens that a piece is; a piece that is none counts as patches, without tokens in front and positions. */
    static Piece.Tokens tokens(Piece piece) {
        if (piece.origin() instanceof Piece.Tokens tokens) {
            return tokens;
        }
        long[] shape = piece.shape();
        return new Piece.Tokens(piece, Constant.filled(0, 0, shape[2]), Constant.filled(0, shape[1], shape[2]), true);
    }

    /** Whether a piece is the embedded patches, normed or not. */
    static boolean arePatches(Piece piece) {
        Piece embedded = piece.origin() instanceof Piece.Normed norm ? norm.input() : piece;
        return embedded.origin() instanceof Piece.Patches;
    }

    /**
     * Constants [batch, n, D], and parts of tokens that were joined before, in front of the patches. Registers, for one,
     * often go between class token and patches after the positions have been added.
     */
    static View joined(List<Value> parts, int dim) {
        var prefix = new ArrayList<double[]>();
        var positions = new ArrayList<double[]>();
        Piece patches = null;
        boolean alone = isFirstAlone(parts.get(0), dim);
        for (Value part : parts) {
            if (patches != null) {
                throw new Untraceable("tokens behind the patches");
            } else if (part instanceof Constant constant) {
                rows(constant, dim).forEach(row -> {
                    prefix.add(row);
                    positions.add(new double[row.length]);
                });
            } else {
                patches = joined((View) part, dim, prefix, positions);
            }
        }
        if (patches == null || prefix.stream().anyMatch(row -> row.length != positions.get(0).length)) {
            throw new Untraceable("a concatenation that is not of tokens with the patches");
        }
        long[] shape = patches.shape();
        shape[1] += prefix.size();
        return View.of(new Piece(
                new Piece.Tokens(patches, matrix(prefix, shape[2]), matrix(positions, shape[2]), alone), shape));
    }

    private static boolean isFirstAlone(Value part, int dim) {
        return LayoutOps.shape(part)[dim] == 1
                || (part instanceof View view && tokens(view.piece()).alone());
    }

    /** The tokens of a constant [batch, n, D]. */
    private static List<double[]> rows(Constant constant, int dim) {
        if (dim != 1 || constant.layout().rank() != 3) {
            throw new Untraceable("a concatenation that is not of tokens with the patches");
        }
        return matrix(constant.sameForAll());
    }

    /** Adds a part's tokens, and returns its patches if these are in it. */
    private static Piece joined(View part, int dim, List<double[]> prefix, List<double[]> positions) {
        long[] shape = part.piece().shape();
        Piece.Tokens tokens = tokens(part.piece());
        int before = Math.toIntExact(tokens.prefix().shape()[0]);
        if (dim != 1 || part.layout().rank() != 3 || !arePatches(tokens.patches())) {
            throw new Untraceable("a concatenation that is not of tokens with the patches (class token and mean?)");
        }
        long count = part.layout().shape()[1];
        int first = Math.toIntExact(part.layout().offset() / shape[2]);
        boolean withPatches = first + count == shape[1];
        if (first > before
                || !(withPatches || first + count <= before)
                || !part.layout().equals(Layout.of(shape).slice(1, first, 1, count))) {
            throw new Untraceable("a part of the patches in place of all");
        }
        int last = withPatches ? before : Math.toIntExact(first + count);
        prefix.addAll(matrix(tokens.prefix()).subList(first, last));
        List<double[]> all = matrix(tokens.positions());
        positions.addAll(all.subList(first, withPatches ? all.size() : last));
        return withPatches ? tokens.patches() : null;
    }

    /** The piece with a constant [tokens, D] added. */
    static Piece positioned(Piece piece, Constant added) {
        long[] shape = piece.shape();
        Piece.Tokens tokens = tokens(piece);
        double[] sum = added.values();
        double[] before = tokens.positions().values();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += before[i];
        }
        return new Piece(
                new Piece.Tokens(
                        tokens.patches(), tokens.prefix(), Constant.of(sum, false, shape[1], shape[2]), tokens.alone()),
                shape);
    }

    /** The mean over a dimension, if that runs over the tokens from some number on to the last. */
    static Optional<View> mean(View view, int dim) {
        Piece piece = view.piece();
        long[] shape = piece.shape();
        if (view.layout().rank() != 3 || shape.length != 3 || dim == 0) {
            return Optional.empty();
        }
        Layout tokens = view.layout().transpose(0, dim, 3 - dim);
        long count = tokens.shape()[1];
        long first = shape[1] - count;
        if (count < 1 || first < 0 || !tokens.equals(Layout.of(shape).slice(1, first, 1, count))) {
            return Optional.empty();
        }
        var mean = new Piece(new Piece.Mean(piece, Math.toIntExact(first)), shape[0], 1, shape[2]);
        Layout kept = Layout.of(mean.shape());
        return Optional.of(new View(mean, dim == 1 ? kept : kept.transpose(0, 2, 1)));
    }

    private static Constant matrix(List<double[]> rows, long width) {
        return Constant.of(rows.stream().flatMapToDouble(Arrays::stream).toArray(), false, rows.size(), width);
    }

    private static List<double[]> matrix(Constant constant) {
        double[] values = constant.values();
        int rows = Math.toIntExact(constant.shape()[0]);
        int width = Math.toIntExact(constant.shape()[1]);
        var matrix = new ArrayList<double[]>();
        for (int r = 0; r < rows; r++) {
            matrix.add(Arrays.copyOfRange(values, r * width, (r + 1) * width));
        }
        return matrix;
    }
}
