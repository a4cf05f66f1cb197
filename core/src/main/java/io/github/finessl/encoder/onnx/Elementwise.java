package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.special.Erf;

/**
 * Operators that work on each element by itself. Of constants the result is a constant; with a bias, positions, a gain or
 * a residual the piece takes it up; everything else is arithmetic on rows, which {@link RowOps} collects.
 */
final class Elementwise {

    private static final Map<String, DoubleUnaryOperator> UNARY = Map.ofEntries(
            Map.entry("Neg", x -> -x),
            Map.entry("Abs", Math::abs),
            Map.entry("Sqrt", Math::sqrt),
            Map.entry("Reciprocal", x -> 1 / x),
            Map.entry("Exp", Math::exp),
            Map.entry("Sin", Math::sin),
            Map.entry("Cos", Math::cos),
            Map.entry("Log", Math::log),
            Map.entry("Erf", Erf::erf),
            Map.entry("Sigmoid", RowFunction::sigmoid),
            Map.entry("Tanh", Math::tanh),
            Map.entry("Floor", Math::floor),
            Map.entry("Ceil", Math::ceil),
            Map.entry("Round", Math::rint),
            Map.entry("Sign", Math::signum),
            Map.entry("Relu", x -> Math.max(x, 0)),
            Map.entry("Not", x -> x == 0 ? 1 : 0),
            Map.entry("IsNaN", x -> Double.isNaN(x) ? 1 : 0),
            Map.entry("IsInf", x -> Double.isInfinite(x) ? 1 : 0));

    private static final Map<String, DoubleBinaryOperator> BINARY = Map.ofEntries(
            Map.entry("Add", (a, b) -> a + b),
            Map.entry("Sum", (a, b) -> a + b),
            Map.entry("Sub", (a, b) -> a - b),
            Map.entry("Mul", (a, b) -> a * b),
            Map.entry("Div", (a, b) -> a / b),
            Map.entry("Pow", Math::pow),
            Map.entry("Mod", (a, b) -> a - Math.floor(a / b) * b),
            Map.entry("Min", Math::min),
            Map.entry("Max", Math::max),
            Map.entry("Equal", (a, b) -> a == b ? 1 : 0),
            Map.entry("Less", (a, b) -> a < b ? 1 : 0),
            Map.entry("LessOrEqual", (a, b) -> a <= b ? 1 : 0),
            Map.entry("Greater", (a, b) -> a > b ? 1 : 0),
            Map.entry("GreaterOrEqual", (a, b) -> a >= b ? 1 : 0),
            Map.entry("And", (a, b) -> a != 0 && b != 0 ? 1 : 0),
            Map.entry("Or", (a, b) -> a != 0 || b != 0 ? 1 : 0));

    private Elementwise() {}

    /** A function of the elements at one place in all inputs. */
    interface Operation {
        double apply(double[] arguments);
    }

    static Operation operation(Op op) {
        String type = op.type();
        if (type.equals("Where")) {
            return a -> a[0] != 0 ? a[1] : a[2];
        } else if (type.equals("Div") && op.inputs().stream().allMatch(v -> v instanceof Constant c && c.integral())) {
            return a -> quotient(a[0], a[1]);
        } else if (type.equals("Gelu")) {
            DoubleUnaryOperator f =
                    op.string("approximate", "none").equals("tanh") ? RowFunction::geluTanh : RowFunction::geluErf;
            return a -> f.applyAsDouble(a[0]);
        } else if (type.equals("QuickGelu") || type.equals("Swish")) {
            double alpha = op.number("alpha", type.equals("Swish") ? 1 : 1.702);
            return a -> RowFunction.quickGelu(a[0], alpha);
        } else if (type.equals("BiasGelu")) {
            return a -> RowFunction.geluErf(a[0]);
        } else if (type.equals("FastGelu")) {
            return a -> RowFunction.geluTanh(a[0]);
        } else if (UNARY.containsKey(type)) {
            DoubleUnaryOperator function = UNARY.get(type);
            return a -> function.applyAsDouble(a[0]);
        } else if (BINARY.containsKey(type)) {
            DoubleBinaryOperator function = BINARY.get(type);
            return a -> a.length == 2
                    ? function.applyAsDouble(a[0], a[1])
                    : Arrays.stream(a).reduce(function).orElseThrow();
        }
        throw new Untraceable("an operator that no vision transformer needs");
    }

    /** The quotient of integers, rounded towards zero. */
    private static double quotient(double a, double b) {
        double quotient = a / b;
        return quotient < 0 ? Math.ceil(quotient) : Math.floor(quotient);
    }

