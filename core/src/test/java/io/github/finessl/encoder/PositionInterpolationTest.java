package io.github.finessl.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.encoder.onnx.OrtOracle;
import io.github.finessl.encoder.onnx.ReferenceVit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.AttributeProto.AttributeType;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import onnx.Onnx.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.protobuf.ByteString;

class PositionInterpolationTest {

    @TempDir
    Path directory;

    /** Row weights of PIL's bicubic filter, worked out by hand: 4 to 2 has support 4, 2 to 4 has support 2. */
    @Test
    void weighsAsPilDoes() {
        INDArray unit = grid(4, 1, new double[] {0, 0, 1, 0});
        INDArray half = PositionInterpolation.resample(unit, 1, 4, 1, 2, 1);
        // Distances (2.5 − 1)/2 = .75 and (2.5 − 3)/2 = −.25 of kernel values .2265625 and .8671875; all four weights
        // of the first output are k(.25), k(.25), k(.75), k(1.25) with k(1.25) = −.0703125, those of the second
        // mirrored.
        double sum = 2 * 0.8671875 + 0.2265625 - 0.0703125;
        assertThat(half.getDouble(1, 0)).isCloseTo(0.2265625 / sum, within(1e-6));
        assertThat(half.getDouble(2, 0)).isCloseTo(0.8671875 / sum, within(1e-6));

        INDArray two = PositionInterpolation.resample(grid(2, 1, new double[] {0, 1}), 1, 2, 1, 4, 1);
        // Output 0 lies at .25, a quarter before input 0: weights k(.25) and k(1.25).
        assertThat(two.getDouble(1, 0)).isCloseTo(-0.0703125 / (0.8671875 - 0.0703125), within(1e-6));
        assertThat(two.getDouble(2, 0)).isCloseTo(0.2265625 / (0.8671875 + 0.2265625), within(1e-6));
    }

    /**
     * ONNX's Resize with antialiasing is defined after Pillow's, too; ONNX Runtime's is an implementation of its own.
     * Like PyTorch's it leaves out what lies outside of the grid, here by {@code exclude_outside}.
     */
    @ParameterizedTest
    @CsvSource({"14,14,8,8", "14,14,10,7", "7,7,14,14", "3,5,4,2", "16,16,1,20", "4,4,4,6"})
    void agreesWithOnnxRuntimesAntialiasedCubic(int rows, int columns, int newRows, int newColumns)
            throws IOException, OrtException {
        double[] values = new Random(rows).doubles((long) rows * columns, -1, 1).toArray();
        var floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        Path file = Files.write(directory.resolve("resize.onnx"), resize(newRows, newColumns));

        float[] expected = OrtOracle.run(file, floats, 1, 1, rows, columns);

        INDArray found =
                PositionInterpolation.resample(grid(rows, columns, values), 1, rows, columns, newRows, newColumns);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found.getDouble(i + 1, 0)).isCloseTo(expected[i], within(1e-5));
        }
    }

    private static byte[] resize(long newRows, long newColumns) {
        var node = NodeProto.newBuilder()
                .setOpType("Resize")
                .addAllInput(List.of("x", "", "", "sizes"))
                .addOutput("y")
                .addAttribute(attribute("mode").setType(AttributeType.STRING).setS(ByteString.copyFromUtf8("cubic")))
                .addAttribute(attribute("antialias").setType(AttributeType.INT).setI(1))
                .addAttribute(
                        attribute("exclude_outside").setType(AttributeType.INT).setI(1))
                .addAttribute(
                        attribute("cubic_coeff_a").setType(AttributeType.FLOAT).setF(-0.5f));
        var input = ValueInfoProto.newBuilder().setName("x");
        var type = input.getTypeBuilder().getTensorTypeBuilder().setElemType(DataType.FLOAT_VALUE);
        for (int i = 0; i < 4; i++) {
            type.getShapeBuilder().addDimBuilder().setDimParam("d" + i);
        }
        var output = input.clone().setName("y");
        var sizes = TensorProto.newBuilder()
                .setName("sizes")
                .setDataType(DataType.INT64_VALUE)
                .addDims(4)
                .addAllInt64Data(List.of(1L, 1L, newRows, newColumns));
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(18))
                .setGraph(GraphProto.newBuilder()
                        .setName("resize")
                        .addNode(node)
                        .addInput(input)
                        .addOutput(output)
                        .addInitializer(sizes))
                .build()
                .toByteArray();
    }

    private static AttributeProto.Builder attribute(String name) {
        return AttributeProto.newBuilder().setName(name);
    }

    @Test
    void keepsConstantsAndTheClassToken() {
        INDArray positions =
                grid(5, 5, IntStream.range(0, 25).mapToDouble(i -> 3).toArray());
        INDArray resampled = PositionInterpolation.resample(positions, 1, 5, 5, 3, 7);
        assertThat(resampled.shape()).containsExactly(22, 1);
        assertThat(resampled.getDouble(0, 0)).isEqualTo(-9);
        for (int i = 1; i < 22; i++) {
            assertThat(resampled.getDouble(i, 0)).isCloseTo(3, within(1e-6));
        }
    }

    @Test
    void changesTheResolutionOfAnEncoder() {
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx("timm_vit_op17.onnx"));
        assertThat(vit.atResolution(32)).isSameAs(vit);
        VisionTransformer larger = vit.atResolution(48);
        assertThat(larger.embedding().positions().orElseThrow().shape()).containsExactly(37, 64);
        assertThat(larger.imageHeight()).isEqualTo(48);
        assertThat(larger.embedding().positions().orElseThrow().getRow(0))
                .isEqualTo(vit.embedding().positions().orElseThrow().getRow(0));
        assertThat(new ReferenceVit(larger).features(new float[3 * 48 * 48])).hasSize(64);
        assertThatThrownBy(() -> vit.atResolution(36))
                .hasMessageContaining("8×8")
                .hasMessageContaining("36");
    }

    /** Class token's position −9, then the grid, one number a position. */
    private static INDArray grid(int rows, int columns, double[] values) {
        var all = new float[rows * columns + 1];
        all[0] = -9;
        for (int i = 0; i < values.length; i++) {
            all[i + 1] = (float) values[i];
        }
        return Nd4j.createFromArray(all).reshape(all.length, 1);
    }
}
