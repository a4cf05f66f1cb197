package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import io.github.finessl.encoder.VisionTransformer.Rotation;
import io.github.finessl.kernel.Activation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Assembles the blocks of a vision transformer, which share one {@link Rotation} where they turn alike. */
final class BlockAssembly {

    private static final double SCALE_TOLERANCE = 1e-6;

    private final List<Rotation> rotations = new ArrayList<>();

    /** x + branch(x). */
    record Residual(Piece stream, Piece.Linear last) {}

    /** A block, and what it was assembled from. */
    record Assembled(Block block, Piece input, int heads, boolean layerScale) {}

    /** The block that ends with a residual sum. */
    Assembled block(Piece.Sum mlp) {
        Residual second = residual(mlp);
        if (!(second.stream().origin() instanceof Piece.Sum sum)) {
            throw new Untraceable("a block without attention");
        }
        Residual first = residual(sum);
        Piece attended = first.last().input();
        Optional<LayerNorm> attendedNorm = Optional.empty();
        if (attended.origin() instanceof Piece.Normed norm) {
            attendedNorm = Optional.of(norm(norm));
            attended = norm.input();
        }
        if (!(attended.origin() instanceof Piece.Attention attention)) {
            throw new Untraceable("a residual branch that is no attention where attention is expected");
        }
        Piece norm1 = ((Piece.Linear) attention.value().linear().origin()).input();
        Block block = new Block(
                norm((Piece.Normed) norm1.origin()),
                qkv(attention, norm1),
                queryKey(attention),
                attendedNorm,
                linear(first.last()),
                norm(norm2(second.last()).orElseThrow()),
                mlp(second.last()));
        return new Assembled(
                block,
                first.stream(),
                attention.value().heads(),
                first.last().scaled() || second.last().scaled());
    }

    static Residual residual(Piece.Sum sum) {
        for (List<Piece> order : List.of(List.of(sum.left(), sum.right()), List.of(sum.right(), sum.left()))) {
            if (order.get(1).origin() instanceof Piece.Linear last
                    && beginning(last).filter(b -> b == order.get(0)).isPresent()) {
                return new Residual(order.get(0), last);
            }
        }
        boolean scaled = Stream.of(sum.left(), sum.right())
                .anyMatch(
                        p -> p.origin() instanceof Piece.RowWise f && f.input().origin() instanceof Piece.Linear);
        throw new Untraceable(
                scaled
                        ? "a residual branch that is scaled before it is added (LayerScale)"
                        : "a sum that is no pre-norm residual (x + branch(norm x))");
    }

    /** The input of the norm that a residual branch begins with. */
    private static Optional<Piece> beginning(Piece.Linear last) {
        Piece inner = unnormed(last.input());
        Piece first;
        if (inner.origin() instanceof Piece.Attention attention) {
            first = attention.value().linear();
        } else if (inner.origin() instanceof Piece.RowWise activation) {
            first = activation.input();
        } else if (inner.origin() instanceof Piece.Gated gated) {
            first = gated.value().rows();
        } else {
            first = last.input();
        }
        return first.origin() instanceof Piece.Linear linear && linear.input().origin() instanceof Piece.Normed norm
                ? Optional.of(norm.input())
                : Optional.empty();
    }

    private static Piece unnormed(Piece piece) {
        return piece.origin() instanceof Piece.Normed norm ? norm.input() : piece;
    }

    /** The norm that an MLP's branch begins with. */
    static Optional<Piece.Normed> norm2(Piece.Linear last) {
        return hidden(last).first().input().origin() instanceof Piece.Normed norm
                ? Optional.of(norm)
                : Optional.empty();
    }

    /** The first half of an MLP: its linear layer, or the two of a gated one. */
    private record Hidden(
            Piece.Linear first, int from, Optional<Piece.Part> value, RowFunction activation, long activated) {}

    private static Hidden hidden(Piece.Linear last) {
        Piece hidden = unnormed(last.input());
        if (hidden.origin() instanceof Piece.RowWise f && f.input().origin() instanceof Piece.Linear fc1) {
            return new Hidden(fc1, 0, Optional.empty(), f.function(), f.input().width());
        } else if (hidden.origin() instanceof Piece.Gated gated
                && gated.gate().rows().origin() instanceof Piece.RowWise f
                && f.input().origin() instanceof Piece.Linear gate) {
            return new Hidden(
                    gate,
                    gated.gate().from(),
                    Optional.of(gated.value()),
                    f.function(),
                    f.input().width());
        }
        throw new Untraceable("a residual branch that is no MLP (linear, activation, linear, or a gated one)");
    }

