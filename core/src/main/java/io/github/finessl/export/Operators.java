package io.github.finessl.export;

import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.export.OnnxForm.Weights;
import io.github.finessl.kernel.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import onnx.Onnx.TensorProto;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The layers of a transformer in the operators that an operator set has. Every method adds nodes and names the result.
 */
final class Operators {
    private static final int AXES_AS_INPUT = 18;
    private static final int LAYER_NORMALISATION = 17;
    private static final int GELU = 20;
    private static final double QUICK = 1.702;
    private static final double CUBIC = 0.044715;

    private final OnnxGraph graph;
    private final int opset;
    private final Weights weights;

    Operators(OnnxGraph graph, OnnxForm form) {
        this.graph = graph;
        this.opset = form.opset();
        this.weights = form.weights();
    }

    /** x·weight + bias: [.., in] to [.., out]; the weights are added to the graph. */
    String linear(String name, String x, Linear linear) {
        return weights == Weights.F32
                ? linearF32(name, x, linear)
                : biased(name, rounded(name + ".weight", x, linear.weight()), linear);
    }

    /** The same in f32 whatever the weights' number format, for an x whose outliers leave a byte nothing for the rest. */
    String linearF32(String name, String x, Linear linear) {
        String product = graph.node("MatMul", List.of(x, graph.weight(name + ".weight", linear.weight())));
        return biased(name, product, linear);
    }

    private String biased(String name, String product, Linear linear) {
        return linear.bias()
                .map(bias -> add(product, graph.weight(name + ".bias", bias)))
                .orElse(product);
    }

    /** x·weight of x and weight rounded to bytes. */
    private String rounded(String name, String x, INDArray weight) {
        QuantisedWeight quantised = QuantisedWeight.of(weight);
        List<String> bytes = graph.node("DynamicQuantizeLinear", List.of(x), 3); // bytes, scale, zero point
        String whole = graph.node(
                "MatMulInteger",
                List.of(bytes.get(0), graph.bytes(name, quantised.values(), weight.shape()), bytes.get(2)));
        String scale = multiply(bytes.get(1), graph.weight(name + ".scale", quantised.scales()));
        String rounded = graph.node("Cast", List.of(whole), OnnxGraph.integer("to", TensorProto.DataType.FLOAT_VALUE));
        return multiply(rounded, scale);
    }

    /**
     * A convolution of [B, in, H, W]; the weights are added to the graph.
     *
     * @param weight [out, in, height, width]
     * @param strides down and across
     * @param padding in pixels on each side
     */
    String convolution(String name, String x, INDArray weight, Optional<INDArray> bias, long[] strides, int padding) {
        List<String> inputs = new ArrayList<>(List.of(x, graph.weight(name + ".weight", weight)));
        bias.ifPresent(values -> inputs.add(graph.weight(name + ".bias", values)));
        return graph.node(
                "Conv",
                inputs,
                OnnxGraph.integers("kernel_shape", weight.size(2), weight.size(3)),
                OnnxGraph.integers("strides", strides),
                OnnxGraph.integers("pads", padding, padding, padding, padding));
    }

    /** gain ⊙ (x - mean) / √(variance + ε) + bias over the last dimension, or gain ⊙ x / √(mean of x² + ε). */
    String norm(String x, Norm norm) {
        if (!norm.centred()) {
            return multiply(standardised(x, multiply(x, x), norm.epsilon()), norm.gain());
        }
        if (opset >= LAYER_NORMALISATION) {
            return graph.node(
                    "LayerNormalization",
                    List.of(x, norm.gain(), norm.bias()),
                    OnnxGraph.integer("axis", -1),
                    OnnxGraph.number("epsilon", norm.epsilon()));
        }
        String centred = graph.node("Sub", List.of(x, mean(x, -1, true)));
        String squares = graph.node("Pow", List.of(centred, graph.scalar(2))); // as runtimes know the whole by
        return add(multiply(standardised(centred, squares, norm.epsilon()), norm.gain()), norm.bias());
    }

    /** x / √(mean of x² + ε). */
    private String standardised(String x, String squares, double epsilon) {
        String variance = mean(squares, -1, true);
        String deviation = graph.node("Sqrt", List.of(add(variance, graph.scalar(epsilon))));
        return graph.node("Div", List.of(x, deviation));
    }

