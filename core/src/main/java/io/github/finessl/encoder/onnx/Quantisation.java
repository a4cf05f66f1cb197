package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Files that ONNX Runtime quantised, as floats: stored integers become the numbers that they stand for, and what is
 * quantised while the network runs stays as it was before. So activations are neither rounded nor clipped.
 */
final class Quantisation {

    private static final Set<String> OPERATORS = Set.of(
            "QuantizeLinear",
            "DequantizeLinear",
            "DynamicQuantizeLinear",
            "MatMulInteger",
            "ConvInteger",
            "DynamicQuantizeMatMul",
            "MatMulIntegerToFloat",
            "QAttention");

    /** Operators that may stand between quantised integers and their use. */
    private static final Set<String> MOVING = Set.of(
            "Identity",
            "Reshape",
            "Flatten",
            "Transpose",
            "Squeeze",
            "Unsqueeze",
            "Expand",
            "Slice",
            "Split",
            "Gather",
            "Shape",
            "Size");

    private static final Constant ZERO = Constant.filled(0);

    private Quantisation() {}

    /** Whether a node computes with integers in place of floats. */
    static boolean concerns(Op op) {
        boolean integers = op.inputs().stream().anyMatch(v -> v instanceof Quantised);
        boolean measured = op.inputs().stream().anyMatch(v -> v instanceof Measured);
        return OPERATORS.contains(op.type()) || measured || (integers && !MOVING.contains(op.type()));
    }

    static List<Value> trace(Op op) {
        return switch (op.type()) {
            case "DynamicQuantizeLinear" -> measured(op);
            case "QuantizeLinear" -> List.of(new Quantised(op.input(0), op.constant(1), zeroPoint(op, 2)));
            case "DequantizeLinear" -> List.of(dequantised(op));
            case "MatMulInteger" -> {
                Quantised input = quantised(op, 0, zeroPoint(op, 2));
                Constant weight = dequantised(op.constant(1), Constant.filled(1), zeroPoint(op, 3), -1);
                yield List.of(integers(input, Layers.linear(view(input), weight, Optional.empty())));
            }
            case "ConvInteger" -> {
                Quantised input = quantised(op, 0, zeroPoint(op, 2));
                Constant weight = dequantised(op.constant(1), Constant.filled(1), zeroPoint(op, 3), 0);
                yield List.of(integers(input, Patching.convolution(op, view(input), weight, Optional.empty())));
            }
            case "Cast" -> List.of(cast(op));
            case "Mul" -> List.of(times(op));
            case "DynamicQuantizeMatMul" -> {
                Constant weight = dequantised(op.constant(1), op.constant(2), zeroPoint(op, 3), -1);
                yield List.of(Layers.linear(op.view(0), weight, bias(op, 4, weight)));
            }
            case "MatMulIntegerToFloat" -> {
                Quantised input = quantised(op, 0, op.input(2), zeroPoint(op, 4));
                Constant weight = dequantised(op.constant(1), op.constant(3), zeroPoint(op, 5), -1);
                yield List.of(Layers.linear(view(input), weight, bias(op, 6, weight)));
            }
            case "QAttention" -> {
                Quantised input = quantised(op, 0, op.input(3), zeroPoint(op, 6));
                Constant weight = dequantised(op.constant(1), op.constant(4), zeroPoint(op, 7), -1);
                yield List.of(Attending.quantised(op, view(input), weight));
            }
            default -> throw new Untraceable("quantised arithmetic of another kind than QDQ and MatMulInteger");
        };
    }

    private static Optional<Constant> bias(Op op, int input, Constant weight) {
        return op.optionalConstant(input).map(b -> Layers.vector(b, weight.shape()[1]));
    }

    private static List<Value> measured(Op op) {
        View view = op.view(0);
        var scale = new Measured(view, Measured.Kind.SCALE);
        var zeroPoint = new Measured(view, Measured.Kind.ZERO_POINT);
        return List.of(new Quantised(view, scale, zeroPoint), scale, zeroPoint);
    }

    private static Value zeroPoint(Op op, int input) {
        return op.has(input) ? op.input(input) : ZERO;
    }

    private static View view(Quantised quantised) {
        if (quantised.value() instanceof View view) {
            return view;
        }
        throw new Untraceable("integers that do not depend on the image");
    }

    private static Quantised quantised(Op op, int input, Value zeroPoint) {
        if (!(op.input(input) instanceof Quantised quantised)) {
            throw new Untraceable("integers that come from no quantisation");
        } else if (!same(quantised.zeroPoint(), zeroPoint)) {
            throw new Untraceable("integers read with another zero point than they were written with");
        }
        return quantised;
    }

