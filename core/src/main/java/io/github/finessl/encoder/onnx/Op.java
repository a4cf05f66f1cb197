package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;

/** A node of the graph with its inputs traced; an input that the node leaves out is null. */
final class Op {

    private final NodeProto node;
    private final List<Value> inputs;
    private final int opset;
    private final Map<String, AttributeProto> attributes = new HashMap<>();

    /** @param inputs may hold nulls */
    Op(NodeProto node, List<Value> inputs, int opset) {
        this.node = node;
        this.inputs = inputs;
        this.opset = opset;
        node.getAttributeList().forEach(a -> attributes.put(a.getName(), a));
    }

    /** The same operator on other inputs. */
    Op with(List<Value> others) {
        return new Op(node, others, opset);
    }

    String type() {
        return node.getOpType();
    }

    /** Whether the operator is one of ONNX Runtime's own, which its optimisers put in place of standard ones. */
    boolean isMicrosoft() {
        return node.getDomain().equals("com.microsoft");
    }

    /** Whether the operator works on channels in blocks, as ONNX Runtime's optimiser lays them out for a processor. */
    boolean isForOneProcessor() {
        return node.getDomain().equals("com.microsoft.nchwc");
    }

    boolean isStandard() {
        return node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
    }

    int opset() {
        return opset;
    }

    List<Value> inputs() {
        return inputs;
    }

    int outputs() {
        return node.getOutputCount();
    }

    boolean has(int input) {
        return input < inputs.size() && inputs.get(input) != null;
    }

    Value input(int input) {
        if (!has(input)) {
            throw new Untraceable("a node without its input " + input);
        }
        return inputs.get(input);
    }

    Constant constant(int input) {
        if (input(input) instanceof Constant constant) {
            return constant;
        }
        throw new Untraceable("an input " + input + " that depends on the image where constants are expected");
    }

    Optional<Constant> optionalConstant(int input) {
        return has(input) ? Optional.of(constant(input)) : Optional.empty();
    }

    View view(int input) {
        if (input(input) instanceof View view) {
            return view;
        } else if (input(input) instanceof Probed probed) {
            throw new Untraceable(probed.found());
        }
        throw new Untraceable("an input " + input + " that does not depend on the image");
    }

    long integer(String name, long otherwise) {
        return attributes.containsKey(name) ? attributes.get(name).getI() : otherwise;
    }

    double number(String name, double otherwise) {
        return attributes.containsKey(name) ? attributes.get(name).getF() : otherwise;
    }

    String string(String name, String otherwise) {
        return attributes.containsKey(name) ? attributes.get(name).getS().toStringUtf8() : otherwise;
    }

    Optional<long[]> integers(String name) {
        return Optional.ofNullable(attributes.get(name))
                .map(a -> a.getIntsList().stream().mapToLong(Long::longValue).toArray());
    }

    double[] numbers(String name) {
        return attributes.get(name).getFloatsList().stream()
                .mapToDouble(Float::doubleValue)
                .toArray();
    }

    GraphProto graph(String name) {
        return attributes.get(name).getG();
    }

    Optional<TensorProto> tensor(String name) {
        return Optional.ofNullable(attributes.get(name)).map(AttributeProto::getT);
    }

    /** Whether a Cast is to integers. */
    boolean isToIntegers() {
        var type = TensorProto.DataType.forNumber((int) integer("to", 1));
        return type == null || TensorData.isIntegral(type);
    }

    boolean hasAttribute(String name) {
        return attributes.containsKey(name);
    }

    /** Integers that older operator sets keep in an attribute and newer ones in an input. */
    Optional<long[]> integers(String name, int input) {
        return integers(name).or(() -> optionalConstant(input).map(Constant::longs));
    }

    /** The attribute as a dimension of a tensor of this rank, negative ones counted from the end. */
    int dimension(String name, long otherwise, int rank) {
        return dimension(integer(name, otherwise), rank);
    }

    static int dimension(long dim, int rank) {
        long counted = dim < 0 ? dim + rank : dim;
        if (counted < 0 || counted >= rank) {
            throw new Untraceable("dimension " + dim + " of a tensor with " + rank + " dimensions");
        }
        return (int) counted;
    }

    static int[] dimensions(long[] dims, int rank) {
        return Arrays.stream(dims).mapToInt(d -> dimension(d, rank)).sorted().toArray();
    }

    /** The one dimension that the node works on, if it is one only. */
    OptionalInt onlyDimension(Optional<long[]> dims, int rank) {
        return dims.isPresent() && dims.get().length == 1
                ? OptionalInt.of(dimension(dims.get()[0], rank))
                : OptionalInt.empty();
    }

    @Override
    public String toString() {
        String domain = node.getDomain().isEmpty() ? "" : node.getDomain() + ".";
        return domain + node.getOpType() + (node.getName().isEmpty() ? "" : " ('" + node.getName() + "')");
    }
}
