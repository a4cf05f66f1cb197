package io.github.finessl.encoder.onnx;

import io.github.finessl.kernel.Activation;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.apache.commons.math3.special.Erf;

/**
 * A function of one row of numbers, as the file spells it. What it is (an activation, a softmax, a layer norm) is
 * found by its behaviour on probe rows, so the spelling does not matter.
 */
@FunctionalInterface
interface RowFunction {

    /** Widest row that is probed: fits any token and any token count, and no absurd size in a damaged file. */
    int WIDEST = 1 << 16;

    double[] apply(double[] row);

    /** The number c when this is x → c·x. */
    default OptionalDouble asScale(long width) {
        double[] x = probe(width, 1);
        double[] y = apply(x);
        double scale = y[0] / x[0];
        return matches(y, Arrays.stream(x).map(v -> scale * v).toArray(), 1e-9)
                ? OptionalDouble.of(scale)
                : OptionalDouble.empty();
    }

    /** The number c when this is x → softmax(c·x). */
    default OptionalDouble asSoftmax(long width) {
        if (width < 2) {
            return OptionalDouble.empty();
        }
        double[] x = probe(width, 2);
        double[] y = apply(x);
        double scale = Math.log(y[0] / y[1]) / (x[0] - x[1]);
        return matches(y, softmax(Arrays.stream(x).map(v -> scale * v).toArray()), 1e-7)
                ? OptionalDouble.of(scale)
                : OptionalDouble.empty();
    }