    /** An MLP that ends with a linear layer. */
    static Mlp mlp(Piece.Linear last) {
        Hidden hidden = hidden(last);
        Activation activation = hidden.activation()
                .asActivation(hidden.activated())
                .orElseThrow(() ->
                        new Untraceable("an activation that is none of QuickGELU, erf GELU, tanh GELU, SiLU and ReLU"));
        Optional<LayerNorm> innerNorm =
                last.input().origin() instanceof Piece.Normed norm ? Optional.of(norm(norm)) : Optional.empty();
        if (hidden.value().isEmpty()) {
            return new Mlp(linear(hidden.first()), activation, false, innerNorm, linear(last));
        }
        Piece.Linear value = (Piece.Linear) hidden.value().get().rows().origin();
        if (value.input() != hidden.first().input()) {
            throw new Untraceable("a gated MLP whose gate and value have different inputs");
        }
        int width = Math.toIntExact(last.input().width());
        return new Mlp(
                sideBySide(
                        hidden.first(),
                        hidden.from(),
                        value,
                        hidden.value().get().from(),
                        width),
                activation,
                true,
                innerNorm,
                linear(last));
    }

    /** {@code count} columns of two linear layers on one input. */
    private static Linear sideBySide(Piece.Linear one, int oneFrom, Piece.Linear other, int otherFrom, int count) {
        int in = Math.toIntExact(one.input().width());
        var weight = new float[in * 2 * count];
        var bias = new float[2 * count];
        int part = 0;
        for (Piece.Linear linear : List.of(one, other)) {
            int from = part == 0 ? oneFrom : otherFrom;
            float[] weights = linear.weight().floats();
            int all = weights.length / in;
            for (int i = 0; i < in; i++) {
                System.arraycopy(weights, i * all + from, weight, (i * 2 + part) * count, count);
            }
            if (linear.bias().isPresent()) {
                System.arraycopy(linear.bias().get().floats(), from, bias, part * count, count);
            }
            part++;
        }
        boolean biased = one.bias().isPresent() || other.bias().isPresent();
        return new Linear(
                Nd4j.create(weight, new long[] {in, 2L * count}, 'c'),
                biased ? Optional.of(Nd4j.createFromArray(bias)) : Optional.empty());
    }

    /** The factor of scores beside 1/√headWidth. */
    static double correction(double scale, Piece.Projection query, Piece.Projection key) {
        double expected = 1 / Math.sqrt((double) query.width() / query.heads());
        double correction = scale * query.scale() * key.scale() / expected;
        return Math.abs(correction - 1) < SCALE_TOLERANCE ? 1 : correction;
    }

    private static double correction(Piece.Attention attention) {
        return correction(
                attention.scale(),
                attention.scores().query(),
                attention.scores().key());
    }

    /** The three projections side by side; a scale other than 1/√headWidth moves into the queries, or into their norm. */
    private static Linear qkv(Piece.Attention attention, Piece input) {
        Piece.Projection query = attention.scores().query();
        Piece.Projection key = attention.scores().key();
        int width = query.width();
        if (width != input.width()) {
            throw new Untraceable("attention " + width + " wide on tokens " + input.width() + " wide");
        }
        double queryScale = query.norm().isPresent() ? 1 : correction(attention);
        var weight = new float[width * 3 * width];
        var bias = new float[3 * width];
        fill(0, 3, query, queryScale, input, weight, bias);
        fill(1, 3, key, 1, input, weight, bias);
        fill(2, 3, attention.value(), attention.value().scale(), input, weight, bias);
        boolean biased = Stream.of(query, key, attention.value()).anyMatch(BlockAssembly::isBiased);
        return new Linear(
                Nd4j.create(weight, new long[] {width, 3L * width}, 'c'),
                biased ? Optional.of(Nd4j.createFromArray(bias)) : Optional.empty());
    }

    static boolean isBiased(Piece.Projection projection) {
        return ((Piece.Linear) projection.linear().origin()).bias().isPresent();
    }

    /** Puts a projection's columns into one of several parts of a weight matrix, side by side. */
    static void fill(
            int part, int parts, Piece.Projection projection, double scale, Piece input, float[] weight, float[] bias) {
        Piece.Linear linear = (Piece.Linear) projection.linear().origin();
        if (linear.input() != input) {
            throw new Untraceable("queries, keys and values of different inputs");
        }
        float[] from = linear.weight().floats();
        Optional<float[]> fromBias = linear.bias().map(Constant::floats);
        int[] columns = projection.columns();
        int width = columns.length;
        int in = Math.toIntExact(input.width());
        int all = from.length / in;
        boolean asTheyAre = scale == 1 && IntStream.range(0, width).allMatch(j -> columns[j] == columns[0] + j);
        for (int i = 0; i < in; i++) {
            int row = (i * parts + part) * width;
            if (asTheyAre) {
                System.arraycopy(from, i * all + columns[0], weight, row, width);
                continue;
            }
            for (int j = 0; j < width; j++) {
                weight[row + j] = (float) (scale * from[i * all + columns[j]]);
            }
        }
        for (int j = 0; j < width && fromBias.isPresent(); j++) {
            bias[part * width + j] = (float) (scale * fromBias.get()[columns[j]]);
        }
    }

