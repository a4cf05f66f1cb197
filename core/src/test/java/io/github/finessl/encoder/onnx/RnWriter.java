package io.github.finessl.encoder.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/** Writes ResNets with random weights as ONNX files: of CLIP's kind in several spellings, and of other kinds. */
public final class RnWriter {

    /** How the norm behind a convolution is written. */
    public enum Norms {
        KEPT,
        FOLDED,
        /** As a product and a sum. */
        SPELT
    }

    /** Which queries attention pooling computes. */
    public enum Queries {
        ALL,
        MEAN
    }

    /** What is wrong or different. */
    public enum Ending {
        EMBEDDING,
        UNIT,
        GLOBAL_AVERAGE,
        MAX_POOL,
        TRAINING_NORM,
        LEAKY,
        GROUPED,
        STRIDED_SHORTCUT,
        OTHER_TOKEN
    }

    /**
     * A network.
     *
     * @param pixels side of the image
     * @param width channels of the stem
     * @param depths blocks of each stage
     * @param open whether the file leaves the image's size open
     */
    public record Shape(int pixels, int width, List<Integer> depths, int heads, int features, boolean open) {}

    private final Shape shape;
    private final Norms norms;
    private final Queries queries;
    private final Ending ending;
    private final Random random;
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("g");
    private int names;

    private RnWriter(Shape shape, Norms norms, Queries queries, Ending ending, long seed) {
        this.shape = shape;
        this.norms = norms;
        this.queries = queries;
        this.ending = ending;
        this.random = new Random(seed);
    }

    /** Writes a file. */
    public static void write(Shape shape, Norms norms, Queries queries, Ending ending, Path file, long seed)
            throws IOException {
        new RnWriter(shape, norms, queries, ending, seed).write(file);
    }

    /** Writes one of CLIP's kind. */
    public static void write(Shape shape, Norms norms, Path file, long seed) throws IOException {
        write(shape, norms, Queries.ALL, Ending.EMBEDDING, file, seed);
    }

    private void write(Path file) throws IOException {
        graph.addInput(shape.open ? info("image", -1, 3, -1, -1) : info("image", -1, 3, shape.pixels, shape.pixels));
        int w = shape.width;
        String x = relu(unit("image", 3, w / 2, 3, 2));
        x = relu(unit(x, w / 2, w / 2, 3, 1));
        x = relu(unit(x, w / 2, w, 3, 1));
        x = ending == Ending.MAX_POOL
                ? node("MaxPool", List.of(x), ints("kernel_shape", 2, 2), ints("strides", 2, 2))
                : average(x, 2);
        int in = w;
        int size = shape.pixels / 4;
        for (int s = 0; s < shape.depths.size(); s++) {
            int planes = w << s;
            for (int b = 0; b < shape.depths.get(s); b++) {
                int stride = s > 0 && b == 0 ? 2 : 1;
                x = block(x, in, planes, stride);
                size /= stride;
                in = 4 * planes;
            }
        }
        String out = ending == Ending.GLOBAL_AVERAGE
                ? node("Flatten", List.of(node("GlobalAveragePool", x)), integer("axis", 1))
                : attentionPool(x, in, size * size);
        if (ending == Ending.UNIT) {
            String norm = node("ReduceL2", List.of(out), ints("axes", -1), integer("keepdims", 1));
            out = node("Div", out, norm);
        }
        graph.addOutput(info(out, -1, -1));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
        Files.write(file, model.toByteArray());
    }

    private String block(String x, int in, int planes, int stride) {
        String y = relu(unit(x, in, planes, 1, 1));
        y = relu(unit(y, planes, planes, 3, 1));
        if (stride > 1) {
            y = average(y, stride);
        }
        y = unit(y, planes, 4 * planes, 1, 1);
        String shortcut = x;
        if (stride > 1 || in != 4 * planes) {
            boolean strided = ending == Ending.STRIDED_SHORTCUT && stride > 1;
            shortcut = unit(strided || stride == 1 ? x : average(x, stride), in, 4 * planes, 1, strided ? stride : 1);
        }
        return relu(random.nextBoolean() ? node("Add", y, shortcut) : node("Add", shortcut, y));
    }

    private String relu(String x) {
        return ending == Ending.LEAKY ? node("LeakyRelu", x) : node("Relu", x);
    }

    private String average(String x, int side) {
        return node("AveragePool", List.of(x), ints("kernel_shape", side, side), ints("strides", side, side));
    }

