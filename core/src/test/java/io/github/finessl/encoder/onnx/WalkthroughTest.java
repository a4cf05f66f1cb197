package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.kernel.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.AttributeProto.AttributeType;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The graph that the package's documentation walks through, and what it says about each of its tensors. */
class WalkthroughTest {

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final Random random = new Random(1);

    @TempDir
    Path directory;

    @Test
    void isWhatTheDocumentationSays() throws IOException {
        image("pixels", 2, 3, 4, 4);
        floats("kernel", 2, 3, 2, 2);
        node("Conv", "map", "pixels", "kernel").addAttribute(integers("strides", 2, 2));
        sizes("sizes", 2, 2, 4);
        node("Reshape", "flat", "map", "sizes");
        node("Transpose", "patches", "flat").addAttribute(integers("perm", 0, 2, 1));
        zeros("cls", 2, 1, 2);
        node("Concat", "tokens", "cls", "patches").addAttribute(integer("axis", 1));
        floats("positions", 1, 5, 2);
        node("Add", "x", "tokens", "positions");
        floats("gain", 2);
        floats("shift", 2);
        node("LayerNormalization", "n", "x", "gain", "shift");
        floats("w1", 2, 3);
        node("MatMul", "product", "n", "w1");
        floats("b1", 3);
        node("Add", "h", "product", "b1");
        number("factor", 1.702f);
        node("Mul", "scaled", "h", "factor");
        node("Sigmoid", "gate", "scaled");
        node("Mul", "a", "h", "gate");
        floats("w2", 3, 2);
        node("MatMul", "branch", "a", "w2");
        node("Add", "y", "x", "branch");

        OnnxFile file = file();
        var trace = new GraphTrace(file, ImageInput.declared(file));

        View map = (View) trace.value("map");
        assertThat(map.piece().origin()).isInstanceOf(Piece.Patches.class);
        assertThat(map.piece().shape()).containsExactly(2, 4, 2);
        assertThat(map.layout().shape()).containsExactly(2, 2, 2, 2);
        assertThat(map.isWhole()).isFalse();
        View patches = (View) trace.value("patches");
        assertThat(patches.piece()).isSameAs(map.piece());
        assertThat(patches.isWhole()).isTrue();
        assertThat(trace.value("cls")).isInstanceOf(Constant.class);
        assertThat(origin(trace, "tokens")).isInstanceOf(Piece.Tokens.class);
        Piece x = piece(trace, "x");
        assertThat(x.origin())
                .isInstanceOfSatisfying(
                        Piece.Tokens.class,
                        tokens -> assertThat(tokens.patches()).isSameAs(map.piece()));
        assertThat(origin(trace, "n")).isInstanceOf(Piece.Normed.class);
        assertThat(origin(trace, "h"))
                .isInstanceOfSatisfying(
                        Piece.Linear.class, linear -> assertThat(linear.bias()).isPresent());
        assertThat(origin(trace, "gate")).isInstanceOf(Piece.RowWise.class);
        assertThat(origin(trace, "a")).isInstanceOfSatisfying(Piece.RowWise.class, function -> {
            assertThat(function.input()).isSameAs(piece(trace, "h"));
            assertThat(function.function().asActivation(3)).isEqualTo(Optional.of(Activation.QUICK_GELU));
        });
        assertThat(origin(trace, "y"))
                .isInstanceOfSatisfying(
                        Piece.Sum.class, sum -> assertThat(sum.left()).isSameAs(x));
    }

    private static Piece piece(GraphTrace trace, String tensor) {
        return ((View) trace.value(tensor)).piece();
    }

    private static Piece.Origin origin(GraphTrace trace, String tensor) {
        return piece(trace, tensor).origin();
    }

    private OnnxFile file() throws IOException {
        graph.addOutput(ValueInfoProto.newBuilder().setName("y"));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
        return OnnxFile.read(Files.write(directory.resolve("walk.onnx"), model.toByteArray()));
    }

    private NodeProto.Builder node(String type, String output, String... inputs) {
        return graph.addNodeBuilder().setOpType(type).addOutput(output).addAllInput(List.of(inputs));
    }

    private void image(String name, long... shape) {
        var type = graph.addInputBuilder().setName(name).getTypeBuilder().getTensorTypeBuilder();
        type.setElemType(TensorProto.DataType.FLOAT_VALUE);
        for (long size : shape) {
            type.getShapeBuilder().addDimBuilder().setDimValue(size);
        }
    }

    private TensorProto.Builder tensor(String name, TensorProto.DataType type, long... shape) {
        TensorProto.Builder tensor = graph.addInitializerBuilder().setName(name).setDataType(type.getNumber());
        for (long size : shape) {
            tensor.addDims(size);
        }
        return tensor;
    }

    private void floats(String name, long... shape) {
        TensorProto.Builder tensor = tensor(name, TensorProto.DataType.FLOAT, shape);
        fill(tensor, shape, true);
    }

    private void zeros(String name, long... shape) {
        fill(tensor(name, TensorProto.DataType.FLOAT, shape), shape, false);
    }

    private void fill(TensorProto.Builder tensor, long[] shape, boolean numbers) {
        long count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        for (int i = 0; i < count; i++) {
            tensor.addFloatData(numbers ? random.nextFloat() : 0);
        }
    }

    private void number(String name, float value) {
        tensor(name, TensorProto.DataType.FLOAT).addFloatData(value);
    }

    private void sizes(String name, long first, long second, long third) {
        tensor(name, TensorProto.DataType.INT64, 3)
                .addInt64Data(first)
                .addInt64Data(second)
                .addInt64Data(third);
    }

    private static AttributeProto integers(String name, int... values) {
        var attribute = AttributeProto.newBuilder().setName(name).setType(AttributeType.INTS);
        for (int value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.INT)
                .setI(value)
                .build();
    }
}
