package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;

/**
 * Arithmetic, softmaxes, norms and reductions on rows. Whatever happens to the rows of one piece becomes one
 * {@link RowFunction}, which is recognised by what it does and not by how it is spelt.
 */
final class RowOps {

    /** More operations than any spelling of one activation or norm. */
    private static final int LARGEST = 64;

    private static final Map<String, DoubleBinaryOperator> REDUCTIONS = Map.of(
            "ReduceMean", (a, b) -> a + b,
            "ReduceSum", (a, b) -> a + b,
            "ReduceProd", (a, b) -> a * b,
            "ReduceMax", Math::max,
            "ReduceMin", Math::min,
            "ReduceSumSquare", (a, b) -> a + b,
            "ReduceL2", (a, b) -> a + b);

    private RowOps() {}

    static Piece base(Piece piece) {
        return piece.origin() instanceof Piece.RowWise f ? f.input() : piece;
    }

    /** The function that leads from a piece's base to it. */
    private static Piece.RowWise function(Piece piece) {
        return piece.origin() instanceof Piece.RowWise f ? f : itself(piece);
    }

    private static Piece.RowWise itself(Piece piece) {
        return new Piece.RowWise(piece, row -> row, 0, false);
    }

    /** One function of the rows of one piece, made of everything that happens to them. */
    static Value rowWise(List<Value> asTheyAre, Elementwise.Operation operation) {
        List<Value> inputs = ofOneBase(asTheyAre);
        View widest = inputs.stream()
                .filter(View.class::isInstance)
                .map(View.class::cast)
                .max((a, b) -> Long.compare(a.piece().width(), b.piece().width()))
                .orElseThrow();
        Piece base = commonBase(inputs);
        var arguments = inputs.stream().map(v -> argument(v, widest, base)).toList();
        int size = 1 + arguments.stream().mapToInt(Piece.RowWise::size).sum();
        boolean reduces = arguments.stream().anyMatch(Piece.RowWise::reduces);
        RowFunction combined = row -> {
            List<double[]> rows =
                    arguments.stream().map(a -> a.function().apply(row)).toList();
            var result = new double[rows.stream().mapToInt(r -> r.length).max().orElseThrow()];
            var at = new double[rows.size()];
            for (int i = 0; i < result.length; i++) {
                for (int j = 0; j < at.length; j++) {
                    double[] r = rows.get(j);
                    at[j] = r[r.length == 1 ? 0 : i];
                }
                result[i] = operation.apply(at);
            }
            return result;
        };
        return view(widest, new Piece.RowWise(base, combined, size, reduces), widest.layout());
    }

    /** The piece that all views are of, or functions of. */
    private static Piece commonBase(List<Value> inputs) {
        List<Piece> pieces = inputs.stream()
                .filter(View.class::isInstance)
                .map(v -> ((View) v).piece())
                .toList();
        return pieces.stream()
                .map(RowOps::base)
                .filter(base -> pieces.stream().allMatch(piece -> piece == base || base(piece) == base))
                .findFirst()
                .orElseThrow(() -> new Untraceable("two different things combined"));
    }

    /** Rows of heads where some were cut from whole rows before, as those of a norm that is spelt out. */
    private static List<Value> ofOneBase(List<Value> inputs) {
        long bases = inputs.stream()
                .filter(View.class::isInstance)
                .map(v -> base(((View) v).piece()))
                .distinct()
                .count();
        return bases == 1
                ? inputs
                : inputs.stream()
                        .map(v -> v instanceof View view ? Projecting.cut(view).orElse(view) : v)
                        .map(Value.class::cast)
                        .toList();
    }

    /** A view whose last dimension runs along whole rows, or those of heads. */
    static View ofRows(View view) {
        return view.layout().isRows(view.piece().width())
                ? view
                : Projecting.cut(view).orElse(view);
    }

    private static Piece.RowWise argument(Value value, View widest, Piece base) {
        Piece piece = widest.piece();
        if (value instanceof Constant constant) {
            long[] shape = widest.layout().shape();
            if (!Arrays.equals(constant.layout().broadcast(shape).shape(), shape)) {
                throw new Untraceable("a constant with more dimensions than what it is combined with");
            }
            if (constant.isUniform()) {
                double number = constant.first();
                return new Piece.RowWise(piece, row -> new double[] {number}, 0, false);
            }
            double[] vector = Elementwise.vector(widest, constant)
                    .orElseThrow(() -> new Untraceable(
                            base(piece).origin() instanceof Piece.Scores
                                    ? "attention with a mask or a bias for positions"
                                    : "constants combined with something else than whole rows"))
                    .values();
            return new Piece.RowWise(piece, row -> vector, 0, false);
        }
        View view = (View) value;
        long width = view.piece().width();
        boolean aligned = width == piece.width()
                ? view.layout().equals(widest.layout())
                : width == 1
                        && widest.layout().isRows(piece.width())
                        && view.layout().unrepeated().rowsOf(1, piece.width()).equals(widest.layout());
        if (!aligned) {
            throw new Untraceable("one thing combined with itself in another order");
        }
        return view.piece() == base ? itself(base) : function(view.piece());
    }

