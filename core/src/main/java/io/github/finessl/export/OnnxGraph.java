package io.github.finessl.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.protobuf.ByteString;
import org.nd4j.shade.protobuf.UnknownFieldSet;
import org.nd4j.shade.protobuf.UnsafeByteOperations;

/** A graph that grows node by node. A value is known by its name, which says where in the model it is. */
final class OnnxGraph {
    /** The most bytes of weights that a file may have; the format ends at 2 GiB. */
    private static final long MOST_BYTES = Integer.MAX_VALUE - (64L << 20);

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("finessl");
    private final List<INDArray> kept = new ArrayList<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private final Set<String> constants = new HashSet<>();
    private OptionalInt batch = OptionalInt.empty();
    private String scope = "";
    private long weightBytes;

    /** Nodes from here on are of this part of the model. */
    void enter(String part) {
        scope = part + "/";
    }

    /** The number of images that the graph takes at a time, where it takes but one number. */
    void batch(int images) {
        batch = OptionalInt.of(images);
    }

    /** An input [batch, ...] of f32, the batch open unless it was said. */
    void input(String name, long... shape) {
        graph.addInput(info(name, shape));
    }

    /** An output [batch, ...] of f32, likewise. */
    void output(String name, long... shape) {
        graph.addOutput(info(name, shape));
    }

    /** Adds a node with one output. */
    String node(String type, List<String> inputs, AttributeProto... attributes) {
        int number = counts.merge(scope + type, 1, Integer::sum);
        return named(scope + type + (number == 1 ? "" : "_" + number), type, inputs, attributes);
    }

    /** Adds a node with several outputs. */
    List<String> node(String type, List<String> inputs, int outputs) {
        int number = counts.merge(scope + type, 1, Integer::sum);
        List<String> names = IntStream.range(0, outputs)
                .mapToObj(output -> scope + type + "_" + number + "." + output)
                .toList();
        graph.addNode(NodeProto.newBuilder()
                .setName(scope + type + "_" + number)
                .setOpType(type)
                .addAllInput(inputs)
                .addAllOutput(names));
        return names;
    }

    /** Adds a node with a name for its output. */
    String named(String output, String type, List<String> inputs, AttributeProto... attributes) {
        graph.addNode(NodeProto.newBuilder()
                .setName(output)
                .setOpType(type)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes)));
        return output;
    }

    /** Adds another graph's node. */
    void add(NodeProto node) {
        graph.addNode(node);
    }

    /** Adds another graph's weights. */
    void initialiser(TensorProto weights) {
        weightBytes += weights.getSerializedSize();
        graph.addInitializer(weights);
    }

    /** Adds weights of any shape and precision as f32. The array must not change until the file is written. */
    String weight(String name, INDArray value) {
        INDArray dense = dense(value);
        kept.add(dense); // The buffer below does not keep its memory alive.
        weightBytes += 4 * dense.length();
        ByteBuffer bytes = dense.data().pointer().asByteBuffer();
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addAllDims(Arrays.stream(value.shape()).boxed().toList())
                .setRawData(UnsafeByteOperations.unsafeWrap(bytes)));
        return name;
    }

    /** Adds whole numbers of a byte each. */
    String bytes(String name, ByteBuffer values, long... shape) {
        weightBytes += values.remaining();
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT8_VALUE)
                .addAllDims(Arrays.stream(shape).boxed().toList())
                .setRawData(UnsafeByteOperations.unsafeWrap(values)));
        return name;
    }

    /** A weight as c-ordered floats that fill a buffer of their own. */
    private static INDArray dense(INDArray value) {
        if (value.dataType() == DataType.FLOAT
                && value.ordering() == 'c'
                && value.offset() == 0
                && !value.isView()
                && value.data().length() == value.length()
                && Arrays.equals(value.stride(), Nd4j.getStrides(value.shape(), 'c'))) {
            return value;
        }
        return Nd4j.createUninitialized(DataType.FLOAT, value.shape(), 'c').assign(value);
    }

    /** One number. */
    String scalar(double value) {
        String name = "number " + (float) value;
        if (constants.add(name)) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(TensorProto.DataType.FLOAT_VALUE)
                    .addFloatData((float) value));
        }
        return name;
    }

    /** A list of whole numbers: a shape, axes, places. */
    String integers(long... values) {
        String name = "integers " + Arrays.toString(values);
        if (constants.add(name)) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(TensorProto.DataType.INT64_VALUE)
                    .addDims(values.length)
                    .addAllInt64Data(Arrays.stream(values).boxed().toList()));
        }
        return name;
    }

    /** A whole number without dimensions, which as an index takes its axis away. */
    String index(long value) {
        String name = "index " + value;
        if (constants.add(name)) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(TensorProto.DataType.INT64_VALUE)
                    .addInt64Data(value));
        }
        return name;
    }

    /**
     * Builds the graph of all that was added. Weights stay where they are, so this graph must outlive it.
     *
     * @throws IOException if it is more than an ONNX file can hold
     */
    GraphProto build() throws IOException {
        if (weightBytes > MOST_BYTES) {
            throw new IOException(String.format(
                    Locale.ROOT, "The weights take %.1f GiB, but an ONNX file can hold 2 GiB.", weightBytes / 0x1p30));
        }
        return graph.build();
    }

    /** Written even if it is 0, which the generated classes leave out, but readers such as OpenCV's ask for. */
    static AttributeProto integer(String name, long value) {
        UnknownFieldSet.Field written =
                UnknownFieldSet.Field.newBuilder().addVarint(value).build();
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(AttributeProto.I_FIELD_NUMBER, written)
                        .build())
                .build();
    }

    static AttributeProto integers(String name, long... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(Arrays.stream(values).boxed().toList())
                .build();
    }

    static AttributeProto number(String name, double value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF((float) value)
                .build();
    }

    static AttributeProto text(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    private ValueInfoProto info(String name, long... shape) {
        ValueInfoProto.Builder info = ValueInfoProto.newBuilder().setName(name);
        var type = info.getTypeBuilder().getTensorTypeBuilder();
        type.setElemType(TensorProto.DataType.FLOAT_VALUE);
        var first = type.getShapeBuilder().addDimBuilder();
        batch.ifPresentOrElse(first::setDimValue, () -> first.setDimParam("batch"));
        Arrays.stream(shape)
                .forEach(size -> type.getShapeBuilder().addDimBuilder().setDimValue(size));
        return info.build();
    }
}