    static Value trace(Op op) {
        if (op.type().equals("Clip")) {
            return clip(op);
        }
        Operation operation = operation(op);
        List<Value> inputs = op.inputs();
        int least = op.type().equals("Where")
                ? 3
                : BINARY.containsKey(op.type()) || op.type().equals("BiasGelu") ? 2 : 1;
        if (inputs.size() < least || inputs.contains(null)) {
            throw new Untraceable("a node that lacks inputs");
        }
        if (op.type().endsWith("Gelu") && inputs.size() == 2) {
            return RowOps.rowWise(List.of(biased(op.view(0), op.constant(1))), operation);
        }
        if (inputs.stream().allMatch(Constant.class::isInstance)) {
            return fold(inputs.stream().map(Constant.class::cast).toList(), operation);
        }
        if (inputs.stream().anyMatch(v -> v instanceof View view && view.piece().isImage())) {
            return rescaled(op);
        }
        return Aside.of(inputs)
                .map(aside -> aside.traced(op, Elementwise::trace))
                .orElseGet(() -> {
                    Optional<Value> structural = inputs.size() == 2 ? structural(op) : Optional.empty();
                    return structural.orElseGet(() -> RowOps.rowWise(inputs, operation));
                });
    }

    /** A fused layer's result through a function of each element. */
    static Value activated(Value layer, String type) {
        DoubleUnaryOperator function = UNARY.get(type);
        if (function == null) {
            throw new Untraceable("a layer fused with " + (type.isEmpty() ? "nothing" : type));
        }
        return layer instanceof Constant constant
                ? each(constant, function)
                : RowOps.rowWise(List.of(layer), a -> function.applyAsDouble(a[0]));
    }

    private static Value clip(Op op) {
        double low = op.optionalConstant(1).map(Constant::first).orElse(op.number("min", Double.NEGATIVE_INFINITY));
        double high = op.optionalConstant(2).map(Constant::first).orElse(op.number("max", Double.POSITIVE_INFINITY));
        if (op.input(0) instanceof View view && view.piece().isImage()) {
            return Patching.clamped(view, low, high);
        }
        Operation clip = a -> Math.min(high, Math.max(low, a[0]));
        return op.input(0) instanceof Constant constant
                ? fold(List.of(constant), clip)
                : RowOps.rowWise(List.of(op.view(0)), clip);
    }

    private static Constant fold(List<Constant> inputs, Operation operation) {
        Layout broadcast = inputs.get(0).layout();
        for (Constant input : inputs) {
            broadcast = broadcast.broadcast(input.shape());
        }
        long[] shape = broadcast.shape();
        if (inputs.stream().allMatch(Constant::isUniform)) {
            double value =
                    operation.apply(inputs.stream().mapToDouble(Constant::first).toArray());
            Constant filled = Constant.filled(value, shape);
            return new Constant(
                    filled.layout(), filled.elements(), inputs.stream().allMatch(Constant::integral));
        }
        List<double[]> values = inputs.stream()
                .map(c -> c.with(c.layout().broadcast(shape)).values())
                .toList();
        var folded = new double[Math.toIntExact(broadcast.size())];
        var arguments = new double[inputs.size()];
        for (int i = 0; i < folded.length; i++) {
            for (int j = 0; j < arguments.length; j++) {
                arguments[j] = values.get(j)[i];
            }
            folded[i] = operation.apply(arguments);
        }
        return Constant.of(folded, inputs.stream().allMatch(Constant::integral), shape);
    }

    /** The image normalised by the graph itself. */
    private static View rescaled(Op op) {
        boolean constantFirst = op.input(0) instanceof Constant;
        View image = op.view(constantFirst ? 1 : 0);
        Optional<Constant> constant =
                op.inputs().size() == 2 ? Optional.of(op.constant(constantFirst ? 0 : 1)) : Optional.empty();
        Optional<Constant> minusOne = Optional.of(Constant.filled(-1));
        String type = op.type() + (constantFirst ? " of a constant" : "");
        return switch (type) {
            case "Add", "Add of a constant" -> Patching.rescaled(image, Optional.empty(), constant);
            case "Mul", "Mul of a constant" -> Patching.rescaled(image, constant, Optional.empty());
            case "Sub" -> Patching.rescaled(image, Optional.empty(), constant.map(c -> each(c, v -> -v)));
            case "Sub of a constant" -> Patching.rescaled(image, minusOne, constant);
            case "Div" -> Patching.rescaled(image, constant.map(c -> each(c, v -> 1 / v)), Optional.empty());
            case "Neg" -> Patching.rescaled(image, minusOne, Optional.empty());
            case "Relu" -> Patching.clamped(image, 0, Double.POSITIVE_INFINITY);
            case "Max", "Max of a constant" -> Patching.clamped(image, uniform(constant), Double.POSITIVE_INFINITY);
            case "Min", "Min of a constant" -> Patching.clamped(image, Double.NEGATIVE_INFINITY, uniform(constant));
            default -> throw new Untraceable("an image changed by more than a scale and a shift");
        };
    }