    /** The view of a row function's result, which is a layer norm as soon as it behaves like one. */
    private static View view(View from, Piece.RowWise function, Layout layout) {
        if (function.size() > LARGEST) {
            throw new Untraceable("more arithmetic between two layers than any activation or norm needs");
        }
        Piece base = function.input();
        long width = from.piece().width();
        boolean ofTokens = base.shape().length == 3 || base.origin() instanceof Piece.Heads;
        if (function.reduces() && width == base.width() && ofTokens) {
            Optional<RowFunction.Norm> norm = function.function().asNorm(width);
            if (norm.isPresent()) {
                RowFunction.Norm n = norm.get();
                return new View(
                        base.derive(new Piece.Normed(base, n.gain(), n.bias(), n.epsilon(), n.centred()), width),
                        layout);
            }
        }
        return new View(base.derive(function, width), layout);
    }

    /** A function of each row of a constant. */
    static Constant onRows(Constant constant, RowFunction function) {
        long[] shape = constant.shape();
        int width = Math.toIntExact(shape[shape.length - 1]);
        double[] values = constant.values();
        for (int from = 0; from < values.length; from += width) {
            System.arraycopy(function.apply(Arrays.copyOfRange(values, from, from + width)), 0, values, from, width);
        }
        return Constant.of(values, false, shape);
    }

    static Value softmax(Op op) {
        if (op.input(0) instanceof Constant constant) {
            return onRows(constant, RowFunction::softmax);
        }
        View view = op.view(0);
        int rank = view.layout().rank();
        int dim = op.dimension("axis", op.opset() < 13 ? 1 : -1, rank);
        if (dim != rank - 1 || !view.layout().isRows(view.piece().width())) {
            throw new Untraceable("a softmax over something else than rows");
        }
        Piece.RowWise before = function(view.piece());
        boolean log = op.type().startsWith("Log");
        RowFunction softmax = row -> {
            double[] shares = RowFunction.softmax(before.function().apply(row));
            return log ? Arrays.stream(shares).map(Math::log).toArray() : shares;
        };
        return view(
                view, new Piece.RowWise(before.input(), softmax, before.size() + 1, before.reduces()), view.layout());
    }

    /**
     * A norm that does not centre. Where the row was centred before, both together are a layer norm: ONNX Runtime's
     * optimiser fuses the rest of one so.
     */
    static View rmsNorm(Op op, View input, Constant gains, double epsilon) {
        View view = ofRows(input);
        int rank = view.layout().rank();
        if (op.dimension("axis", -1, rank) != rank - 1) {
            throw new Untraceable("a norm over something else than rows");
        }
        double[] gain = Elementwise.vector(view, gains)
                .orElseThrow(() -> new Untraceable("a norm without a gain for each column"))
                .values();
        Piece.RowWise before = function(view.piece());
        RowFunction norm = row -> {
            double[] x = before.function().apply(row);
            double deviation =
                    Math.sqrt(Arrays.stream(x).map(v -> v * v).average().orElse(0) + epsilon);
            return IntStream.range(0, x.length)
                    .mapToDouble(i -> x[i] / deviation * gain[i])
                    .toArray();
        };
        return view(view, new Piece.RowWise(before.input(), norm, before.size() + 1, true), view.layout());
    }

    static boolean isReduction(Op op) {
        return REDUCTIONS.containsKey(op.type());
    }

