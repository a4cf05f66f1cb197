package io.github.finessl.encoder.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.AttributeProto.AttributeType;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import org.nd4j.shade.protobuf.ByteString;

/** Rewrites a file of floats as ONNX Runtime's quantisation tools do, and as the floats that the result stands for. */
final class Quantiser {

    enum Kind {
        /** Quantise-dequantise pairs around weights and activations, one scale for each. */
        QDQ_TENSOR,
        /** The same with a scale for each output channel of a weight. */
        QDQ_CHANNEL,
        /** 16 bits, in ONNX Runtime's own operators, as older operator sets need it. */
        QDQ_16,
        /** DynamicQuantizeLinear, MatMulInteger or ConvInteger, Cast, Mul; weights of 8 bits without sign. */
        DYNAMIC,
        /**
         * The same with a scale for each output channel and a sign, in 7 bits, the tools' reduce_range: processors
         * without VNNI add two products with 255 in 16 bits, which those with 8 bits overflow.
         */
        DYNAMIC_CHANNEL,
        /** What ONNX Runtime's optimiser makes of that. */
        DYNAMIC_FUSED,
        DYNAMIC_TO_FLOAT;

        boolean isDynamic() {
            return compareTo(DYNAMIC) >= 0;
        }
    }

    /** A weight's integers along {@code axis} (−1: one scale for all), and what they stand for. */
    private record Grid(int axis, float[] scale, int[] zeroPoint, int[] integers, float[] floats) {}

    private static final double RANGE = 16;

    private final Kind kind;
    private final Map<String, TensorProto> weights = new HashMap<>();
    private final Map<String, float[]> replaced = new HashMap<>();
    private final List<NodeProto> nodes = new ArrayList<>();
    private final List<TensorProto> tensors = new ArrayList<>();
    private int names;

    private Quantiser(Kind kind) {
        this.kind = kind;
    }

    /**
     * @param quantised the rewritten file
     * @param dequantised the file with the numbers in place of its weights that the rewritten one's stand for
     */
    record Result(ModelProto quantised, ModelProto dequantised) {}

    static Result quantise(ModelProto model, Kind kind) {
        return new Quantiser(kind).quantise(model);
    }