    private static double uniform(Optional<Constant> constant) {
        return constant.filter(Constant::isUniform)
                .orElseThrow(() -> new Untraceable("pixels limited other than all alike"))
                .first();
    }

    private static Constant each(Constant constant, DoubleUnaryOperator function) {
        return fold(List.of(constant), a -> function.applyAsDouble(a[0]));
    }

    /**
     * The meaning of an operator to the network beyond its arithmetic: a bias, positions, a residual; if it has any.
     */
    private static Optional<Value> structural(Op op) {
        boolean add = op.type().equals("Add") || op.type().equals("Sum");
        boolean multiply = op.type().equals("Mul");
        if (op.input(0) instanceof View a && op.input(1) instanceof View b) {
            if (multiply) {
                return gated(a, b).or(() -> gated(b, a)).map(Value.class::cast);
            }
            return add && a.layout().equals(b.layout()) && RowOps.base(a.piece()) != RowOps.base(b.piece())
                    ? Optional.of(sum(a, b))
                    : Optional.empty();
        }
        boolean constantFirst = op.input(0) instanceof Constant;
        View view = op.view(constantFirst ? 1 : 0);
        Constant constant = op.constant(constantFirst ? 0 : 1);
        boolean neutralZero = add || (op.type().equals("Sub") && !constantFirst);
        boolean neutralOne = multiply || (op.type().equals("Div") && !constantFirst);
        boolean fits = Arrays.equals(
                constant.layout().broadcast(view.layout().shape()).shape(),
                view.layout().shape());
        if (fits && ((neutralZero && constant.isAll(0)) || (neutralOne && constant.isAll(1)))) {
            return Optional.of(view);
        }
        if (!fits || !(add || multiply)) {
            return Optional.empty();
        }
        return add ? plus(view, constant) : times(view, constant);
    }

    /** act(gate) ⊙ value, of two linear layers or of two parts of one. */
    private static Optional<View> gated(View gate, View value) {
        Optional<Piece.Part> one = Projecting.part(gate);
        Optional<Piece.Part> other = Projecting.part(value);
        if (one.isEmpty()
                || other.isEmpty()
                || !(gate.piece().origin() instanceof Piece.RowWise)
                || !(value.piece().origin() instanceof Piece.Linear)
                || (one.get().from() == other.get().from() && RowOps.base(gate.piece()) == value.piece())) {
            return Optional.empty();
        }
        long[] shape = gate.layout().shape();
        if (!Arrays.equals(shape, value.layout().shape())) {
            return Optional.empty();
        }
        return Optional.of(View.of(new Piece(new Piece.Gated(one.get(), other.get()), shape)));
    }

    static Constant scaled(Constant constant, double factor) {
        return factor == 1 ? constant : each(constant, v -> factor * v);
    }

    static Constant added(Constant a, Constant b) {
        return fold(List.of(a, b), v -> v[0] + v[1]);
    }

    /** The residual sum of two things in the same layout. */
    static View sum(View a, View b) {
        if (!a.layout().equals(b.layout())
                || !Arrays.equals(a.piece().shape(), b.piece().shape())) {
            throw new Untraceable("a sum of things in different orders");
        }
        return new View(new Piece(new Piece.Sum(a.piece(), b.piece()), a.piece().shape()), a.layout());
    }

    /** A view with a bias that a fused operator brings. */
    static View biased(View view, Constant bias) {
        if (bias.isAll(0)) {
            return view;
        }
        return (View) plus(view, bias).orElseThrow(() -> new Untraceable("a bias that belongs to no linear layer"));
    }

