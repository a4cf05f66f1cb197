package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Resize of constants, linear or cubic: exports whose image size differs from the one that was trained on (DINOv2 at 224
 * pixels, say) resample the position embeddings in the graph.
 *
 * <p>Along each dimension, output i takes inputs x with weight k(x − c) over their sum, where c is where the file's
 * coordinates put i; the outermost inputs go on beyond the edges, unless the file excludes that.
 */
final class Resampling {

    private final Op op;
    private final boolean cubic;

    private Resampling(Op op) {
        this.op = op;
        this.cubic = op.string("mode", "nearest").equals("cubic");
        if (!cubic && !op.string("mode", "nearest").equals("linear")) {
            throw new Untraceable("constants resized to their nearest");
        } else if (op.integer("antialias", 0) != 0) {
            throw new Untraceable("position embeddings resampled with antialiasing inside of the graph (an export for"
                    + " their own image size is needed)");
        }
    }

    /** The shape that a Resize gives a tensor. */
    static long[] shape(Op op, long[] from) {
        int[] dims = dims(op, from.length);
        double[] numbers = numbers(op, dims);
        long[] to = from.clone();
        for (int i = 0; i < dims.length; i++) {
            to[dims[i]] = (long) (op.has(3) ? numbers[i] : Math.floor(from[dims[i]] * numbers[i]));
            if (to[dims[i]] < 1 || to[dims[i]] > RowFunction.WIDEST) {
                throw new Untraceable("a resize to " + Arrays.toString(to));
            }
        }
        return to;
    }

    private static int[] dims(Op op, int rank) {
        return op.integers("axes")
                .map(axes ->
                        Arrays.stream(axes).mapToInt(a -> Op.dimension(a, rank)).toArray())
                .orElseGet(() -> IntStream.range(0, rank).toArray());
    }

    /** Sizes or scales, one for each dimension. */
    private static double[] numbers(Op op, int[] dims) {
        double[] numbers = op.constant(op.has(3) ? 3 : op.opset() < 11 ? 1 : 2).values();
        if (numbers.length != dims.length
                || !op.string("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
            throw new Untraceable("a resize by " + numbers.length + " numbers");
        }
        return numbers;
    }

    static Constant resize(Op op, Constant constant) {
        var resampling = new Resampling(op);
        long[] shape = constant.shape();
        long[] to = shape(op, shape);
        int[] dims = dims(op, shape.length);
        double[] numbers = numbers(op, dims);
        double[] values = constant.values();
        for (int i = 0; i < dims.length; i++) {
            int dim = dims[i];
            double scale = op.has(3) ? (double) to[dim] / shape[dim] : numbers[i];
            if (scale != 1) {
                double[][] weights = resampling.weights((int) shape[dim], (int) to[dim], scale);
                values = along(values, shape, dim, weights);
                shape[dim] = to[dim];
            }
        }
        return Constant.of(values, false, shape);
    }

    private static double[] along(double[] values, long[] shape, int dim, double[][] weights) {
        int in = (int) shape[dim];
        int out = weights.length;
        int inner = Math.toIntExact(Arrays.stream(shape, dim + 1, shape.length).reduce(1, Math::multiplyExact));
        int outer = values.length / Math.multiplyExact(in, inner);
        var result = new double[Math.multiplyExact(Math.multiplyExact(outer, out), inner)];
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < out; i++) {
                for (int x = 0; x < in; x++) {
                    double weight = weights[i][x];
                    for (int j = 0; weight != 0 && j < inner; j++) {
                        result[(o * out + i) * inner + j] += weight * values[(o * in + x) * inner + j];
                    }
                }
            }
        }
        return result;
    }

    /** [out][in]: how much of each input each output takes. */
    private double[][] weights(int in, int out, double scale) {
        var weights = new double[out][in];
        boolean excluding = op.integer("exclude_outside", 0) != 0;
        int reach = cubic ? 2 : 1;
        for (int i = 0; i < out; i++) {
            double centre = centre(i, in, out, scale);
            double sum = 0;
            for (int x = (int) Math.floor(centre) - reach; x <= Math.ceil(centre) + reach; x++) {
                boolean outside = x < 0 || x >= in;
                double weight = outside && excluding ? 0 : kernel(Math.abs(x - centre));
                weights[i][Math.max(0, Math.min(in - 1, x))] += weight;
                sum += weight;
            }
            for (int x = 0; x < in; x++) {
                weights[i][x] /= sum;
            }
        }
        return weights;
    }

    private double centre(int i, int in, int out, double scale) {
        String coordinates = op.string("coordinate_transformation_mode", "half_pixel");
        return switch (coordinates) {
            case "half_pixel" -> (i + 0.5) / scale - 0.5;
            case "pytorch_half_pixel" -> out > 1 ? (i + 0.5) / scale - 0.5 : 0;
            case "align_corners" -> out > 1 ? (double) i * (in - 1) / (out - 1) : 0;
            case "asymmetric" -> i / scale;
            default -> throw new Untraceable("constants resized by the coordinates " + coordinates);
        };
    }

    /** Linear, or Keys' cubic. */
    private double kernel(double x) {
        if (!cubic) {
            return Math.max(0, 1 - x);
        }
        double a = op.number("cubic_coeff_a", -0.75);
        if (x < 1) {
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }
}
