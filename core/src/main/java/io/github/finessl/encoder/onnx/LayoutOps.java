package io.github.finessl.encoder.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/** Operators that only move elements about: on constants and on what depends on the image alike. */
final class LayoutOps {

    private LayoutOps() {}

    private static Layout layout(Value value) {
        if (value instanceof Constant constant) {
            return constant.layout();
        } else if (value instanceof Quantised quantised) {
            return layout(quantised.value());
        }
        return value instanceof Probed probed ? probed.values().get(0).layout() : ((View) value).layout();
    }

    static long[] shape(Value value) {
        return layout(value).shape();
    }

    private static Value with(Value value, UnaryOperator<Layout> change) {
        if (value instanceof Constant constant) {
            return constant.with(change.apply(constant.layout()));
        } else if (value instanceof Quantised quantised) {
            if (!(quantised.scale() instanceof Constant scale && scale.layout().size() > 1)) {
                return new Quantised(with(quantised.value(), change), quantised.scale(), quantised.zeroPoint());
            }
            throw new Untraceable("integers with several scales in another order");
        }
        if (value instanceof Probed probed) {
            List<Constant> changed = probed.values().stream()
                    .map(c -> (Constant) with(c, change))
                    .toList();
            return new Probed(probed.base(), probed.columns(), changed, probed.found());
        }
        View view = (View) value;
        return new View(view.piece(), change.apply(view.layout()));
    }

    static Value reshaped(Value value, long... shape) {
        if (value instanceof Probed probed) {
            List<Constant> changed =
                    probed.values().stream().map(c -> c.reshape(shape)).toList();
            return new Probed(probed.base(), probed.columns(), changed, probed.found());
        }
        return value instanceof Constant constant ? constant.reshape(shape) : with(value, l -> l.reshape(shape));
    }

    static Constant shapeOf(Op op) {
        long[] shape = shape(op.input(0));
        int start = clamp(op.integer("start", 0), shape.length);
        int end = clamp(op.integer("end", shape.length), shape.length);
        return Constant.ofLongs(Arrays.copyOfRange(shape, start, Math.max(start, end)));
    }

    private static int clamp(long dim, int rank) {
        return (int) Math.max(0, Math.min(rank, dim < 0 ? dim + rank : dim));
    }

