package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
import org.nd4j.shade.protobuf.ByteString;

class ResamplingTest {

    private static final String[] COORDINATES = {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"};

    @TempDir
    Path directory;

    @Test
    void resizesAsOnnxRuntime() throws IOException, OrtException {
        var random = new Random(1);
        for (int i = 0; i < 60; i++) {
            int rows = 1 + random.nextInt(9);
            int columns = 2 + random.nextInt(9);
            boolean sized = random.nextBoolean();
            double[] to = sized
                    ? new double[] {1, 2, 1 + random.nextInt(12), 1 + random.nextInt(12)}
                    : new double[] {1, 1, 0.5f + random.nextInt(40) / 16f, 0.5f + random.nextInt(40) / 16f};
            boolean cubic = random.nextBoolean();
            String coordinates = COORDINATES[random.nextInt(COORDINATES.length)];
            NodeProto node = resize(sized, false, cubic ? "cubic" : "linear", coordinates);
            double[] values = random.doubles(2L * rows * columns, -2, 2).toArray();
            long[] shape = {1, 2, rows, columns};
            List<Value> inputs = new ArrayList<>();
            inputs.add(Constant.of(values, false, shape));
            inputs.add(null);
            Constant numbers = Constant.of(to, sized, 4);
            inputs.add(sized ? null : numbers);
            if (sized) {
                inputs.add(numbers);
            }

            Constant found = Resampling.resize(new Op(node, inputs, 18), (Constant) inputs.get(0));

            float[] expected = OrtOracle.run(file(node, sized, to), floats(values), shape);
            assertThat(found.floats())
                    .as("%s of %s to %s", node, Arrays.toString(shape), Arrays.toString(to))
                    .hasSameSizeAs(expected);
            for (int j = 0; j < expected.length; j++) {
                assertThat(found.floats()[j])
                        .as("%s of %s to %s", node, Arrays.toString(shape), Arrays.toString(to))
                        .isCloseTo(expected[j], within(1e-4f));
            }
        }
    }

    @Test
    void refusesOtherWays() {
        assertRefused(resize(true, false, "nearest", "half_pixel"), "nearest", 1, 2, 4, 4);
        assertRefused(resize(true, true, "cubic", "half_pixel"), "antialiasing", 1, 2, 4, 4);
        assertRefused(resize(true, false, "cubic", "tf_crop_and_resize"), "coordinates", 1, 2, 4, 4);
        assertRefused(resize(true, false, "cubic", "half_pixel"), "resize to", 1, 2, 4, -4);
        assertRefused(resize(true, false, "cubic", "half_pixel"), "resize to", 1, 2, 4, 1e12);
        assertRefused(resize(true, false, "cubic", "half_pixel"), "3 numbers", 1, 2, 4);
    }

    private static void assertRefused(NodeProto node, String phrase, double... to) {
        List<Value> inputs = new ArrayList<>(Arrays.asList(Constant.filled(1, 1, 2, 3, 3), null, null));
        inputs.add(Constant.of(to, true, to.length));
        assertThatThrownBy(() -> Resampling.resize(new Op(node, inputs, 18), (Constant) inputs.get(0)))
                .isInstanceOf(Untraceable.class)
                .hasMessageContaining(phrase);
    }

    private static NodeProto resize(boolean sized, boolean antialias, String mode, String coordinates) {
        return NodeProto.newBuilder()
                .setOpType("Resize")
                .addAllInput(sized ? List.of("x", "", "", "to") : List.of("x", "", "to"))
                .addOutput("y")
                .addAttribute(string("mode", mode))
                .addAttribute(string("coordinate_transformation_mode", coordinates))
                .addAttribute(AttributeProto.newBuilder()
                        .setName("antialias")
                        .setType(AttributeType.INT)
                        .setI(antialias ? 1 : 0))
                .addAttribute(AttributeProto.newBuilder()
                        .setName("cubic_coeff_a")
                        .setType(AttributeType.FLOAT)
                        .setF(-0.75f))
                .build();
    }

    private static AttributeProto string(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    private Path file(NodeProto node, boolean sized, double[] to) throws IOException {
        var numbers = TensorProto.newBuilder()
                .setName("to")
                .setDataType(sized ? TensorProto.DataType.INT64_VALUE : TensorProto.DataType.FLOAT_VALUE)
                .addDims(to.length);
        for (double number : to) {
            if (sized) {
                numbers.addInt64Data((long) number);
            } else {
                numbers.addFloatData((float) number);
            }
        }
        var graph = GraphProto.newBuilder()
                .setName("g")
                .addNode(node)
                .addInitializer(numbers)
                .addInput(tensor("x"))
                .addOutput(tensor("y"));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(18))
                .setGraph(graph)
                .build();
        return Files.write(Files.createTempFile(directory, "resize", ".onnx"), model.toByteArray());
    }

    private static ValueInfoProto tensor(String name) {
        var info = ValueInfoProto.newBuilder().setName(name);
        var type = info.getTypeBuilder().getTensorTypeBuilder().setElemType(1);
        for (int i = 0; i < 4; i++) {
            type.getShapeBuilder().addDimBuilder().setDimParam(name + i);
        }
        return info.build();
    }

    private static float[] floats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
