package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Recognition of queries, keys and values: which columns of which linear layer each head takes, and what happens to them. */
final class Projecting {

    private Projecting() {}

    /**
     * A view of rows [batch, heads, tokens, headWidth] or [batch, tokens, heads, headWidth] as one of these heads, so that what
     * happens to each head's rows is told apart from what happens to whole rows; one of some of a linear layer's columns as one
     * of a layer with these alone.
     */
    static Optional<View> cut(View view) {
        Piece piece = view.piece();
        if (piece.shape().length == 4
                || (view.layout().rank() == 3 && view.layout().isRows(piece.width()))) {
            return Optional.of(view);
        } else if (piece.shape().length != 3) {
            return Optional.empty();
        } else if (view.layout().rank() == 3 && RowOps.base(piece).origin() instanceof Piece.Linear linear) {
            return part(view).map(part -> {
                long count = view.layout().shape()[2];
                Piece own = RowOps.base(piece).columns(linear, part.from(), count);
                return View.of(ofPart(piece, own));
            });
        } else if (view.layout().rank() != 4) {
            return Optional.empty();
        }
        for (int[] order : List.of(new int[] {0, 1, 2, 3}, new int[] {0, 2, 1, 3})) {
            Layout layout = view.layout().transpose(order);
            int from = Math.toIntExact(piece.shape()[1] - layout.shape()[2]);
            Optional<Layout> columns = from < 0
                    ? Optional.empty()
                    : columns(layout, Layout.of(piece.shape()).slice(1, from, 1, layout.shape()[2]));
            if (columns.isPresent()) {
                Piece heads = cut(piece, from, columns.get());
                return Optional.of(new View(heads, Layout.of(heads.shape()).transpose(order)));
            }
        }
        return Optional.empty();
    }

    /** Which columns a layout [batch, heads, tokens, headWidth] takes of rows [batch, tokens, width], if it takes the same of each. */
    private static Optional<Layout> columns(Layout layout, Layout rows) {
        return layout.dims().get(0).equals(rows.dims().get(0))
                        && layout.dims().get(2).equals(rows.dims().get(1))
                ? Optional.of(new Layout(
                        layout.offset() - rows.offset(),
                        List.of(layout.dims().get(1), layout.dims().get(3))))
                : Optional.empty();
    }

    /** The heads of a piece; of an elementwise function of one, the function of its heads. */
    private static Piece cut(Piece piece, int from, Layout columns) {
        return ofPart(piece, RowOps.base(piece).heads(from, columns));
    }

    private static Piece ofPart(Piece piece, Piece part) {
        return piece.origin() instanceof Piece.RowWise f
                ? part.derive(new Piece.RowWise(part, f.function(), f.size(), f.reduces()), part.width())
                : part;
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
        Layout whole = Layout.of(piece.shape());
        if (view.layout().size() != whole.size()
                || !view.layout().reshape(piece.shape()).equals(whole)) {
            throw new Untraceable("heads that mix tokens or images");
        }
        return ofHeads(piece);
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
                rows.linear(), heads.from(), 1, rows.heads(), rows.columns(), norm.or(rows::norm), Optional.empty());
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
        return columns(layout, Layout.of(shape).slice(1, from, 1, tokens))
                .map(columns -> ofRows(piece, columns).from(from))
                .orElseThrow(() -> new Untraceable("heads that mix tokens or images"));
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