    private static Quantised quantised(Op op, int input, Value scale, Value zeroPoint) {
        Quantised quantised = quantised(op, input, zeroPoint);
        if (!same(quantised.scale(), scale)) {
            throw new Untraceable("integers read with another scale than they were written with");
        }
        return quantised;
    }

    private static boolean same(Value a, Value b) {
        if (a instanceof Constant one && b instanceof Constant other) {
            return (one.isAll(0) && other.isAll(0)) || Arrays.equals(one.values(), other.values());
        }
        return a instanceof Measured measured
                && measured.is(b)
                && measured.factor().isAll(1)
                && ((Measured) b).factor().isAll(1);
    }

    /** The product in integers: the sum over what the input's integers, less their zero point, are times the weights. */
    private static Quantised integers(Quantised input, View product) {
        return new Quantised(product, input.scale(), ZERO);
    }

    private static Value dequantised(Op op) {
        if (op.input(0) instanceof Constant integers) {
            if (op.integer("block_size", 0) != 0) {
                throw new Untraceable("weights quantised in blocks");
            }
            int rank = integers.layout().rank();
            int dim = op.constant(1).layout().size() == 1 ? 0 : op.dimension("axis", 1, rank);
            return dequantised(integers, op.constant(1), zeroPoint(op, 2), dim);
        }
        return quantised(op, 0, op.input(1), zeroPoint(op, 2)).value();
    }

    /** scale · (integers − zero point), each of both one number or one for each place along a dimension, −1 the last. */
    private static Constant dequantised(Constant integers, Constant scale, Value zeroPoint, int dim) {
        if (!(zeroPoint instanceof Constant zero)) {
            throw new Untraceable("weights with a zero point that depends on the image");
        }
        int rank = integers.layout().rank();
        if (scale.layout().size() == 1 && zero.layout().size() == 1) {
            double by = scale.first();
            double from = zero.first();
            return new Constant(
                    integers.layout(), i -> by * (integers.elements().at(i) - from), false);
        } else if (rank == 0) {
            throw new Untraceable("one number quantised with several scales");
        }
        int along = dim < 0 ? rank - 1 : dim;
        double[] by = each(scale, integers.shape()[along]);
        double[] from = each(zero, by.length);
        return integers.along(along, (element, place) -> by[place] * (element - from[place]));
    }

    private static double[] each(Constant constant, long count) {
        Constant vector = constant.squeezedFront();
        if (vector.layout().rank() > 1
                || (vector.layout().size() != 1 && vector.layout().size() != count)) {
            throw new Untraceable(
                    Arrays.toString(constant.shape()) + " scales or zero points for " + count + " channels");
        }
        return vector.with(vector.layout().broadcast(count)).values();
    }

    private static Value cast(Op op) {
        if (op.isToIntegers() || !(op.input(0) instanceof Quantised quantised)) {
            throw new Untraceable("quantised arithmetic of another kind than QDQ and MatMulInteger");
        }
        return quantised;
    }

    /** A product of integers times its scale, or a scale that is measured times one of the weights. */
    private static Value times(Op op) {
        Value left = op.input(0);
        Value right = op.input(1);
        if (right instanceof Quantised || (left instanceof Constant && right instanceof Measured)) {
            left = op.input(1);
            right = op.input(0);
        }
        if (left instanceof Measured measured
                && right instanceof Constant constant
                && measured.factor().isAll(1)) {
            return new Measured(measured.of(), measured.kind(), constant);
        } else if (left instanceof Quantised product && same(product.zeroPoint(), ZERO)) {
            View view = view(product);
            if (right instanceof Measured measured && measured.is(product.scale())) {
                return scaled(view, measured.factor());
            }
        }
        throw new Untraceable("integers times something else than their scale");
    }

    private static View scaled(View view, Constant factor) {
        long width = view.piece().width();
        boolean spread = factor.layout().size() == 1 && view.layout().isRows(width);
        Optional<Value> scaled = Elementwise.times(view, spread ? Constant.filled(factor.first(), width) : factor);
        View exact = (View) scaled.orElseThrow(() -> new Untraceable("integers scaled other than column by column"));
        return exact.piece().origin() instanceof Piece.Linear l
                ? new View(l.input().derive(new Piece.Linear(l.input(), l.weight(), l.bias()), width), exact.layout())
                : exact;
    }
}
