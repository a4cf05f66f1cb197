package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.EncoderFormatException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;

/**
 * Runs a graph on what is known about its tensors in place of numbers.
 *
 * <p>The image has a definite shape here, so everything that a graph computes about shapes comes out as constants. A
 * tensor that no vision transformer computes becomes {@link Unknown} and makes everything that depends on it unknown.
 */
final class GraphTrace {

    private final OnnxFile file;
    private final int opset;
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, NodeProto> producers = new HashMap<>();
    private final boolean openImage;
    private boolean quantised;

    GraphTrace(OnnxFile file, ImageInput image) {
        this.file = file;
        this.opset = file.opset();
        this.openImage = image.open();
        file.graph()
                .getInputList()
                .forEach(input ->
                        values.put(input.getName(), new Unknown("a use of the input '" + input.getName() + "'")));
        values.putAll(file.initialisers());
        values.put(image.name(), image.view());
        for (NodeProto node : file.graph().getNodeList()) {
            node.getOutputList().stream()
                    .filter(output -> !output.isEmpty())
                    .forEach(output -> producers.put(output, node));
        }
    }

    /** Whether quantised numbers have been met. */
    boolean isQuantised() {
        return quantised;
    }

    /** The image as the first layer of what has been traced gets it: after the graph's own arithmetic on pixels. */
    Optional<Piece> seenByFirstLayer() {
        for (NodeProto node : file.graph().getNodeList()) {
            List<Piece> image =
                    pieces(node.getInputList()).filter(Piece::isImage).toList();
            if (!image.isEmpty() && pieces(node.getOutputList()).anyMatch(piece -> !piece.isImage())) {
                return Optional.of(image.get(0));
            }
        }
        return Optional.empty();
    }

    private Stream<Piece> pieces(List<String> tensors) {
        return tensors.stream()
                .map(values::get)
                .map(value -> value instanceof Quantised quantised ? quantised.value() : value)
                .filter(View.class::isInstance)
                .map(value -> ((View) value).piece());
    }

    /** The value that is known of a tensor of the graph. */
    Value value(String name) {
        for (NodeProto node : needed(name)) {
            List<Value> outputs = trace(node);
            for (int i = 0; i < node.getOutputCount(); i++) {
                if (!node.getOutput(i).isEmpty()) {
                    values.put(
                            node.getOutput(i),
                            i < outputs.size()
                                    ? outputs.get(i)
                                    : new Unknown("output " + i + " of " + node.getOpType()));
                }
            }
        }
        return values.get(name);
    }

    /** Nodes that a tensor takes and that have not been traced, in an order in which they can be. */
    private List<NodeProto> needed(String wanted) {
        var order = new ArrayList<NodeProto>();
        Set<NodeProto> open = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<NodeProto> done = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<String> pending = new ArrayDeque<>(List.of(wanted));
        while (!pending.isEmpty()) {
            String name = pending.peek();
            NodeProto node = producers.get(name);
            if (values.containsKey(name) || (node != null && done.contains(node))) {
                pending.pop();
            } else if (node == null) {
                throw new EncoderFormatException(
                        file.path(), "expected every tensor to come from somewhere, found no source of '" + name + "'");
            } else if (open.add(node)) {
                missing(node, done).forEach(pending::push);
            } else if (missing(node, done).isEmpty()) {
                order.add(node);
                done.add(node);
                pending.pop();
            } else {
                throw new EncoderFormatException(
                        file.path(), "expected a graph without cycles, found one through '" + name + "'");
            }
        }
        return order;
    }

    private List<String> missing(NodeProto node, Set<NodeProto> done) {
        return node.getInputList().stream()
                .filter(i -> !i.isEmpty() && !values.containsKey(i) && !done.contains(producers.get(i)))
                .toList();
    }

    private List<Value> trace(NodeProto node) {
        var inputs = new ArrayList<Value>();
        for (String input : node.getInputList()) {
            Value value = values.get(input);
            if (value instanceof Unknown) {
                return Collections.nCopies(node.getOutputCount(), value);
            }
            inputs.add(value);
        }
        var op = new Op(node, inputs, opset);
        try {
            return trace(op);
        } catch (Untraceable e) {
            Optional<List<Value>> tried = tried(op, e.getMessage() + " at " + op);
            if (tried.isPresent()) {
                return tried.get();
            }
            return Collections.nCopies(node.getOutputCount(), new Unknown(e.getMessage() + " at " + op));
        } catch (ArithmeticException | IndexOutOfBoundsException e) {
            return Collections.nCopies(node.getOutputCount(), new Unknown("sizes that do not fit at " + op));
        }
    }