    /**
     * The activation that this is. Constants rounded to 16 bits move a GELU by up to 5e-4 while its variants lie further
     * apart, so the nearest one must be much nearer than the next.
     */
    default Optional<Activation> asActivation(long width) {
        // Near zero, where they differ, and far away, where a clipped one ends.
        double[] x = IntStream.range(0, check(width))
                .mapToDouble(i -> (i % 4 == 3 ? 50 : 6) * (2 * ((i * 37) % 256) / 255.0 - 1))
                .toArray();
        double[] y = apply(x);
        var distance = new java.util.EnumMap<Activation, Double>(Activation.class);
        KNOWN.forEach((activation, f) -> distance.put(
                activation,
                IntStream.range(0, x.length)
                        .mapToDouble(i -> Math.abs(y[i] - f.applyAsDouble(x[i])))
                        .max()
                        .orElse(Double.NaN)));
        var byDistance = distance.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.naturalOrder()))
                .toList();
        double nearest = byDistance.get(0).getValue();
        return nearest < 1e-3 && 4 * nearest < byDistance.get(1).getValue()
                ? Optional.of(byDistance.get(0).getKey())
                : Optional.empty();
    }

    /** Gain, bias and ε when this is a layer norm of the row, centred or not. */
    default Optional<Norm> asNorm(long width) {
        return asLayerNorm(width).or(() -> asRmsNorm(width));
    }

    private Optional<Norm> asRmsNorm(long width) {
        if (width < 4) {
            return Optional.empty();
        }
        double[] unit = rootMeanSquare(probe(width, 3), 0);
        double[] whole = apply(unit);
        double[] small = apply(Arrays.stream(unit).map(v -> 1e-3 * v).toArray());
        if (whole.length != unit.length || small.length != unit.length) {
            return Optional.empty();
        }
        double ratio = Math.pow(length(small) / length(whole), 2);
        double solved = 1e-6 * (1 - ratio) / (ratio - 1e-6);
        if (!(solved > -1e-14 && solved < 0.1)) {
            return Optional.empty();
        }
        double epsilon = Math.max(solved, 0);
        double[] gain = IntStream.range(0, unit.length)
                .mapToDouble(i -> whole[i] / unit[i] * Math.sqrt(1 + epsilon))
                .toArray();
        double[] x = probe(width, 4);
        double[] normed = rootMeanSquare(x, epsilon);
        double[] expected = IntStream.range(0, gain.length)
                .mapToDouble(i -> normed[i] * gain[i])
                .toArray();
        return matches(apply(x), expected, 1e-7)
                ? Optional.of(
                        new Norm(Constant.of(gain, false, width), Constant.filled(0, width), (float) epsilon, false))
                : Optional.empty();
    }

    private static double[] rootMeanSquare(double[] row, double epsilon) {
        double square = Arrays.stream(row).map(v -> v * v).average().orElse(0);
        return Arrays.stream(row).map(v -> v / Math.sqrt(square + epsilon)).toArray();
    }

    private static double length(double[] row) {
        return Math.sqrt(Arrays.stream(row).map(v -> v * v).sum());
    }

    private Optional<Norm> asLayerNorm(long width) {
        if (width < 4) {
            return Optional.empty();
        }
        double[] unit = standardise(probe(width, 3), 0);
        double[] up = apply(unit);
        double[] down = apply(Arrays.stream(unit).map(v -> -v).toArray());
        double[] small = apply(Arrays.stream(unit).map(v -> 1e-3 * v).toArray());
        var odd = new double[up.length];
        var bias = new double[up.length];
        double shrunk = 0;
        double whole = 0;
        for (int i = 0; i < up.length; i++) {
            odd[i] = (up[i] - down[i]) / 2;
            bias[i] = (up[i] + down[i]) / 2;
            shrunk += Math.abs(small[i] - bias[i]);
            whole += Math.abs(odd[i]);
        }
        double ratio = shrunk / whole * (shrunk / whole);
        double solved = 1e-6 * (1 - ratio) / (ratio - 1e-6);
        if (!(solved > -1e-14 && solved < 0.1)) {
            return Optional.empty();
        }
        double epsilon = Math.max(solved, 0);
        var gain = new double[up.length];
        for (int i = 0; i < gain.length; i++) {
            gain[i] = odd[i] / unit[i] * Math.sqrt(1 + epsilon);
        }
        double[] x = probe(width, 4);
        double[] expected = standardise(x, epsilon);
        for (int i = 0; i < expected.length; i++) {
            expected[i] = expected[i] * gain[i] + bias[i];
        }
        return matches(apply(x), expected, 1e-7)
                ? Optional.of(new Norm(
                        Constant.of(gain, false, width), Constant.of(bias, false, width), (float) epsilon, true))
                : Optional.empty();
    }

    /** The parameters of a layer norm. */
    record Norm(Constant gain, Constant bias, double epsilon, boolean centred) {}

    Map<Activation, DoubleUnaryOperator> KNOWN = Map.of(
            Activation.QUICK_GELU,
            x -> quickGelu(x, 1.702),
            Activation.GELU_ERF,
            RowFunction::geluErf,
            Activation.GELU_TANH,
            RowFunction::geluTanh,
            Activation.SILU,
            x -> quickGelu(x, 1),
            Activation.RELU,
            x -> Math.max(x, 0));

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    static double quickGelu(double x, double alpha) {
        return x * sigmoid(alpha * x);
    }

    static double geluErf(double x) {
        return 0.5 * x * (1 + Erf.erf(x / Math.sqrt(2)));
    }

    static double geluTanh(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    static double[] softmax(double[] row) {
        double max = Arrays.stream(row).max().orElse(0);
        double[] e = Arrays.stream(row).map(v -> Math.exp(v - max)).toArray();
        double sum = Arrays.stream(e).sum();
        return Arrays.stream(e).map(v -> v / sum).toArray();
    }

    static double[] standardise(double[] row, double epsilon) {
        double mean = Arrays.stream(row).average().orElse(0);
        double variance =
                Arrays.stream(row).map(v -> (v - mean) * (v - mean)).average().orElse(0);
        return Arrays.stream(row)
                .map(v -> (v - mean) / Math.sqrt(variance + epsilon))
                .toArray();
    }

    /** Numbers in ±[0.5, 2.5], so that none is near zero, with a mean well off zero. */
    private static double[] probe(long width, long seed) {
        var random = new Random(seed);
        return random.doubles(check(width))
                .map(u -> u < 0.3 ? -0.5 - u * 6 : 0.5 + (u - 0.3) * 2.8)
                .toArray();
    }

    private static int check(long width) {
        if (width < 1 || width > WIDEST) {
            throw new Untraceable("rows of " + width + " numbers");
        }
        return (int) width;
    }

    private static boolean matches(double[] found, double[] expected, double tolerance) {
        return found.length == expected.length
                && IntStream.range(0, found.length)
                        .allMatch(i -> Math.abs(found[i] - expected[i]) <= tolerance * (1 + Math.abs(expected[i])));
    }
}