    private Result quantise(ModelProto model) {
        GraphProto graph = model.getGraph();
        graph.getInitializerList().stream()
                .filter(t -> t.getDataType() == DataType.FLOAT_VALUE && t.getDimsCount() >= 2)
                .forEach(t -> weights.put(t.getName(), t));
        for (NodeProto node : graph.getNodeList()) {
            boolean weighted = node.getInputCount() > 1 && weights.containsKey(node.getInput(1));
            switch (node.getOpType()) {
                case "Conv", "Gemm", "MatMul", "Attention" -> {
                    if (!kind.isDynamic()) {
                        paired(node, weighted);
                    } else if (weighted) {
                        dynamic(node);
                    } else {
                        nodes.add(node);
                    }
                }
                case "Softmax", "LayerNormalization" -> {
                    if (kind.isDynamic()) {
                        nodes.add(node);
                    } else {
                        paired(node, false);
                    }
                }
                default -> nodes.add(node);
            }
        }
        var dequantised = graph.toBuilder();
        for (var tensor : dequantised.getInitializerBuilderList()) {
            if (replaced.containsKey(tensor.getName())) {
                var raw = ByteBuffer.allocate(4 * replaced.get(tensor.getName()).length)
                        .order(ByteOrder.LITTLE_ENDIAN);
                for (float value : replaced.get(tensor.getName())) {
                    raw.putFloat(value);
                }
                tensor.clearFloatData().setRawData(ByteString.copyFrom(raw.array()));
            }
        }
        var quantised = graph.toBuilder().clearNode().addAllNode(nodes).addAllInitializer(tensors);
        var imports = model.toBuilder();
        if (model.getOpsetImportList().stream().noneMatch(o -> o.getDomain().equals("com.microsoft"))) {
            imports.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain("com.microsoft").setVersion(1));
        }
        return new Result(
                imports.setGraph(quantised).build(),
                model.toBuilder().setGraph(dequantised).build());
    }

    /** Pairs at what depends on the image, and integers for the weight. */
    private void paired(NodeProto node, boolean weighted) {
        var changed = node.toBuilder();
        changed.setInput(0, pair(node.getInput(0)));
        if (weighted) {
            boolean gemm = node.getOpType().equals("Gemm");
            int channels = node.getOpType().equals("Conv") || (gemm && transposed(node)) ? 0 : 1;
            changed.setInput(1, stored(node.getInput(1), kind == Kind.QDQ_CHANNEL ? channels : -1));
        } else if (node.getOpType().equals("MatMul")) {
            changed.setInput(1, pair(node.getInput(1)));
        }
        nodes.add(changed.build());
    }

    private String pair(String activation) {
        boolean wide = kind == Kind.QDQ_16;
        double range = wide ? 65535 : 255;
        String scale = floats((float) (RANGE / range));
        String zeroPoint = kind == Kind.QDQ_CHANNEL
                ? integers(DataType.INT8, new long[0], 0)
                : integers(wide ? DataType.UINT16 : DataType.UINT8, new long[0], wide ? 32768 : 128);
        String domain = wide ? "com.microsoft" : "";
        String integers = node("QuantizeLinear", domain, List.of(activation, scale, zeroPoint));
        return node("DequantizeLinear", domain, List.of(integers, scale, zeroPoint));
    }

    private String stored(String weight, int axis) {
        Grid grid = grid(weights.get(weight), true, axis);
        replaced.put(weight, grid.floats);
        String integers = integers(DataType.INT8, dims(weight), grid.integers);
        List<String> inputs = List.of(integers, scales(grid), zeroPoints(grid, DataType.INT8));
        return axis < 0
                ? node("DequantizeLinear", kind == Kind.QDQ_16 ? "com.microsoft" : "", inputs)
                : node("DequantizeLinear", "", inputs, integer("axis", axis));
    }

    private void dynamic(NodeProto node) {
        String x = node.getInput(0);
        String weight = node.getInput(1);
        boolean conv = node.getOpType().equals("Conv");
        boolean transposed = node.getOpType().equals("Gemm") && transposed(node);
        boolean signed = kind == Kind.DYNAMIC_CHANNEL;
        Grid grid = grid(weights.get(weight), signed, !signed || conv ? -1 : transposed ? 0 : 1);
        DataType type = signed ? DataType.INT8 : DataType.UINT8;
        replaced.put(weight, grid.floats);
        long[] dims = dims(weight);
        int[] stored = grid.integers;
        if (transposed) {
            stored = transposed(stored, dims);
            dims = new long[] {dims[1], dims[0]};
        }
        String integers = integers(type, dims, stored);
        String scales = scales(grid);
        String zeroPoints = zeroPoints(grid, type);
        String bias = node.getInputCount() > 2 ? node.getInput(2) : "";
        if (kind == Kind.DYNAMIC_FUSED && !conv && !node.getOpType().equals("Attention")) {
            add(
                    "DynamicQuantizeMatMul",
                    "com.microsoft",
                    List.of(x, integers, scales, zeroPoints, bias),
                    node.getOutput(0));
            return;
        }
        String quantised = name();
        String scale = name();
        String zeroPoint = name();
        nodes.add(NodeProto.newBuilder()
                .setOpType("DynamicQuantizeLinear")
                .addInput(x)
                .addAllOutput(List.of(quantised, scale, zeroPoint))
                .build());
        if (node.getOpType().equals("Attention")) {
            List<String> inputs = List.of(quantised, integers, bias, scale, scales, "", zeroPoint, zeroPoints);
            add(
                    "QAttention",
                    "com.microsoft",
                    inputs,
                    node.getOutput(0),
                    node.getAttributeList().toArray(AttributeProto[]::new));
            return;
        } else if (kind == Kind.DYNAMIC_TO_FLOAT && !conv) {
            List<String> inputs = List.of(quantised, integers, scale, scales, zeroPoint, zeroPoints, bias);
            add("MatMulIntegerToFloat", "com.microsoft", inputs, node.getOutput(0));
            return;
        }
        List<String> inputs = List.of(quantised, integers, zeroPoint, zeroPoints);
        String product = conv
                ? node("ConvInteger", "", inputs, node.getAttributeList().toArray(AttributeProto[]::new))
                : node("MatMulInteger", "", inputs);
        String cast = node("Cast", "", List.of(product), integer("to", DataType.FLOAT_VALUE));
        List<String> factors = List.of(cast, node("Mul", "", List.of(scale, scales)));
        if (bias.isEmpty()) {
            add("Mul", "", factors, node.getOutput(0));
        } else if (conv) {
            String wide = node("Reshape", "", List.of(bias, integers(DataType.INT64, new long[] {4}, 1, -1, 1, 1)));
            add("Add", "", List.of(node("Mul", "", factors), wide), node.getOutput(0));
        } else {
            add("Add", "", List.of(node("Mul", "", factors), bias), node.getOutput(0));
        }
    }

    private static boolean transposed(NodeProto gemm) {
        return gemm.getAttributeList().stream().anyMatch(a -> a.getName().equals("transB") && a.getI() == 1);
    }

    private static int[] transposed(int[] values, long[] dims) {
        int rows = (int) dims[0];
        int columns = (int) dims[1];
        var result = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i % columns * rows + i / columns] = values[i];
        }
        return result;
    }

    private Grid grid(TensorProto tensor, boolean signed, int axis) {
        float[] values = new float[tensor.getRawData().size() / 4];
        tensor.getRawData()
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        long[] dims = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
        int inner = axis < 0
                ? values.length
                : (int) Arrays.stream(dims, axis + 1, dims.length).reduce(1, (a, b) -> a * b);
        int channels = axis < 0 ? 1 : (int) dims[axis];
        var low = new float[channels];
        var high = new float[channels];
        for (int i = 0; i < values.length; i++) {
            int c = i / inner % channels;
            low[c] = Math.min(low[c], values[i]);
            high[c] = Math.max(high[c], values[i]);
        }
        int most = !signed ? 255 : kind == Kind.DYNAMIC_CHANNEL ? 63 : 127;
        var scale = new float[channels];
        var zeroPoint = new int[channels];
        for (int c = 0; c < channels; c++) {
            scale[c] = signed ? Math.max(-low[c], high[c]) / most : (high[c] - low[c]) / 255;
            zeroPoint[c] = signed ? 0 : Math.round(-low[c] / scale[c]);
        }
        var integers = new int[values.length];
        var floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int c = i / inner % channels;
            int least = signed ? -most - 1 : 0;
            integers[i] = Math.max(least, Math.min(most, Math.round(values[i] / scale[c]) + zeroPoint[c]));
            floats[i] = scale[c] * (integers[i] - zeroPoint[c]);
        }
        return new Grid(axis, scale, zeroPoint, integers, floats);
    }

    private long[] dims(String weight) {
        return weights.get(weight).getDimsList().stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    private String scales(Grid grid) {
        return grid.axis < 0 ? floats(grid.scale[0]) : vector(grid.scale);
    }

    private String zeroPoints(Grid grid, DataType type) {
        return grid.axis < 0
                ? integers(type, new long[0], grid.zeroPoint)
                : integers(type, new long[] {grid.zeroPoint.length}, grid.zeroPoint);
    }

    private String vector(float[] values) {
        var tensor = TensorProto.newBuilder().setDataType(DataType.FLOAT_VALUE).addDims(values.length);
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return tensor(tensor);
    }

    private String floats(float value) {
        return tensor(TensorProto.newBuilder().setDataType(DataType.FLOAT_VALUE).addFloatData(value));
    }

    private String integers(DataType type, long[] dims, int... values) {
        var tensor = TensorProto.newBuilder().setDataType(type.getNumber());
        Arrays.stream(dims).forEach(tensor::addDims);
        for (int value : values) {
            if (type == DataType.INT64) {
                tensor.addInt64Data(value);
            } else {
                tensor.addInt32Data(value);
            }
        }
        return tensor(tensor);
    }

    private String tensor(TensorProto.Builder tensor) {
        String name = name();
        tensors.add(tensor.setName(name).build());
        return name;
    }

    private String node(String type, String domain, List<String> inputs, AttributeProto... attributes) {
        String output = name();
        add(type, domain, inputs, output, attributes);
        return output;
    }

    private void add(String type, String domain, List<String> inputs, String output, AttributeProto... attributes) {
        nodes.add(NodeProto.newBuilder()
                .setOpType(type)
                .setDomain(domain)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes))
                .build());
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.INT)
                .setI(value)
                .build();
    }

    private String name() {
        return "quantised:" + names++;
    }
}
