package io.github.finessl.encoder.onnx;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Recognition of rotary positions: of queries and keys that are turned, two entries of a head at a time, by their token's place. */
final class Turning {
    private static final double EXACT = 1e-6;

    private Turning() {}

    /**
     * The projection whose heads are turned to become a tensor [batch, heads, tokens, headWidth].
     *
     * <p>Of entries (a, b) that become (a', b') = (a·cos - b·sin, b·cos + a·sin), one trial tells cos and sin, and another whether
     * that is what happens to them. Neighbours that are turned together become halves by another order of the columns.
     */
    static Piece.Projection projection(Probed probed) {
        Piece.Projection source = source(probed);
        int heads = source.heads();
        int width = source.width() / heads;
        long[] shape = probed.base().shape();
        int tokens = Math.toIntExact(shape[shape.length - 2]);
        List<double[]> turned = probed.values().stream()
                .map(value -> ofOneImage(value, shape[0], heads, tokens, width))
                .toList();
        for (Optional<int[]> order : List.of(Optional.<int[]>empty(), Optional.of(neighbours(width)))) {
            Optional<Piece.Projection> found = turned(source, probed.base(), order, turned, tokens);
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw new Untraceable("queries or keys that are changed by more than a norm and a turn of two entries each ("
                + probed.found() + ")");
    }

    /** Entries 0, 2, 4, ... and then 1, 3, 5, ... */
    private static int[] neighbours(int width) {
        return IntStream.range(0, width)
                .map(i -> i < width / 2 ? 2 * i : 2 * (i - width / 2) + 1)
                .toArray();
    }

    /** The heads that were tried, before they were turned. */
    private static Piece.Projection source(Probed probed) {
        Piece base = probed.base();
        if (base.shape().length == 4) {
            return Projecting.ofHeads(base);
        }
        long[] shape = probed.values().get(0).shape();
        int width = Math.toIntExact(shape[shape.length - 1]);
        int[] columns = probed.columns().stream().toArray();
        if (width < 2 || columns.length % width != 0) {
            throw new Untraceable("heads that cannot be told apart (" + probed.found() + ")");
        }
        Optional<Piece.Normed> norm = Optional.empty();
        Piece linear = base;
        if (base.origin() instanceof Piece.Normed normed) {
            norm = Optional.of(normed);
            linear = normed.input();
        }
        return new Piece.Projection(linear, 0, 1, columns.length / width, columns, norm, Optional.empty());
    }

    private static double[] ofOneImage(Constant value, long batch, int heads, int tokens, int width) {
        Constant inOrder = value.reshape(batch, heads, tokens, width);
        return inOrder.with(inOrder.layout().slice(0, 0, 1, 1)).values();
    }

    private static Optional<Piece.Projection> turned(
            Piece.Projection source, Piece base, Optional<int[]> order, List<double[]> turned, int tokens) {
        int heads = source.heads();
        int width = source.width() / heads;
        int half = width / 2;
        if (width % 2 != 0) {
            return Optional.empty();
        }
        int[] places = order.orElseGet(() -> IntStream.range(0, width).toArray());
        var cos = new double[heads * tokens * half];
        var sin = new double[cos.length];
        for (int trial = 0; trial < turned.size(); trial++) {
            double[] to = turned.get(trial);
            for (int n = 0; n < cos.length; n++) {
                int row = n / half;
                int one = places[n % half];
                int other = places[n % half + half];
                double a = before(source, base, trial, row, one, tokens);
                double b = before(source, base, trial, row, other, tokens);
                double toA = to[row * width + one];
                double toB = to[row * width + other];
                double square = a * a + b * b;
                double c = (a * toA + b * toB) / square;
                double s = (a * toB - b * toA) / square;
                if (trial == 0) {
                    cos[n] = c;
                    sin[n] = s;
                } else if (!(Math.abs(c - cos[n]) < EXACT && Math.abs(s - sin[n]) < EXACT)) {
                    return Optional.empty();
                }
            }
        }
        double scale = Math.hypot(cos[0], sin[0]);
        boolean alike = scale > 0
                && IntStream.range(0, cos.length)
                        .allMatch(n -> Math.abs(Math.hypot(cos[n], sin[n]) / scale - 1) < EXACT);
        double length = alike ? scale : 1;
        for (int n = 0; n < cos.length; n++) {
            cos[n] /= length;
            sin[n] /= length;
        }
        return Optional.of(new Piece.Projection(
                source.linear(),
                0,
                length,
                heads,
                order.map(o -> reordered(source.columns(), o)).orElse(source.columns()),
                source.norm().map(norm -> order.map(o -> reordered(norm, o)).orElse(norm)),
                Optional.of(new Piece.Turn(cos, sin))));
    }

    /** An entry of a head's row in a trial, before it is turned; rows are counted through heads and tokens. */
    private static double before(Piece.Projection source, Piece base, int trial, int row, int entry, int tokens) {
        int width = source.width() / source.heads();
        if (base.shape().length == 4) {
            return Probing.trial(trial, row * width + entry);
        }
        int column = source.columns()[row / tokens * width + entry];
        return Probing.trial(trial, row % tokens * Math.toIntExact(base.width()) + column);
    }

    private static int[] reordered(int[] columns, int[] order) {
        return IntStream.range(0, columns.length)
                .map(i -> columns[i / order.length * order.length + order[i % order.length]])
                .toArray();
    }

    /** A head's norm in another order of its entries; one of all heads keeps the order of the layer's columns. */
    private static Piece.Normed reordered(Piece.Normed norm, int[] order) {
        double[] gain = norm.gain().values();
        double[] bias = norm.bias().values();
        if (gain.length != order.length) {
            return norm;
        }
        return new Piece.Normed(
                norm.input(),
                Constant.of(IntStream.of(order).mapToDouble(i -> gain[i]).toArray(), false, order.length),
                Constant.of(IntStream.of(order).mapToDouble(i -> bias[i]).toArray(), false, order.length),
                norm.epsilon(),
                norm.centred());
    }
}