    /** Names of a layer norm's gain and bias [width]; a norm that is not centred has no bias. */
    record Norm(String gain, String bias, long width, double epsilon, boolean centred) {}

    /** Adds a layer norm's gain and bias to the graph. */
    Norm normOf(String name, LayerNorm norm) {
        return new Norm(
                graph.weight(name + ".gain", norm.gain()),
                norm.centred() ? graph.weight(name + ".bias", norm.bias()) : "",
                norm.gain().length(),
                norm.epsilon(),
                norm.centred());
    }

    String activation(String x, Activation activation) {
        return switch (activation) {
            case RELU -> graph.node("Relu", List.of(x));
            case QUICK_GELU -> multiply(x, graph.node("Sigmoid", List.of(multiply(x, graph.scalar(QUICK)))));
            case SILU -> multiply(x, graph.node("Sigmoid", List.of(x)));
            case GELU_ERF -> opset >= GELU ? graph.node("Gelu", List.of(x)) : geluErf(x);
            case GELU_TANH -> geluTanh(x); // OpenCV 4.11 takes every Gelu for the exact one
        };
    }

    /** ½·x·(1 + erf(x/√2)). */
    private String geluErf(String x) {
        String erf = graph.node("Erf", List.of(graph.node("Div", List.of(x, graph.scalar(Math.sqrt(2))))));
        return halved(x, erf);
    }

    /** ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
    private String geluTanh(String x) {
        String cube = graph.node("Pow", List.of(x, graph.scalar(3)));
        String sum = add(x, multiply(cube, graph.scalar(CUBIC)));
        return halved(x, graph.node("Tanh", List.of(multiply(sum, graph.scalar(Math.sqrt(2 / Math.PI))))));
    }

    private String halved(String x, String y) {
        return multiply(multiply(x, add(y, graph.scalar(1))), graph.scalar(0.5));
    }

    String add(String x, String y) {
        return graph.node("Add", List.of(x, y));
    }

    String multiply(String x, String y) {
        return graph.node("Mul", List.of(x, y));
    }

    /** The mean over one dimension. */
    String mean(String x, long axis, boolean kept) {
        return reduced("ReduceMean", x, axis, kept);
    }

    /** √Σx² over one dimension, which stays with size 1. */
    String length(String x, long axis) {
        return reduced("ReduceL2", x, axis, true);
    }

    private String reduced(String type, String x, long axis, boolean kept) {
        var keepdims = OnnxGraph.integer("keepdims", kept ? 1 : 0);
        return opset >= AXES_AS_INPUT
                ? graph.node(type, List.of(x, graph.integers(axis)), keepdims)
                : graph.node(type, List.of(x), OnnxGraph.integers("axes", axis), keepdims);
    }

    /** Softmax over the last of {@code rank} dimensions: earlier operator sets count them from the front alone. */
    String softmax(String x, int rank) {
        return graph.node("Softmax", List.of(x), OnnxGraph.integer("axis", rank - 1L));
    }

    /** Entries {@code from} (included) to {@code to} (not included) of a dimension. */
    String slice(String x, long axis, long from, long to) {
        return graph.node("Slice", List.of(x, graph.integers(from), graph.integers(to), graph.integers(axis)));
    }

    /** The entries of a dimension of this size from the last to the first. */
    String reversed(String x, long axis, long size) {
        long[] places = LongStream.range(0, size).map(i -> size - 1 - i).toArray();
        return graph.node("Gather", List.of(x, graph.integers(places)), OnnxGraph.integer("axis", axis));
    }

    /** One entry of a dimension, which is gone then. */
    String entry(String x, long axis, long index) {
        return graph.node("Gather", List.of(x, graph.index(index)), OnnxGraph.integer("axis", axis));
    }

    String concatenated(long axis, List<String> parts) {
        return graph.node("Concat", parts, OnnxGraph.integer("axis", axis));
    }

    /** 0 keeps a size, -1 takes what is left. */
    String reshaped(String x, long... shape) {
        return graph.node("Reshape", List.of(x, graph.integers(shape)));
    }

    String transposed(String x, long... order) {
        return graph.node("Transpose", List.of(x), OnnxGraph.integers("perm", order));
    }
}
