package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Recognition of queries, keys and values: which columns of which linear layer each head takes, and what happens to them. */
final class Projecting {

    private Projecting() {}

    /**
     * A view of rows [batch, heads, tokens, headWidth] or [batch, tokens, heads, headWidth] as one of these heads, or of some columns
     * of a linear layer as one of a layer that has these alone, so that what happens to them is told apart from what happens to
     * whole rows.
     */
    static Optional<View> cut(View view) {
        int rank = view.layout().rank();
        if (view.piece().shape().length != 3
                || (rank == 3 && view.layout().isRows(view.piece().width()))) {
            return Optional.of(view);
        }
        return rank == 4 ? cutToHeads(view) : rank == 3 ? cutToColumns(view) : Optional.empty();
    }

    private static Optional<View> cutToHeads(View view) {
        long[] shape = view.piece().shape();
        for (int[] order : List.of(new int[] {0, 1, 2, 3}, new int[] {0, 2, 1, 3})) {
            Layout layout = view.layout().transpose(order);
            long tokens = layout.shape()[2];
            if (tokens < 1 || tokens > shape[1]) {
                continue;
            }
            long from = shape[1] - tokens;
            Layout rows = Layout.of(shape).slice(1, from, 1, tokens);
            if (layout.dims().get(0).equals(rows.dims().get(0))
                    && layout.dims().get(2).equals(rows.dims().get(1))) {
                var columns = new Layout(
                        layout.offset() - rows.offset(),
                        List.of(layout.dims().get(1), layout.dims().get(3)));
                Piece heads = of(view.piece(), base -> base.heads(columns));
                Layout all = Layout.of(heads.shape()).slice(2, from, 1, tokens);
                return Optional.of(new View(heads, all.transpose(order)));
            }
        }
        return Optional.empty();
    }

    private static Optional<View> cutToColumns(View view) {
        Piece base = RowOps.base(view.piece());
        long count = view.layout().shape()[2];
        return base.origin() instanceof Piece.Linear && view.piece().width() == base.width()
                ? part(view).map(part -> View.of(of(view.piece(), from -> from.columns(part.from(), count))))
                : Optional.empty();
    }

    /** A part of a piece; of an elementwise function of one, the function of its part. */
    private static Piece of(Piece piece, UnaryOperator<Piece> part) {
        if (!(piece.origin() instanceof Piece.RowWise f)) {
            return part.apply(piece);
        }
        Piece cut = part.apply(f.input());
        return cut.derive(new Piece.RowWise(cut, f.function(), f.size(), f.reduces()), cut.width());
    }

    /**
     * Reads off a tensor [..., tokens, headWidth] what each head takes.
     *
     * @param first whether it is of the first token alone
     */
    static Piece.Projection projection(Value value, boolean first) {
        if (value instanceof Probed probed) {
            return Turning.projection(probed);
        } else if (!(value instanceof View view)) {
            throw new Untraceable("queries, keys or values that do not depend on the image");
        } else {
            return projection(view, first);
        }
    }

    private static Piece.Projection projection(View view, boolean first) {
        Piece piece = view.piece();
        double scale = 1;
        if (piece.origin() instanceof Piece.RowWise f) {
            scale = f.function()
                    .asScale(piece.width())
                    .orElseThrow(() -> new Untraceable("queries, keys or values changed by more than a scale"));
            piece = f.input();
        }
        return piece.shape().length == 4
                ? ofHeads(view, piece).times(scale)
                : ofRows(view, piece, first).times(scale);
    }

    /** A projection whose heads were cut before. */
    private static Piece.Projection ofHeads(View view, Piece piece) {
        long[] shape = piece.shape();
        long[] seen = view.layout().shape();
        long tokens = seen.length < 2 ? 0 : seen[seen.length - 2];
        if (tokens < 1 || tokens > shape[2]) {
            throw new Untraceable("attention over something else than the tokens");
        }
        int from = Math.toIntExact(shape[2] - tokens);
        Layout some = Layout.of(shape).slice(2, from, 1, tokens);
        if (view.layout().size() != some.size()
                || !view.layout().reshape(some.shape()).equals(some)) {
            throw new Untraceable("heads that mix tokens or images");
        }
        return ofHeads(piece).from(from);
    }

