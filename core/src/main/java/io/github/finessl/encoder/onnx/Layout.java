package io.github.finessl.encoder.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/**
 * Which element of a c-ordered source each element of a tensor is.
 *
 * <p>Element (i0, i1, ...) sits at offset + Σ steps; a dimension that was merged from several has several strides,
 * outermost first. So reshape, transpose, slice and broadcast compose exactly, without data and without knowing what the
 * tensor means, and two tensors that hold the same elements in the same order have equal layouts.
 */
record Layout(long offset, List<List<Stride>> dims) {

    private static final long MOST_INDICES = 1L << 27;

    /** {@code size} steps of {@code step} elements; size is never 1. */
    record Stride(long size, long step) {}

    /** The identity: a c-ordered tensor of this shape. */
    static Layout of(long... shape) {
        var dims = new ArrayList<List<Stride>>();
        long step = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            if (shape[i] < 0) {
                throw new Untraceable("a negative size in the shape " + Arrays.toString(shape));
            }
            dims.add(0, dim(shape[i], step));
            step = Math.multiplyExact(step, shape[i]);
        }
        return new Layout(0, List.copyOf(dims));
    }

    private static List<Stride> dim(long size, long step) {
        return size == 1 ? List.of() : List.of(new Stride(size, step));
    }

    int rank() {
        return dims.size();
    }

    long[] shape() {
        return dims.stream().mapToLong(Layout::size).toArray();
    }

    long size() {
        return dims.stream().mapToLong(Layout::size).reduce(1, Math::multiplyExact);
    }

    private static long size(List<Stride> dim) {
        return dim.stream().mapToLong(Stride::size).reduce(1, Math::multiplyExact);
    }

    /** This layout under another shape of the same size, its elements in the same order. */
    Layout reshape(long... shape) {
        long size = Layout.of(shape).size();
        if (size != size()) {
            throw new Untraceable("a reshape of " + Arrays.toString(shape()) + " to " + Arrays.toString(shape));
        }
        if (size == 0) {
            return of(shape);
        }
        var rest =
                new ArrayList<Stride>(merged(dims.stream().flatMap(List::stream).toList()));
        var reshaped = new ArrayList<List<Stride>>();
        for (long wanted : shape) {
            var dim = new ArrayList<Stride>();
            for (long open = wanted; open > 1; ) {
                Stride next = rest.remove(0);
                if (open % next.size == 0) {
                    dim.add(next);
                    open /= next.size;
                } else if (next.size % open == 0) {
                    long inner = next.size / open;
                    dim.add(new Stride(open, next.step * inner));
                    rest.add(0, new Stride(inner, next.step));
                    open = 1;
                } else {
                    throw new Untraceable("a reshape to " + Arrays.toString(shape) + " across reordered dimensions");
                }
            }
            reshaped.add(merged(dim));
        }
        return new Layout(offset, List.copyOf(reshaped));
    }

    private static List<Stride> merged(List<Stride> strides) {
        var merged = new ArrayList<Stride>();
        for (Stride inner : strides) {
            Stride outer = merged.isEmpty() ? null : merged.get(merged.size() - 1);
            if (outer != null && outer.step == inner.step * inner.size) {
                merged.set(merged.size() - 1, new Stride(outer.size * inner.size, inner.step));
            } else {
                merged.add(inner);
            }
        }
        return List.copyOf(merged);
    }

    Layout transpose(int... order) {
        if (order.length != rank()
                || Arrays.stream(order)
                                .filter(d -> d >= 0 && d < rank())
                                .distinct()
                                .count()
                        != rank()) {
            throw new Untraceable("a transpose by " + Arrays.toString(order) + " of " + rank() + " dimensions");
        }
        return new Layout(offset, Arrays.stream(order).mapToObj(dims::get).toList());
    }

    /** Elements start, start + step, ... of a dimension, {@code count} of them. */
    Layout slice(int dim, long start, long step, long count) {
        List<Stride> strides = dims.get(dim);
        long size = size(strides);
        if (count > 0
                && (start < 0
                        || start >= size
                        || start + step * (count - 1) < 0
                        || start + step * (count - 1) >= size)) {
            throw new Untraceable("a slice outside of its dimension of " + size);
        }
        if (count == size && start == 0 && (step == 1 || size <= 1)) {
            return this;
        }
        if (count == 0) {
            return with(dim, offset, List.of(new Stride(0, 0)));
        }
        if (count == 1) {
            long at = offset;
            for (int i = strides.size() - 1; i >= 0; start /= strides.get(i).size, i--) {
                at += start % strides.get(i).size * strides.get(i).step;
            }
            return with(dim, at, List.of());
        }
        Stride outer = strides.get(0);
        long inner = size / outer.size;
        if (inner > 1 && (step != 1 || start % inner != 0 || count % inner != 0)) {
            throw new Untraceable("a slice across merged dimensions");
        }
        var sliced = new ArrayList<>(dim(count / inner, outer.step * step));
        sliced.addAll(strides.subList(1, strides.size()));
        return with(dim, offset + start / inner * outer.step, merged(sliced));
    }

    /**
     * Layouts of one source side by side along a dimension; empty unless each begins the same number of elements behind
     * the one before it.
     */
    static Optional<Layout> joined(List<Layout> parts, int dim) {
        Layout first = parts.get(0);
        long step = parts.get(1).offset - first.offset;
        for (int i = 0; i < parts.size(); i++) {
            Layout part = parts.get(i);
            if (!part.dims.equals(first.dims) || part.offset != first.offset + i * step) {
                return Optional.empty();
            }
        }
        var strides = new ArrayList<>(List.of(new Stride(parts.size(), step)));
        strides.addAll(first.dims.get(dim));
        return Optional.of(first.with(dim, first.offset, merged(strides)));
    }

    private Layout with(int dim, long offset, List<Stride> strides) {
        var changed = new ArrayList<>(dims);
        changed.set(dim, strides);
        return new Layout(offset, List.copyOf(changed));
    }

    /** Without a dimension of size 1. */
    Layout drop(int dim) {
        if (!dims.get(dim).isEmpty()) {
            throw new Untraceable("a squeeze of a dimension of " + size(dims.get(dim)));
        }
        var left = new ArrayList<>(dims);
        left.remove(dim);
        return new Layout(offset, List.copyOf(left));
    }

    /** Repeated to a shape by ONNX's (NumPy's) rules; the shape may be smaller where this one is not 1. */
    Layout broadcast(long... shape) {
        int rank = Math.max(shape.length, rank());
        var stretched = new ArrayList<List<Stride>>();
        for (int i = 0; i < rank; i++) {
            int mine = i - rank + rank();
            int other = i - rank + shape.length;
            List<Stride> dim = mine < 0 ? List.of() : dims.get(mine);
            long wanted = other < 0 ? 1 : shape[other];
            if (!dim.isEmpty() && wanted != 1 && wanted != size(dim)) {
                throw new Untraceable(
                        "shapes " + Arrays.toString(shape()) + " and " + Arrays.toString(shape) + " side by side");
            }
            stretched.add(dim.isEmpty() ? dim(wanted, 0) : dim);
        }
        var repeated = new Layout(offset, List.copyOf(stretched));
        repeated.size();
        return repeated;
    }

    /** Whether the last dimension runs along whole rows of a source of this width. */
    boolean isRows(long width) {
        return rank() > 0
                && dims.get(rank() - 1).equals(dim(width, 1))
                && offset % width == 0
                && dims.subList(0, rank() - 1).stream().flatMap(List::stream).allMatch(s -> s.step % width == 0);
    }

    /** Without repetitions along the last dimension, which a broadcast made. */
    Layout unrepeated() {
        int last = rank() - 1;
        return last >= 0 && dims.get(last).stream().allMatch(s -> s.step == 0) ? with(last, offset, List.of()) : this;
    }

    /** The layout of these rows of {@code width} in a source whose rows are {@code other} wide. */
    Layout rowsOf(long width, long other) {
        var rows = new ArrayList<List<Stride>>();
        for (List<Stride> dim : dims.subList(0, rank() - 1)) {
            rows.add(dim.stream()
                    .map(s -> new Stride(s.size, Math.multiplyExact(s.step / width, other)))
                    .toList());
        }
        rows.add(dim(other, 1));
        return new Layout(Math.multiplyExact(offset / width, other), List.copyOf(rows));
    }

    /**
     * A function from the index of a source's element to its place along a dimension; empty unless this is the source
     * with its dimensions in some order.
     */
    Optional<IntUnaryOperator> placesAlong(int dim) {
        long step = 1;
        List<Stride> inwards = dims.stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparing(Stride::step))
                .toList();
        for (Stride stride : inwards) {
            if (stride.step != step) {
                return Optional.empty();
            }
            step *= stride.size;
        }
        List<Stride> along = dims.get(dim);
        if (along.isEmpty()) {
            return Optional.of(i -> 0);
        }
        Stride only = along.get(0);
        return along.size() == 1 ? Optional.of(i -> (int) ((i - offset) / only.step % only.size)) : Optional.empty();
    }

    /** A function from an element's place in order to its source index. */
    IntUnaryOperator places() {
        List<Stride> strides = merged(dims.stream().flatMap(List::stream).toList());
        int[] sizes = strides.stream().mapToInt(s -> Math.toIntExact(s.size)).toArray();
        int[] steps = strides.stream().mapToInt(s -> Math.toIntExact(s.step)).toArray();
        int from = Math.toIntExact(offset);
        return place -> {
            int index = from;
            int rest = place;
            for (int d = sizes.length - 1; d >= 0; d--) {
                index += rest % sizes[d] * steps[d];
                rest /= sizes[d];
            }
            return index;
        };
    }

    /** The same places within rows of {@code width}, each once, of one row. */
    Layout within(long width) {
        return new Layout(
                offset,
                dims.stream()
                        .map(dim ->
                                dim.stream().filter(s -> s.step % width != 0).toList())
                        .toList());
    }

    /** Whether the elements lie in their order, one behind the other. */
    boolean isContiguous() {
        List<Stride> all = merged(dims.stream().flatMap(List::stream).toList());
        return all.isEmpty() || (all.size() == 1 && all.get(0).step() == 1);
    }

    /** Source indices of all elements in order. */
    int[] indices() {
        long size = size();
        if (size > MOST_INDICES) {
            throw new Untraceable("a tensor of " + size + " elements");
        }
        var indices = new int[(int) size];
        if (size == 0) {
            return indices;
        }
        indices[0] = Math.toIntExact(offset);
        int filled = 1;
        List<Stride> strides = dims.stream().flatMap(List::stream).toList();
        for (int i = strides.size() - 1; i >= 0; i--) {
            Stride s = strides.get(i);
            Math.toIntExact(Math.addExact(offset, Math.multiplyExact(s.size, s.step)));
            for (int repeat = 1; repeat < s.size; repeat++) {
                for (int j = 0; j < filled; j++) {
                    indices[repeat * filled + j] = (int) (indices[j] + repeat * s.step);
                }
            }
            filled *= (int) s.size;
        }
        return indices;
    }
}