    private static Optional<Value> plus(View view, Constant constant) {
        Piece piece = view.piece();
        if (piece.origin() instanceof Piece.WithMeanToken pooled) {
            return Convolving.positioned(view, pooled, constant).map(Value.class::cast);
        }
        if (view.isWhole() && isSequence(piece) && (piece.origin() instanceof Piece.Tokens || !constant.isUniform())) {
            Constant everywhere =
                    constant.with(constant.layout().broadcast(view.layout().shape()));
            boolean bias = !(piece.origin() instanceof Piece.Tokens)
                    && vector(view, constant).isPresent();
            if (!bias) {
                return Optional.of(View.of(TokenSequence.positioned(piece, everywhere.sameForAll())));
            }
        }
        if (RowOps.base(piece).origin() instanceof Piece.Scores && !constant.isUniform()) {
            return Attending.biased(view, constant).map(Value.class::cast);
        }
        Optional<Constant> vector = vector(view, constant);
        if (vector.isPresent()) {
            if (piece.origin() instanceof Piece.Linear linear) {
                Optional<Constant> bias = plus(linear.bias(), vector.get());
                return Optional.of(on(view, new Piece.Linear(linear.input(), linear.weight(), bias, linear.scaled())));
            } else if (piece.origin() instanceof Piece.Patches patches) {
                return Optional.of(on(
                        view,
                        new Piece.Patches(patches.image(), patches.weight(), plus(patches.bias(), vector.get()))));
            } else if (piece.origin() instanceof Piece.Convolved c) {
                var biased = new Piece.Convolved(
                        c.input(), c.weight(), plus(c.bias(), vector.get()), c.stride(), c.padding());
                return Optional.of(on(view, biased));
            } else if (piece.origin() instanceof Piece.Normed n) {
                Constant bias = fold(List.of(n.bias(), vector.get()), a -> a[0] + a[1]);
                return Optional.of(on(view, new Piece.Normed(n.input(), n.gain(), bias, n.epsilon(), n.centred())));
            }
        }
        return Optional.empty();
    }

    private static boolean isSequence(Piece piece) {
        return TokenSequence.arePatches(piece) || piece.origin() instanceof Piece.Tokens;
    }

    private static Optional<Constant> plus(Optional<Constant> bias, Constant more) {
        return Optional.of(bias.map(b -> fold(List.of(b, more), a -> a[0] + a[1]))
                .orElse(more));
    }

    /** A norm's gain, or a linear layer's output scaled column by column (LayerScale), which its weights take up. */
    static Optional<Value> times(View view, Constant constant) {
        return vector(view, constant).map(v -> scaled(view.piece().origin(), v)).map(scaled -> on(view, scaled));
    }

    private static Piece.Origin scaled(Piece.Origin origin, Constant v) {
        if (origin instanceof Piece.Normed n) {
            return new Piece.Normed(n.input(), product(n.gain(), v), product(n.bias(), v), n.epsilon(), n.centred());
        } else if (origin instanceof Piece.Linear l) {
            double[] factors = v.values();
            Constant weight = l.weight().along(1, (w, column) -> w * factors[column]);
            return new Piece.Linear(l.input(), weight, l.bias().map(b -> product(b, v)), true);
        } else if (origin instanceof Piece.Attention a) {
            return new Piece.Attention(
                    a.scores(), a.scale(), a.bias(), a.value().scaled(v.values()));
        } else if (origin instanceof Piece.Patches p) {
            double[] factors = v.values();
            Constant weight = p.weight().along(0, (w, channel) -> w * factors[channel]);
            return new Piece.Patches(p.image(), weight, p.bias().map(b -> product(b, v)));
        } else if (origin instanceof Piece.Convolved c) {
            return new Piece.Convolved(
                    c.input(),
                    product(c.weight(), v.reshape(v.shape()[0], 1, 1, 1)),
                    c.bias().map(b -> product(b, v)),
                    c.stride(),
                    c.padding());
        }
        return null;
    }

    private static Constant product(Constant a, Constant b) {
        return fold(List.of(a, b), v -> v[0] * v[1]);
    }

    private static View on(View view, Piece.Origin origin) {
        return new View(view.piece().derive(origin, view.piece().width()), view.layout());
    }

    /** The constant as one number for each column of the view's rows, if it is that. */
    static Optional<Constant> vector(View view, Constant constant) {
        Constant vector = constant.squeezedFront();
        long width = view.piece().width();
        if (view.layout().isRows(width)) {
            return vector.layout().rank() == 1 && vector.shape()[0] == width ? Optional.of(vector) : Optional.empty();
        } else if (view.piece().origin() instanceof Piece.Patches
                || view.piece().origin() instanceof Piece.Convolved
                || view.piece().origin() instanceof Piece.Attention) {
            return view.perPart(constant, 1, Math.toIntExact(width)).map(v -> Constant.of(v, false, width));
        }
        return Optional.empty();
    }
}
