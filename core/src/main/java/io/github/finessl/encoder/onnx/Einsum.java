package io.github.finessl.encoder.onnx;

import java.util.ArrayList;
import java.util.Optional;
import java.util.stream.Collectors;

/** Products of two tensors in Einstein's notation, rewritten as transposes around one matrix product. */
final class Einsum {

    private Einsum() {}

    static Value trace(Op op) {
        String equation = op.string("equation", "").replace(" ", "");
        String[] sides = equation.split("->", -1);
        String[] terms = sides[0].split(",", -1);
        if (sides.length != 2
                || terms.length != 2
                || !equation.matches("[A-Za-z,>-]+")
                || op.inputs().size() != 2) {
            throw new Untraceable("the sum " + equation);
        }
        Value left = op.input(0);
        Value right = op.input(1);
        if (left instanceof Constant) {
            return product(right, terms[1], left, terms[0], sides[1]);
        }
        return product(left, terms[0], right, terms[1], sides[1]);
    }

    private static Value product(Value left, String a, Value right, String b, String to) {
        String batch = labels(a, l -> holds(b, l) && holds(to, l));
        String summed = labels(a, l -> holds(b, l) && !holds(to, l));
        String rows = labels(a, l -> !holds(b, l) && holds(to, l));
        String columns = labels(b, l -> !holds(a, l) && holds(to, l));
        if (batch.length() + summed.length() + rows.length() != a.length()
                || batch.length() + summed.length() + columns.length() != b.length()
                || batch.length() + rows.length() + columns.length() != to.length()) {
            throw new Untraceable("the sum " + a + "," + b + "->" + to);
        }
        if (right instanceof Constant weight && batch.isEmpty()) {
            View view = (View) transposed(left, a, rows + summed);
            long[] shape = LayoutOps.shape(view);
            Constant matrix = (Constant) transposed(weight, b, summed + columns);
            long width = size(matrix.shape(), 0, summed.length());
            View product = Layers.linear(
                    (View) LayoutOps.reshaped(view, shape(shape, rows.length(), width)),
                    matrix.reshape(width, size(matrix.shape(), summed.length(), columns.length())),
                    Optional.empty());
            var split = new ArrayList<Long>();
            for (int i = 0; i < to.length(); i++) {
                split.add(i < rows.length() ? shape[i] : matrix.shape()[summed.length() + i - rows.length()]);
            }
            Value spread = LayoutOps.reshaped(
                    product, split.stream().mapToLong(Long::longValue).toArray());
            return transposed(spread, rows + columns, to);
        } else if (left instanceof View l && right instanceof View r && summed.length() == 1 && columns.length() == 1) {
            View product = Attending.product(
                    (View) transposed(l, a, batch + rows + summed), (View) transposed(r, b, batch + summed + columns));
            return transposed(product, batch + rows + columns, to);
        }
        throw new Untraceable("the sum " + a + "," + b + "->" + to);
    }

    private static long[] shape(long[] shape, int leading, long last) {
        var merged = new long[leading + 1];
        System.arraycopy(shape, 0, merged, 0, leading);
        merged[leading] = last;
        return merged;
    }

    private static long size(long[] shape, int from, int count) {
        long size = 1;
        for (int i = from; i < from + count; i++) {
            size = Math.multiplyExact(size, shape[i]);
        }
        return size;
    }

    private interface Choice {
        boolean takes(char label);
    }

    private static boolean holds(String labels, char label) {
        return labels.indexOf(label) >= 0;
    }

    private static String labels(String from, Choice choice) {
        return from.chars()
                .distinct()
                .filter(l -> choice.takes((char) l))
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }

    private static Value transposed(Value value, String from, String to) {
        return LayoutOps.transposed(value, to.chars().map(from::indexOf).toArray());
    }
}