    private String unit(String x, int in, int out, int kernel, int stride) {
        int groups = ending == Ending.GROUPED && in == out ? 2 : 1;
        var attributes = new AttributeProto[] {
            ints("kernel_shape", kernel, kernel),
            ints("strides", stride, stride),
            ints("pads", kernel / 2, kernel / 2, kernel / 2, kernel / 2),
            integer("group", groups)
        };
        double scale = 1.4 / Math.sqrt((double) in * kernel * kernel);
        String w = weight(scale, out, in / groups, kernel, kernel);
        if (norms == Norms.FOLDED) {
            return node("Conv", List.of(x, w, weight(0.2, out)), attributes);
        }
        String y = node("Conv", List.of(x, w), attributes);
        if (norms == Norms.SPELT) {
            return node("Add", node("Mul", y, around(1, 0.2, out, 1, 1)), weight(0.2, out, 1, 1));
        }
        List<String> inputs = List.of(y, around(1, 0.2, out), weight(0.2, out), weight(0.2, out), around(1, 0.2, out));
        return node(
                "BatchNormalization",
                inputs,
                integer("training_mode", ending == Ending.TRAINING_NORM ? 1 : 0),
                AttributeProto.newBuilder()
                        .setName("epsilon")
                        .setType(AttributeProto.AttributeType.FLOAT)
                        .setF(1e-3f)
                        .build());
    }

    private String attentionPool(String x, int d, int pixels) {
        int h = shape.heads;
        int hd = d / h;
        String flat = node("Reshape", x, longs(0, 0, -1));
        String tokens = node("Transpose", List.of(flat), ints("perm", 2, 0, 1));
        String mean = node("ReduceMean", List.of(tokens), ints("axes", 0), integer("keepdims", 1));
        String all = node("Concat", List.of(mean, tokens), integer("axis", 0));
        all = node("Add", all, weight(0.3, pixels + 1, 1, d));
        String asking = all;
        if (queries == Queries.MEAN) {
            asking = node("Slice", all, longs(0), longs(1), longs(0));
        }
        String q = heads(linear(asking, d, d), queries == Queries.MEAN ? 1 : pixels + 1, hd);
        String k = heads(linear(all, d, d), pixels + 1, hd);
        String v = heads(linear(all, d, d), pixels + 1, hd);
        String scores = node("MatMul", q, node("Transpose", List.of(k), ints("perm", 0, 2, 1)));
        String scaled = node("Mul", scores, scalar(1 / Math.sqrt(hd)));
        String mixed = node("MatMul", node("Softmax", List.of(scaled), integer("axis", -1)), v);
        String back = node("Transpose", List.of(mixed), ints("perm", 1, 0, 2));
        String joined = node("Reshape", back, longs(queries == Queries.MEAN ? 1 : pixels + 1, -1, d));
        String projected = linear(joined, d, shape.features);
        return node("Gather", List.of(projected, scalarLong(ending == Ending.OTHER_TOKEN ? 1 : 0)), integer("axis", 0));
    }

    /** [tokens, batch, D] as [batch · heads, tokens, head width]. */
    private String heads(String x, int tokens, int hd) {
        return node("Transpose", List.of(node("Reshape", x, longs(tokens, -1, hd))), ints("perm", 1, 0, 2));
    }

    private String linear(String x, int in, int out) {
        return node("Add", node("MatMul", x, weight(1 / Math.sqrt(in), in, out)), weight(0.1, out));
    }

    private String name() {
        return "t" + names++;
    }

    private String node(String type, String... inputs) {
        return node(type, List.of(inputs));
    }

    private String node(String type, List<String> inputs, AttributeProto... attributes) {
        String output = name();
        graph.addNode(NodeProto.newBuilder()
                .setOpType(type)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes)));
        return output;
    }

    private static AttributeProto ints(String name, long... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(Arrays.stream(values).boxed().toList())
                .build();
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private String longs(long... values) {
        return initialiser(TensorProto.newBuilder()
                .setDataType(DataType.INT64.getNumber())
                .addDims(values.length)
                .addAllInt64Data(Arrays.stream(values).boxed().toList()));
    }

    private String scalarLong(long value) {
        return initialiser(
                TensorProto.newBuilder().setDataType(DataType.INT64.getNumber()).addInt64Data(value));
    }

    private String scalar(double value) {
        return initialiser(
                TensorProto.newBuilder().setDataType(DataType.FLOAT.getNumber()).addFloatData((float) value));
    }

    private String initialiser(TensorProto.Builder tensor) {
        String name = name();
        graph.addInitializer(tensor.setName(name));
        return name;
    }

    private String weight(double scale, long... dims) {
        return around(0, scale, dims);
    }

    private String around(double centre, double scale, long... dims) {
        int size = (int) Arrays.stream(dims).reduce(1, Math::multiplyExact);
        var raw = ByteBuffer.allocate(4 * size).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
            double noise = random.nextGaussian() * scale;
            raw.putFloat((float) (centre + (centre > 0 ? Math.max(-0.7, noise) : noise)));
        }
        return initialiser(TensorProto.newBuilder()
                .setDataType(DataType.FLOAT.getNumber())
                .addAllDims(Arrays.stream(dims).boxed().toList())
                .setRawData(ByteString.copyFrom(raw.array())));
    }

    private static ValueInfoProto info(String name, int... dims) {
        var info = ValueInfoProto.newBuilder().setName(name);
        var type = info.getTypeBuilder().getTensorTypeBuilder().setElemType(1);
        for (int i = 0; i < dims.length; i++) {
            var dim = type.getShapeBuilder().addDimBuilder();
            if (dims[i] < 0) {
                dim.setDimParam(name + i);
            } else {
                dim.setDimValue(dims[i]);
            }
        }
        return info.build();
    }
}