    /** What a piece [batch, heads, tokens, headWidth] is. */
    static Piece.Projection ofHeads(Piece piece) {
        Optional<Piece.Normed> norm = Optional.empty();
        Piece at = piece;
        if (at.origin() instanceof Piece.Normed normed) {
            norm = Optional.of(normed);
            at = normed.input();
        }
        if (!(at.origin() instanceof Piece.Heads heads)) {
            throw new Untraceable("queries, keys or values changed by more than a norm and a turn");
        }
        Piece.Projection rows = ofRows(heads.rows(), heads.columns());
        if (norm.isPresent() && rows.norm().isPresent()) {
            throw new Untraceable("queries or keys with two norms");
        }
        return new Piece.Projection(
                rows.linear(), rows.from(), 1, rows.heads(), rows.columns(), norm.or(rows::norm), Optional.empty());
    }

    private static Piece.Projection ofRows(View view, Piece piece, boolean first) {
        long[] shape = piece.shape();
        long[] seen = view.layout().shape();
        long headWidth = seen[seen.length - 1];
        long tokens = first ? 1 : seen.length < 2 ? 0 : seen[seen.length - 2];
        long perImage = shape[0] * tokens * headWidth;
        if (seen.length < 3
                || seen[seen.length - 2] != tokens
                || tokens > shape[1]
                || perImage == 0
                || view.layout().size() % perImage != 0) {
            throw new Untraceable("attention over something else than the tokens");
        }
        int heads = Math.toIntExact(view.layout().size() / perImage);
        Layout layout = view.layout().reshape(shape[0], heads, tokens, headWidth);
        int from = first ? 0 : Math.toIntExact(shape[1] - tokens);
        Layout whole = Layout.of(shape).slice(1, from, 1, tokens);
        var columns = new Layout(
                layout.offset() - whole.offset(),
                List.of(layout.dims().get(1), layout.dims().get(3)));
        if (!layout.dims().get(0).equals(whole.dims().get(0))
                || !layout.dims().get(2).equals(whole.dims().get(1))) {
            throw new Untraceable("heads that mix tokens or images");
        }
        return ofRows(piece, columns).from(from);
    }

    private static Piece.Projection ofRows(Piece rows, Layout columns) {
        int[] taken = columns.indices();
        if (taken.length > rows.width() || Arrays.stream(taken).anyMatch(c -> c < 0 || c >= rows.width())) {
            throw new Untraceable("heads that mix tokens or images");
        }
        Optional<Piece.Normed> norm = Optional.empty();
        Piece linear = rows;
        if (rows.origin() instanceof Piece.Normed normed && normed.input().origin() instanceof Piece.Linear) {
            norm = Optional.of(normed);
            linear = normed.input();
        }
        if (!(linear.origin() instanceof Piece.Linear)) {
            throw new Untraceable("queries, keys or values that come from no linear layer");
        }
        return new Piece.Projection(linear, 0, 1, (int) columns.shape()[0], taken, norm, Optional.empty());
    }

    /** Columns [from, from + count) of a piece's rows, if a view is that of every row. */
    static Optional<Piece.Part> part(View view) {
        Piece piece = view.piece();
        long[] shape = piece.shape();
        Layout layout = view.layout();
        if (shape.length != 3 || layout.rank() != 3) {
            return Optional.empty();
        }
        long count = layout.shape()[2];
        long from = layout.offset();
        return from >= 0
                        && from + count <= shape[2]
                        && layout.equals(Layout.of(shape).slice(2, from, 1, count))
                ? Optional.of(new Piece.Part(piece, (int) from))
                : Optional.empty();
    }
}