    static Value reshape(Op op) {
        long[] old = shape(op.input(0));
        long[] shape = op.integers("shape", 1)
                .orElseThrow(() -> new Untraceable("a reshape to no shape"))
                .clone();
        int open = -1;
        long rest = Arrays.stream(old).reduce(1, Math::multiplyExact);
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == 0 && op.integer("allowzero", 0) == 0) {
                shape[i] = old[Op.dimension(i, old.length)];
            }
            if (shape[i] == -1) {
                open = i;
            } else if (shape[i] != 0) {
                rest = rest / shape[i];
            }
        }
        if (open >= 0) {
            shape[open] = rest;
        }
        return reshaped(op.input(0), shape);
    }

    static Value flatten(Op op) {
        long[] shape = shape(op.input(0));
        int dim = clamp(op.integer("axis", 1), shape.length);
        return reshaped(
                op.input(0),
                Arrays.stream(shape, 0, dim).reduce(1, Math::multiplyExact),
                Arrays.stream(shape, dim, shape.length).reduce(1, Math::multiplyExact));
    }

    static Value transpose(Op op) {
        int rank = shape(op.input(0)).length;
        long[] order = op.integers("perm")
                .orElseGet(
                        () -> LongStream.range(0, rank).map(i -> rank - 1 - i).toArray());
        return transposed(
                op.input(0), Arrays.stream(order).mapToInt(Math::toIntExact).toArray());
    }

    static Value transposed(Value value, int... order) {
        return with(value, l -> l.transpose(order));
    }

    static Value swapLast(Value value) {
        int rank = shape(value).length;
        int[] order = new int[rank];
        Arrays.setAll(order, i -> i < rank - 2 ? i : 2 * rank - 3 - i);
        return transposed(value, order);
    }

    static Value squeeze(Op op) {
        Value value = op.input(0);
        long[] shape = shape(value);
        int[] dims = op.integers("axes", 1)
                .map(a -> Op.dimensions(a, shape.length))
                .orElseGet(() -> LongStream.range(0, shape.length)
                        .filter(i -> shape[(int) i] == 1)
                        .mapToInt(i -> (int) i)
                        .toArray());
        for (int i = dims.length - 1; i >= 0; i--) {
            int dim = dims[i];
            value = with(value, l -> l.drop(dim));
        }
        return value;
    }

    static Value unsqueeze(Op op) {
        long[] old = shape(op.input(0));
        long[] axes = op.integers("axes", 1).orElseThrow(() -> new Untraceable("an unsqueeze of no dimension"));
        int rank = old.length + axes.length;
        int[] dims = Op.dimensions(axes, rank);
        var shape = new ArrayList<Long>();
        Arrays.stream(old).forEach(shape::add);
        for (int dim : dims) {
            shape.add(Math.min(dim, shape.size()), 1L);
        }
        return reshaped(op.input(0), shape.stream().mapToLong(Long::longValue).toArray());
    }

    static Value expand(Op op) {
        return with(op.input(0), l -> l.broadcast(op.constant(1).longs()));
    }

    static Value tile(Op op) {
        Value value = op.input(0);
        long[] repeats = op.constant(1).longs();
        long[] shape = shape(value);
        if (repeats.length != shape.length) {
            throw new Untraceable("a tile by " + Arrays.toString(repeats));
        }
        var split = new long[2 * shape.length];
        var wide = new long[2 * shape.length];
        var tiled = new long[shape.length];
        for (int i = 0; i < shape.length; i++) {
            split[2 * i] = 1;
            split[2 * i + 1] = shape[i];
            wide[2 * i] = repeats[i];
            wide[2 * i + 1] = shape[i];
            tiled[i] = Math.multiplyExact(repeats[i], shape[i]);
        }
        return reshaped(with(reshaped(value, split), l -> l.broadcast(wide)), tiled);
    }

    /** A constant with one number around it. */
    static Constant pad(Op op) {
        if (!(op.input(0) instanceof Constant constant)) {
            throw new Untraceable("tokens padded, to whole windows perhaps (a Swin transformer?)");
        }
        long[] pads = op.integers("pads", 1).orElseThrow(() -> new Untraceable("a pad of no size"));
        long[] shape = constant.shape();
        if (!op.string("mode", "constant").equals("constant") || op.has(3) || pads.length != 2 * shape.length) {
            throw new Untraceable("constants padded by other constants");
        }
        double value = op.optionalConstant(2).map(Constant::first).orElse(op.number("value", 0));
        Constant padded = constant;
        for (int dim = 0; dim < shape.length; dim++) {
            padded = concatenated(
                    List.of(
                            border(padded, dim, pads[dim], value),
                            padded,
                            border(padded, dim, pads[dim + shape.length], value)),
                    dim);
        }
        return padded;
    }

    private static Constant border(Constant inner, int dim, long size, double value) {
        long[] shape = inner.shape();
        shape[dim] = size;
        Constant filled = Constant.filled(value, shape);
        return new Constant(filled.layout(), filled.elements(), inner.integral());
    }

    static Value slice(Op op) {
        Value value = op.input(0);
        long[] shape = shape(value);
        long[] starts = op.integers("starts", 1).orElseThrow(() -> new Untraceable("a slice without starts"));
        long[] ends = op.integers("ends", 2).orElseThrow(() -> new Untraceable("a slice without ends"));
        long[] axes = op.integers("axes", 3)
                .orElseGet(() -> LongStream.range(0, starts.length).toArray());
        long[] steps = op.optionalConstant(4).map(Constant::longs).orElseGet(() -> {
            var ones = new long[starts.length];
            Arrays.fill(ones, 1);
            return ones;
        });
        if (ends.length != starts.length || axes.length != starts.length || steps.length != starts.length) {
            throw new Untraceable("a slice with starts, ends, axes and steps of different lengths");
        }
        for (int i = 0; i < starts.length; i++) {
            int dim = Op.dimension(axes[i], shape.length);
            long size = shape[dim];
            long step = steps[i];
            if (step == 0 || step < -size - 1) {
                throw new Untraceable("a slice by steps of " + step);
            }
            long lowest = step > 0 ? 0 : -1;
            long highest = step > 0 ? size : size - 1;
            long start = Math.max(0, Math.min(highest, starts[i] < 0 ? starts[i] + size : starts[i]));
            long end = Math.max(lowest, Math.min(highest, ends[i] < 0 ? ends[i] + size : ends[i]));
            long span = step > 0 ? end - start : start - end;
            long count = span <= 0 ? 0 : (span - 1) / Math.abs(step) + 1;
            value = with(value, l -> l.slice(dim, start, step, count));
        }
        return value;
    }

    static List<Value> split(Op op) {
        Value value = op.input(0);
        long[] shape = shape(value);
        int dim = op.dimension("axis", 0, shape.length);
        long size = shape[dim];
        int parts = op.outputs();
        long[] sizes = op.integers("split", 1).orElseGet(() -> {
            long part = (size + parts - 1) / parts;
            return LongStream.range(0, parts)
                    .map(i -> Math.max(0, Math.min(part, size - i * part)))
                    .toArray();
        });
        var split = new ArrayList<Value>();
        long start = 0;
        for (long count : sizes) {
            long from = start;
            split.add(with(value, l -> l.slice(dim, from, 1, count)));
            start += count;
        }
        return split;
    }

    static Value gather(Op op) {
        return gather(op, op.dimension("axis", 0, shape(op.input(0)).length), op.constant(1));
    }

    /** A gather whose indices are tuples: of one number each, which is one along the first dimension. */
    static Value gatherTuples(Op op) {
        long[] tuples = shape(op.constant(1));
        if (op.integer("batch_dims", 0) != 0 || tuples.length == 0 || tuples[tuples.length - 1] != 1) {
            throw new Untraceable("a gather along several dimensions");
        }
        return gather(op, 0, op.constant(1).reshape(Arrays.copyOf(tuples, tuples.length - 1)));
    }

    private static Value gather(Op op, int dim, Constant where) {
        Value value = op.input(0);
        long[] shape = shape(value);
        long size = shape[dim];
        long[] at = Arrays.stream(where.longs()).map(i -> i < 0 ? i + size : i).toArray();
        if (at.length == 0) {
            throw new Untraceable("a gather of nothing");
        }
        long step = at.length > 1 ? at[1] - at[0] : 1;
        for (int i = 1; i < at.length; i++) {
            if (at[i] - at[i - 1] != step) {
                return gatherAnywhere(op, dim, at, where.shape());
            }
        }
        if (step == 0) {
            return gatherAnywhere(op, dim, at, where.shape());
        }
        Value picked = with(value, l -> l.slice(dim, at[0], step, at.length));
        return reshaped(picked, gathered(shape, dim, where.shape()));
    }

    private static Value gatherAnywhere(Op op, int dim, long[] at, long[] where) {
        Constant from = op.constant(0);
        List<Value> parts = Arrays.stream(at)
                .mapToObj(i -> (Value) from.with(from.layout().slice(dim, i, 1, 1)))
                .toList();
        return concatenated(parts, dim).reshape(gathered(from.shape(), dim, where));
    }

    private static long[] gathered(long[] shape, int dim, long[] where) {
        return LongStream.concat(
                        LongStream.concat(Arrays.stream(shape, 0, dim), Arrays.stream(where)),
                        Arrays.stream(shape, dim + 1, shape.length))
                .toArray();
    }

    /** Constants with slices of them replaced. */
    static Constant scattered(Op op) {
        Constant data = op.constant(0);
        long[] shape = data.shape();
        long[] where = op.constant(1).shape();
        long[] at = op.constant(1).longs();
        double[] updates = op.constant(2).values();
        double[] values = data.values();
        int depth = Math.toIntExact(where[where.length - 1]);
        if (!op.string("reduction", "none").equals("none") || depth < 1 || depth > shape.length) {
            throw new Untraceable("constants scattered in another way than by replacement");
        }
        int slice = Math.toIntExact(Arrays.stream(shape, depth, shape.length).reduce(1, Math::multiplyExact));
        for (int n = 0; n < at.length / depth; n++) {
            long place = 0;
            for (int d = 0; d < depth; d++) {
                long i = at[n * depth + d];
                place = place * shape[d] + (i < 0 ? i + shape[d] : i);
            }
            System.arraycopy(updates, n * slice, values, Math.toIntExact(place * slice), slice);
        }
        return Constant.of(values, data.integral(), shape);
    }

    static Value concat(Op op) {
        List<Value> parts = op.inputs();
        int dim = op.dimension("axis", 0, shape(op.input(0)).length);
        if (parts.contains(null)) {
            throw new Untraceable("a node that lacks inputs");
        }
        if (parts.size() == 1) {
            return parts.get(0);
        }
        if (parts.stream().allMatch(Constant.class::isInstance)) {
            return concatenated(parts, dim);
        }
        return Patching.joined(parts, dim)
                .or(() -> Convolving.meanToken(parts, dim))
                .orElseGet(() -> TokenSequence.joined(parts, dim));
    }

    /**
     * Resizes a constant, or a tensor to the size that it has already, as exports for images of several sizes do. Where
     * the image is open, position embeddings keep their size, for else any image would do.
     */
    static Value resize(Op op, boolean openImage) {
        Value value = op.input(0);
        if (Arrays.equals(Resampling.shape(op, shape(value)), shape(value))) {
            return value;
        } else if (!(value instanceof Constant constant)) {
            throw new Untraceable("an image resized inside of the graph");
        } else if (openImage) {
            throw new Untraceable("an image of another size than the position embeddings are for");
        } else if (op.opset() < 11) {
            throw new Untraceable("constants resized as before opset 11");
        } else {
            return Resampling.resize(op, constant);
        }
    }

    private static Constant concatenated(List<Value> parts, int dim) {
        long[] shape = shape(parts.get(0));
        long outer = Arrays.stream(shape, 0, dim).reduce(1, Math::multiplyExact);
        List<double[]> values = parts.stream().map(p -> ((Constant) p).values()).toList();
        shape[dim] = parts.stream().mapToLong(p -> shape(p)[dim]).sum();
        var all = new double[Math.toIntExact(Layout.of(shape).size())];
        int filled = 0;
        for (int o = 0; o < outer; o++) {
            for (double[] part : values) {
                int chunk = (int) (part.length / outer);
                System.arraycopy(part, o * chunk, all, filled, chunk);
                filled += chunk;
            }
        }
        if (filled != all.length) {
            throw new Untraceable("a concatenation of shapes that do not match");
        }
        return Constant.of(all, parts.stream().allMatch(p -> ((Constant) p).integral()), shape);
    }
}
