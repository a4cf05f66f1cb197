package io.github.finessl.encoder.onnx;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Tensors whose rows of tokens run along a dimension that is not the last, as [batch, width, tokens]: ONNX Runtime's
 * optimiser moves transposes behind the layers that they stand before.
 *
 * @param dim the dimension of the rows
 */
record Aside(int dim, int rank) {

    /** The dimension of the first tensor's rows, if it is not the last. */
    static Optional<Aside> of(List<Value> values) {
        if (values.stream().anyMatch(v -> !(v instanceof View || v instanceof Constant))) {
            return Optional.empty();
        }
        List<View> views = values.stream()
                .filter(View.class::isInstance)
                .map(View.class::cast)
                .toList();
        View widest = views.stream()
                .max((a, b) -> Long.compare(a.piece().width(), b.piece().width()))
                .orElseThrow();
        int rank = widest.layout().rank();
        return IntStream.range(1, rank - 1)
                .mapToObj(dim -> new Aside(dim, rank))
                .filter(aside -> isOfTokens(widest.piece())
                        && widest.piece().width() > 1
                        && widest.layout()
                                .transpose(aside.order())
                                .isRows(widest.piece().width())
                        && values.stream().allMatch(v -> LayoutOps.shape(v).length <= rank)
                        && views.stream().allMatch(v -> v.layout().rank() == rank))
                .findFirst();
    }

    private static boolean isOfTokens(Piece piece) {
        Piece.Origin base = RowOps.base(piece).origin();
        return base instanceof Piece.Patches
                || base instanceof Piece.Tokens
                || base instanceof Piece.Normed
                || base instanceof Piece.Linear
                || base instanceof Piece.Sum;
    }

    private int[] order() {
        return IntStream.range(0, rank)
                .map(i -> i < dim ? i : i < rank - 1 ? i + 1 : dim)
                .toArray();
    }

    /** A tensor with its rows along the last dimension. */
    Value moved(Value value) {
        if (value instanceof Constant constant) {
            long[] ones = IntStream.range(0, rank).mapToLong(i -> 1).toArray();
            return LayoutOps.transposed(constant.with(constant.layout().broadcast(ones)), order());
        }
        return LayoutOps.transposed(value, order());
    }

    /** A tensor with its rows where they were. */
    Value back(Value value) {
        int[] order = order();
        int[] inverse = new int[rank];
        IntStream.range(0, rank).forEach(i -> inverse[order[i]] = i);
        return LayoutOps.transposed(value, inverse);
    }

    /** What an operator makes of its inputs, found with their rows along the last dimension. */
    Value traced(Op op, Function<Op, Value> trace) {
        return back(trace.apply(op.with(op.inputs().stream().map(this::moved).toList())));
    }
}
