package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/** A tensor known from the file alone. Elements are read on demand, so that weights are decoded once, where used. */
record Constant(Layout layout, Elements elements, boolean integral) implements Value {

    /** Elements of a c-ordered source. */
    interface Elements {
        double at(int index);

        /** The elements of so many places from the first on. */
        default float[] floats(int first, int count) {
            var floats = new float[count];
            for (int i = 0; i < count; i++) {
                floats[i] = (float) at(first + i);
            }
            return floats;
        }

        /** The elements of some places, in their order. */
        default float[] floats(int[] indices) {
            var floats = new float[indices.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) at(indices[i]);
            }
            return floats;
        }
    }

    static Constant of(double[] values, boolean integral, long... shape) {
        return new Constant(Layout.of(shape), i -> values[i], integral);
    }

    static Constant ofLongs(long... values) {
        return of(Arrays.stream(values).asDoubleStream().toArray(), true, values.length);
    }

    /** One number in every place. */
    static Constant filled(double value, long... shape) {
        return new Constant(Layout.of().broadcast(shape), i -> value, false);
    }

    Constant with(Layout other) {
        return new Constant(other, elements, integral);
    }

    /** Reshaped; copies where the order of the elements demands it. */
    Constant reshape(long... shape) {
        try {
            return with(layout.reshape(shape));
        } catch (Untraceable reordered) {
            return of(values(), integral, layout.shape()).reshapeInOrder(shape);
        }
    }

    private Constant reshapeInOrder(long... shape) {
        return with(layout.reshape(shape));
    }

    /** A function of an element and of its place along a dimension. */
    interface AtPlace {
        double apply(double element, int place);
    }

    /** Each element changed, on demand. */
    Constant along(int dim, AtPlace function) {
        Optional<IntUnaryOperator> place = layout.placesAlong(dim);
        return place.map(at -> new Constant(layout, i -> function.apply(elements.at(i), at.applyAsInt(i)), false))
                .orElseGet(() -> of(values(), false, shape()).along(dim, function));
    }

    long[] shape() {
        return layout.shape();
    }

    double[] values() {
        return Arrays.stream(layout.indices()).mapToDouble(elements::at).toArray();
    }

    long[] longs() {
        return Arrays.stream(layout.indices())
                .mapToLong(i -> (long) elements.at(i))
                .toArray();
    }

    float[] floats() {
        return layout.isContiguous()
                ? elements.floats(Math.toIntExact(layout.offset()), Math.toIntExact(layout.size()))
                : elements.floats(layout.indices());
    }

    /** Whether every element is {@code value}. */
    boolean isAll(double value) {
        return Arrays.stream(distinct().indices()).allMatch(i -> elements.at(i) == value);
    }

    /** Whether all elements are the same number, which {@link #first()} then is. */
    boolean isUniform() {
        return layout.size() > 0 && isAll(first());
    }

    double first() {
        return elements.at(Math.toIntExact(layout.offset()));
    }

    /** The layout with each repeated element once. */
    private Layout distinct() {
        List<List<Layout.Stride>> dims = layout.dims().stream()
                .map(dim -> dim.stream().filter(s -> s.step() != 0).toList())
                .toList();
        return new Layout(layout.offset(), dims);
    }

    /** This tensor without its leading dimensions of size 1. */
    Constant squeezedFront() {
        Layout squeezed = layout;
        while (squeezed.rank() > 0 && squeezed.dims().get(0).isEmpty()) {
            squeezed = squeezed.drop(0);
        }
        return with(squeezed);
    }

    /** [batch, ...] to [...] where every entry of the batch is the same. */
    Constant sameForAll() {
        long batch = shape()[0];
        Constant first = with(layout.slice(0, 0, 1, 1).drop(0));
        boolean repeats = layout.dims().get(0).stream().allMatch(s -> s.step() == 0);
        for (long b = 1; b < batch && !repeats; b++) {
            if (!Arrays.equals(first.values(), with(layout.slice(0, b, 1, 1)).values())) {
                throw new Untraceable("constants that differ from image to image");
            }
        }
        return first;
    }
}