    private Optional<QueryKey> queryKey(Piece.Attention attention) {
        Piece.Projection query = attention.scores().query();
        Piece.Projection key = attention.scores().key();
        if (query.isPlain() && key.isPlain() && attention.bias().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new QueryKey(
                query.norm().map(norm -> norm(norm, query, correction(attention))),
                key.norm().map(norm -> norm(norm, key, 1)),
                rotation(query, key),
                attention.bias().map(bias -> VitAssembly.array(ofHeads(bias)))));
    }

    /** A bias of all heads once, where it is the same for them. */
    private static Constant ofHeads(Constant bias) {
        return bias.layout().dims().get(0).stream().allMatch(s -> s.step() == 0)
                ? bias.with(bias.layout().slice(0, 0, 1, 1))
                : bias;
    }

    /** A norm of heads, or of all of them side by side, in the order of the projection's columns. */
    static LayerNorm norm(Piece.Normed norm, Piece.Projection projection, double factor) {
        int width = Math.toIntExact(norm.gain().shape()[0]);
        int[] order = width == projection.width() / projection.heads()
                ? IntStream.range(0, width).toArray()
                : projection.columns();
        return layerNorm(inOrder(norm.gain(), order, factor), inOrder(norm.bias(), order, factor), norm);
    }

    private static INDArray inOrder(Constant vector, int[] order, double factor) {
        double[] values = vector.values();
        var ordered = new float[order.length];
        for (int i = 0; i < ordered.length; i++) {
            ordered[i] = (float) (factor * values[order[i]]);
        }
        return Nd4j.createFromArray(ordered);
    }

    private Optional<Rotation> rotation(Piece.Projection query, Piece.Projection key) {
        if (query.turn().isEmpty() && key.turn().isEmpty()) {
            return Optional.empty();
        }
        Piece.Turn turn = query.turn()
                .orElseThrow(() -> new Untraceable("keys that are turned by their places, but not queries"));
        Piece.Turn other =
                key.turn().orElseThrow(() -> new Untraceable("queries that are turned by their places, but not keys"));
        float[] cos = floats(turn.cos());
        float[] sin = floats(turn.sin());
        if (!close(cos, floats(other.cos())) || !close(sin, floats(other.sin()))) {
            throw new Untraceable("queries and keys that are turned by different angles");
        }
        int half = query.width() / query.heads() / 2;
        int tokens = cos.length / query.heads() / half;
        int one = tokens * half;
        boolean alike = IntStream.range(one, cos.length)
                .allMatch(i -> isClose(cos[i], cos[i % one]) && isClose(sin[i], sin[i % one]));
        int heads = alike ? 1 : query.heads();
        long[] shape = {heads, tokens, half};
        INDArray c = Nd4j.create(Arrays.copyOf(cos, heads * one), shape, 'c');
        INDArray s = Nd4j.create(Arrays.copyOf(sin, heads * one), shape, 'c');
        for (Rotation rotation : rotations) {
            if (rotation.cos().equals(c) && rotation.sin().equals(s)) {
                return Optional.of(rotation);
            }
        }
        rotations.add(new Rotation(c, s, Optional.empty()));
        return Optional.of(rotations.get(rotations.size() - 1));
    }

    private static boolean close(float[] one, float[] other) {
        return one.length == other.length && IntStream.range(0, one.length).allMatch(i -> isClose(one[i], other[i]));
    }

    private static boolean isClose(float one, float other) {
        return Math.abs(one - other) < SCALE_TOLERANCE;
    }

    private static float[] floats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    static LayerNorm norm(Piece.Normed norm) {
        return layerNorm(VitAssembly.array(norm.gain()), VitAssembly.array(norm.bias()), norm);
    }

    private static LayerNorm layerNorm(INDArray gain, INDArray bias, Piece.Normed norm) {
        if (norm.centred()) {
            return new LayerNorm(gain, bias, norm.epsilon());
        }
        if (!norm.bias().isAll(0)) {
            throw new Untraceable("a norm without mean but with a bias");
        }
        return LayerNorm.rms(gain, norm.epsilon());
    }

    static Linear linear(Piece.Linear linear) {
        return new Linear(VitAssembly.array(linear.weight()), linear.bias().map(VitAssembly::array));
    }
}
