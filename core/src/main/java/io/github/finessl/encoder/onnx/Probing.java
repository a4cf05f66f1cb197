package io.github.finessl.encoder.onnx;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

/** Operators tried out on rows of numbers, where they are none of those that are known by their structure. */
final class Probing {

    /** One trial to find out what an operator does, one to make sure. */
    static final int TRIALS = 2;

    private static final Set<String> ELEMENTWISE = Set.of("Add", "Sub", "Mul", "Neg", "Where");

    private Probing() {}

    /** Element {@code index} of one image of a base in a trial, in ±[0.5, 2.5]: the same for all images. */
    static double trial(int trial, int index) {
        long mixed = (index + 1) * 0x9e3779b97f4a7c15L + (trial + 1) * 0xd1b54a32d192ed03L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        double unit = ((mixed ^ (mixed >>> 31)) >>> 11) * 0x1.0p-53;
        return unit < 0.5 ? -0.5 - 4 * unit : 0.5 + 4 * (unit - 0.5);
    }

    /** Whether one of an operator's inputs is known by trials alone. */
    static boolean concerns(Op op) {
        return op.inputs().stream().anyMatch(Probed.class::isInstance);
    }

    /**
     * Tries an operator, if its inputs all come from one piece.
     *
     * @param trace of an operator with constant inputs
     * @param found what kept it from being followed
     */
    static Optional<List<Value>> tried(Op op, Function<Op, List<Value>> trace, String found) {
        if (!concerns(op) && !ELEMENTWISE.contains(op.type()) && !op.type().equals("Concat")) {
            return Optional.empty();
        }
        var inputs = new ArrayList<Value>();
        for (Value input : op.inputs()) {
            if (input instanceof View view) {
                Optional<Probed> probed = probed(view, found);
                if (probed.isEmpty()) {
                    return Optional.empty();
                }
                inputs.add(probed.get());
            } else {
                inputs.add(input);
            }
        }
        List<Probed> all = inputs.stream()
                .filter(Probed.class::isInstance)
                .map(Probed.class::cast)
                .toList();
        if (all.isEmpty()) {
            return Optional.empty();
        }
        Piece base = all.get(0).base();
        if (inputs.stream().anyMatch(v -> v != null && !(v instanceof Probed || v instanceof Constant))
                || all.stream().anyMatch(each -> each.base() != base)) {
            return Optional.empty();
        }
        var columns = new BitSet();
        all.forEach(each -> columns.or(each.columns()));
        var outputs = new ArrayList<List<Constant>>();
        for (int trial = 0; trial < TRIALS; trial++) {
            int which = trial;
            List<Value> numbers = inputs.stream()
                    .map(v -> v instanceof Probed each ? each.values().get(which) : v)
                    .toList();
            List<Value> results = result(op.with(numbers), trace);
            for (int i = 0; i < results.size(); i++) {
                if (!(results.get(i) instanceof Constant constant)) {
                    return Optional.empty();
                }
                if (trial == 0) {
                    outputs.add(new ArrayList<>());
                }
                outputs.get(i).add(constant);
            }
        }
        return Optional.of(outputs.stream()
                .map(values -> (Value) new Probed(
                        base, columns, List.copyOf(values), all.get(0).found()))
                .toList());
    }

    /** A view of rows or heads in trials; empty where these are no rows of a linear layer, or a norm of such. */
    private static Optional<Probed> probed(View view, String found) {
        Piece piece = view.piece();
        Piece base = RowOps.base(piece);
        Piece source = base.origin() instanceof Piece.Normed norm ? norm.input() : base;
        if (!(source.origin() instanceof Piece.Linear || source.origin() instanceof Piece.Heads)
                || piece.width() != base.width()) {
            return Optional.empty();
        }
        int width = Math.toIntExact(base.width());
        long[] shape = base.shape();
        int perImage = Math.toIntExact(Layout.of(shape).size() / shape[0]);
        var columns = new BitSet();
        for (int place : view.layout().within(width).indices()) {
            columns.set(place % width);
        }
        var values = new ArrayList<Constant>();
        for (int trial = 0; trial < TRIALS; trial++) {
            int which = trial;
            Constant.Elements numbers = i -> trial(which, i % perImage);
            if (piece.origin() instanceof Piece.RowWise f) {
                double[] rows = rows(f.function(), which, perImage, width);
                numbers = i -> rows[i % perImage];
            }
            values.add(new Constant(view.layout(), numbers, false));
        }
        return Optional.of(new Probed(base, columns, values, found));
    }

    private static double[] rows(RowFunction function, int trial, int perImage, int width) {
        var all = new double[perImage];
        var row = new double[width];
        for (int from = 0; from < perImage; from += width) {
            for (int i = 0; i < width; i++) {
                row[i] = trial(trial, from + i);
            }
            System.arraycopy(function.apply(row), 0, all, from, width);
        }
        return all;
    }

    /** An operator on constants, computed element by element when these are asked for. */
    private static List<Value> result(Op op, Function<Op, List<Value>> trace) {
        if (ELEMENTWISE.contains(op.type())) {
            return List.of(elementwise(op));
        } else if (op.type().equals("Concat")) {
            return List.of(concatenated(op));
        }
        return trace.apply(op);
    }

    private static Constant elementwise(Op op) {
        Elementwise.Operation operation = Elementwise.operation(op);
        List<Constant> inputs = op.inputs().stream()
                .map(Constant.class::cast)
                .filter(Objects::nonNull)
                .toList();
        Layout broadcast = inputs.get(0).layout();
        for (Constant input : inputs) {
            broadcast = broadcast.broadcast(input.shape());
        }
        long[] shape = broadcast.shape();
        List<Constant> wide =
                inputs.stream().map(c -> c.with(c.layout().broadcast(shape))).toList();
        List<IntUnaryOperator> places =
                wide.stream().map(c -> c.layout().places()).toList();
        return new Constant(
                Layout.of(shape),
                i -> {
                    var arguments = new double[wide.size()];
                    for (int j = 0; j < arguments.length; j++) {
                        arguments[j] = wide.get(j).elements().at(places.get(j).applyAsInt(i));
                    }
                    return operation.apply(arguments);
                },
                false);
    }

    private static Constant concatenated(Op op) {
        List<Constant> parts = op.inputs().stream().map(Constant.class::cast).toList();
        long[] shape = parts.get(0).shape();
        int dim = op.dimension("axis", 0, shape.length);
        long inner = 1;
        for (int d = dim + 1; d < shape.length; d++) {
            inner *= shape[d];
        }
        int step = Math.toIntExact(inner);
        int[] sizes =
                parts.stream().mapToInt(p -> Math.toIntExact(p.shape()[dim])).toArray();
        shape[dim] = parts.stream().mapToLong(p -> p.shape()[dim]).sum();
        int along = Math.toIntExact(shape[dim]);
        List<IntUnaryOperator> places =
                parts.stream().map(p -> p.layout().places()).toList();
        return new Constant(
                Layout.of(shape),
                i -> {
                    int at = i / step % along;
                    int part = 0;
                    while (at >= sizes[part]) {
                        at -= sizes[part++];
                    }
                    int outer = i / step / along;
                    int place = (outer * sizes[part] + at) * step + i % step;
                    return parts.get(part).elements().at(places.get(part).applyAsInt(place));
                },
                false);
    }
}