    static Value reduce(Op op) {
        if (op.input(0) instanceof Constant constant) {
            return reduced(op, constant);
        }
        View view = op.view(0);
        int rank = view.layout().rank();
        Optional<int[]> dims = op.integers("axes", 1).map(a -> Op.dimensions(a, rank));
        if (op.type().equals("ReduceMean") && dims.isPresent()) {
            long[] shape = view.layout().shape();
            if (isOneToken(view.piece()) && Arrays.stream(dims.get()).allMatch(d -> shape[d] == 1)) {
                return ofOne(op, view, dims.get());
            }
            Optional<View> mean = Convolving.mean(view, dims.get(), op.integer("keepdims", 1) != 0);
            if (mean.isPresent()) {
                return mean.get();
            }
        }
        int dim = op.onlyDimension(op.integers("axes", 1), rank)
                .orElseThrow(() -> new Untraceable("a reduction over several dimensions"));
        Optional<Aside> aside = Aside.of(List.of(view)).filter(a -> a.dim() == dim);
        if (aside.isPresent()) {
            View reduced = rowsReduced(op.type(), (View) aside.get().moved(view));
            Layout back = ((View) aside.get().back(reduced)).layout();
            return new View(reduced.piece(), op.integer("keepdims", 1) == 0 ? back.drop(dim) : back);
        }
        View rows = dim == rank - 1 ? ofRows(view) : view;
        if (dim != rank - 1 || !rows.layout().isRows(rows.piece().width())) {
            View mean = Optional.of(view)
                    .filter(v -> op.type().equals("ReduceMean"))
                    .flatMap(v -> TokenSequence.mean(v, dim))
                    .orElseThrow(() -> new Untraceable("tokens pooled in another way than by the mean of them all, or"
                            + " of all but the first few"));
            return op.integer("keepdims", 1) == 0
                    ? new View(mean.piece(), mean.layout().drop(dim))
                    : mean;
        }
        View reduced = rowsReduced(op.type(), rows);
        return op.integer("keepdims", 1) == 0
                ? new View(reduced.piece(), reduced.layout().drop(rank - 1))
                : reduced;
    }

    /** Each row as one number. */
    private static View rowsReduced(String type, View rows) {
        Piece piece = rows.piece();
        boolean activated = piece.width() > 1
                && piece.origin() instanceof Piece.RowWise f
                && !f.reduces()
                && f.input().origin() instanceof Piece.Linear
                && f.function().asActivation(piece.width()).isPresent();
        Piece.RowWise before =
                activated ? itself(piece) : function(piece); // a norm of an activation is none of a layer
        RowFunction reduction =
                row -> new double[] {reduced(type, before.function().apply(row))};
        var reduced = new Piece.RowWise(before.input(), reduction, before.size() + 1, true);
        return new View(piece.derive(reduced, 1), rows.layout().rowsOf(piece.width(), 1));
    }

    /** Whether a piece is of one token, as that of attention pooling, and no map of one pixel. */
    private static boolean isOneToken(Piece piece) {
        Piece.Origin origin = piece.origin();
        return piece.shape()[1] == 1
                && (origin instanceof Piece.Pooled || origin instanceof Piece.Linear || origin instanceof Piece.Normed);
    }

    /** The mean of one number, which is that. */
    private static View ofOne(Op op, View view, int[] dims) {
        Layout layout = view.layout();
        for (int i = dims.length - 1; i >= 0 && op.integer("keepdims", 1) == 0; i--) {
            layout = layout.drop(dims[i]);
        }
        return new View(view.piece(), layout);
    }

    /** A constant reduced over some of its dimensions, or over all. */
    private static Value reduced(Op op, Constant constant) {
        long[] shape = constant.shape();
        int[] over = op.integers("axes", 1)
                .map(axes -> Op.dimensions(axes, shape.length))
                .orElseGet(() -> IntStream.range(0, shape.length).toArray());
        int[] left = IntStream.range(0, shape.length)
                .filter(d -> Arrays.stream(over).noneMatch(o -> o == d))
                .toArray();
        int[] order = IntStream.concat(Arrays.stream(left), Arrays.stream(over)).toArray();
        int size = Arrays.stream(over).map(d -> Math.toIntExact(shape[d])).reduce(1, Math::multiplyExact);
        double[] values = constant.with(constant.layout().transpose(order)).values();
        if (values.length == 0) {
            throw new Untraceable("a reduction of nothing");
        }
        var results = new double[values.length / size];
        for (int i = 0; i < results.length; i++) {
            results[i] = reduced(op.type(), Arrays.copyOfRange(values, i * size, (i + 1) * size));
        }
        boolean keep = op.integer("keepdims", 1) != 0;
        long[] kept = IntStream.range(0, shape.length)
                .filter(d -> keep || Arrays.stream(left).anyMatch(l -> l == d))
                .mapToLong(d -> Arrays.stream(left).anyMatch(l -> l == d) ? shape[d] : 1)
                .toArray();
        return Constant.of(results, constant.integral(), kept);
    }

    private static double reduced(String type, double[] row) {
        boolean squares = type.equals("ReduceSumSquare") || type.equals("ReduceL2");
        double all = Arrays.stream(row)
                .map(v -> squares ? v * v : v)
                .reduce(REDUCTIONS.get(type))
                .orElseThrow();
        return switch (type) {
            case "ReduceMean" -> all / row.length;
            case "ReduceL2" -> Math.sqrt(all);
            default -> all;
        };
    }
}