    private Optional<List<Value>> tried(Op op, String found) {
        try {
            return Probing.tried(op, this::trace, found);
        } catch (Untraceable | ArithmeticException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    private List<Value> trace(Op op) {
        if (!op.isStandard() && !op.isMicrosoft()) {
            throw new Untraceable(
                    op.isForOneProcessor()
                            ? "an operator of ONNX Runtime's highest optimisation level, which is for one kind of processor (a"
                                    + " file that it saved at the level 'extended' is needed)"
                            : "an operator that is neither ONNX's nor ONNX Runtime's");
        }
        if (Quantisation.concerns(op)) {
            quantised = true;
            return Quantisation.trace(op);
        }
        return switch (op.type()) {
            case "Split" -> LayoutOps.split(op);
            case "SkipLayerNormalization", "SkipSimplifiedLayerNormalization" -> Layers.skipLayerNorm(op);
            default -> List.of(traceOne(op));
        };
    }

    private Value traceOne(Op op) {
        if (RowOps.isReduction(op)) {
            return RowOps.reduce(op);
        }
        return switch (op.type()) {
            case "Constant" -> constant(op);
            case "ConstantOfShape" -> constantOfShape(op);
            case "Range" -> range(op);
            case "Identity" -> op.input(0);
            case "Dropout" -> dropout(op);
            case "Cast", "CastLike" -> cast(op);
            case "Shape" -> LayoutOps.shapeOf(op);
            case "Size" ->
                Constant.of(
                        new double[] {Layout.of(LayoutOps.shape(op.input(0))).size()}, true);
            case "Reshape" -> LayoutOps.reshape(op);
            case "Flatten" -> LayoutOps.flatten(op);
            case "Transpose" -> LayoutOps.transpose(op);
            case "Squeeze" -> LayoutOps.squeeze(op);
            case "Unsqueeze" -> LayoutOps.unsqueeze(op);
            case "Expand" -> LayoutOps.expand(op);
            case "Tile" -> LayoutOps.tile(op);
            case "Pad" -> LayoutOps.pad(op);
            case "Slice" -> LayoutOps.slice(op);
            case "Gather" -> LayoutOps.gather(op);
            case "GatherND" -> LayoutOps.gatherTuples(op);
            case "Concat" -> LayoutOps.concat(op);
            case "Resize", "Upsample" -> LayoutOps.resize(op, openImage);
            case "Conv" -> Convolving.convolution(op);
            case "BatchNormalization" -> Convolving.batchNorm(op);
            case "AveragePool" -> Convolving.averagePool(op);
            case "MaxPool" -> throw new Untraceable("max pooling, where CLIP's ResNet averages");
            case "MatMul" -> Layers.matMul(op);
            case "FusedMatMul", "TransposeMatMul" -> Layers.fusedMatMul(op);
            case "Gemm" -> Layers.gemm(op);
            case "FusedGemm" -> Elementwise.activated(Layers.gemm(op), op.string("activation", ""));
            case "Einsum" -> Einsum.trace(op);
            case "LayerNormalization" -> Layers.layerNorm(op);
            case "SimplifiedLayerNormalization", "RMSNormalization" ->
                RowOps.rmsNorm(op, op.view(0), op.constant(1), op.number("epsilon", 1e-5));
            case "Attention" -> op.isMicrosoft() ? Attending.packed(op) : Attending.attention(op);
            case "MultiHeadAttention" -> Attending.multiHead(op);
            case "GlobalAveragePool" -> globalMean(op);
            case "Softmax", "LogSoftmax" -> RowOps.softmax(op);
            case "If" -> branch(op);
            case "ScatterND" -> LayoutOps.scattered(op);
            case "Loop", "Scan" ->
                throw new Untraceable("control flow, which an export for one kind of input does without");
            case "QLinearMatMul", "QLinearConv", "MatMulNBits" ->
                throw new Untraceable("quantised arithmetic that is neither QDQ nor dynamic (an export of one of these"
                        + " kinds, or an unquantised one, is needed)");
            default -> Elementwise.trace(op);
        };
    }

    /** What the branch computes that is always taken. */
    private Value branch(Op op) {
        if (op.outputs() != 1
                || !(op.input(0) instanceof Constant condition)
                || condition.layout().size() != 1) {
            throw new Untraceable("control flow, which an export for one kind of input does without");
        }
        GraphProto taken = op.graph(condition.first() != 0 ? "then_branch" : "else_branch");
        taken.getInitializerList().forEach(t -> values.putIfAbsent(t.getName(), file.constant(t)));
        taken.getNodeList().forEach(node -> node.getOutputList().forEach(output -> producers.put(output, node)));
        return value(taken.getOutput(0).getName());
    }

    /** The mean over the last of three dimensions, that of [batch, D, tokens]. */
    private static Value globalMean(Op op) {
        return TokenSequence.mean(op.view(0), 2)
                .orElseThrow(() -> new Untraceable("an average pool of something else than tokens"));
    }

    private Constant constant(Op op) {
        if (op.hasAttribute("value")) {
            return file.constant(op.tensor("value").orElseThrow());
        } else if (op.hasAttribute("value_int")) {
            return Constant.of(new double[] {op.integer("value_int", 0)}, true);
        } else if (op.hasAttribute("value_float")) {
            return Constant.of(new double[] {op.number("value_float", 0)}, false);
        } else if (op.hasAttribute("value_ints")) {
            return Constant.ofLongs(op.integers("value_ints").orElseThrow());
        } else if (op.hasAttribute("value_floats")) {
            double[] values = op.numbers("value_floats");
            return Constant.of(values, false, values.length);
        }
        throw new Untraceable("a constant that is no tensor of numbers");
    }

    private Constant constantOfShape(Op op) {
        for (long size : op.constant(0).longs()) {
            if (size < 0) {
                throw new Untraceable("a constant of size " + size);
            }
        }
        Constant one = op.tensor("value").map(file::constant).orElseGet(() -> Constant.filled(0, 1));
        return one.reshape()
                .with(one.reshape().layout().broadcast(op.constant(0).longs()));
    }

    private static Constant range(Op op) {
        double start = op.constant(0).first();
        double step = op.constant(2).first();
        double count = Math.max(0, Math.ceil((op.constant(1).first() - start) / step));
        if (!(count <= RowFunction.WIDEST)) {
            throw new Untraceable("a range of " + count + " numbers");
        }
        var range = new double[(int) count];
        Arrays.setAll(range, i -> start + i * step);
        return Constant.of(range, op.constant(0).integral(), range.length);
    }

    private static Value dropout(Op op) {
        if (op.optionalConstant(2).filter(training -> training.first() != 0).isPresent()) {
            throw new Untraceable("dropout in training mode (an export of the model in evaluation mode is needed)");
        }
        return op.input(0);
    }

    /** Everything is computed in one precision, so that casts between floats mean nothing. */
    private static Value cast(Op op) {
        if (op.type().equals("CastLike")) {
            boolean integral = op.input(1) instanceof Constant like && like.integral();
            return op.input(0) instanceof Constant constant && constant.integral() != integral
                    ? new Constant(
                            constant.layout(),
                            i -> integral
                                    ? (long) constant.elements().at(i)
                                    : constant.elements().at(i),
                            integral)
                    : op.input(0);
        }
        var type = TensorProto.DataType.forNumber((int) op.integer("to", 1));
        if (type == null) {
            throw new Untraceable("a cast to an unknown type");
        }
        if (!(op.input(0) instanceof Constant constant)) {
            if (TensorData.isIntegral(type)) {
                throw new Untraceable("a cast to " + type + " of what depends on the image");
            }
            return op.input(0);
        }
        Constant.Elements from = constant.elements();
        if (type == TensorProto.DataType.BOOL) {
            return new Constant(constant.layout(), i -> from.at(i) != 0 ? 1 : 0, true);
        }
        return TensorData.isIntegral(type)
                ? new Constant(constant.layout(), i -> (long) from.at(i), true)
                : new Constant(constant.layout(), from, false);
    }
}
