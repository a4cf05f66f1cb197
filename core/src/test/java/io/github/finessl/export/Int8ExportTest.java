package io.github.finessl.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import io.github.finessl.encoder.onnx.OrtOracle;
import io.github.finessl.export.OnnxForm.Weights;
import io.github.finessl.model.SmallClip;
import io.github.finessl.model.Structures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Files with weights of a byte. */
class Int8ExportTest {

    @TempDir
    private Path directory;

    private Path write(Trained trained, OnnxForm form) throws IOException {
        Path file = directory.resolve(form.weights() + ".onnx");
        OnnxExport.write(trained.exported(), form, file);
        return file;
    }

    @Test
    void weightsAreRoundedByTheLargestOfTheirColumn() {
        Random random = new Random(3);
        INDArray weight = Nd4j.zeros(DataType.FLOAT, 7, 4);
        for (int i = 0; i < 7; i++) {
            for (int k = 0; k < 3; k++) {
                weight.putScalar(i, k, random.nextGaussian() * Math.pow(10, k)); // the last column is 0
            }
        }
        QuantisedWeight quantised = QuantisedWeight.of(weight);
        ByteBuffer values = quantised.values();
        assertThat(values.remaining()).isEqualTo(28);
        for (int k = 0; k < 4; k++) {
            double scale = quantised.scales().getDouble(k);
            int largest = 0;
            for (int i = 0; i < 7; i++) {
                int value = values.get(4 * i + k);
                largest = Math.max(largest, Math.abs(value));
                assertThat(value * scale).isCloseTo(weight.getDouble(i, k), within(scale * 0.5001));
            }
            assertThat(largest).isEqualTo(k == 3 ? 0 : QuantisedWeight.LARGEST);
        }
    }

    /** Near the f32 file and not it, in every operator set. */
    @ParameterizedTest
    @ValueSource(strings = {"linear", "full", "vpt-deep", "vpt-shallow", "adaptformer:dim=4", "lora:rank=2+ssf"})
    void logitsAreNearTheF32Files(String strategy) throws IOException, OrtException {
        Trained trained = Trained.of(SmallClip.encoder(), strategy);
        INDArray images = trained.images(5);
        float[] pixels = images.data().asFloat();
        float[] exact = OrtOracle.run(write(trained, OnnxForm.ofOpset(11)), pixels, images.shape());
        for (int opset : new int[] {OnnxForm.OLDEST, 17, OnnxForm.NEWEST}) {
            Path file = write(trained, OnnxForm.ofOpset(opset).with(Weights.INT8));
            float[] rounded = OrtOracle.run(file, pixels, images.shape());
            double largest = 0;
            for (int i = 0; i < exact.length; i++) {
                largest = Math.max(largest, Math.abs(exact[i] - rounded[i]));
            }
            assertThat(largest).isBetween(1e-4, 0.5); // logits are cosines times 11.5
        }
    }

    @Test
    void everyLinearLayerButThoseBehindActivationsIsRounded() throws IOException {
        Trained trained = Trained.of(SmallClip.encoder(), "linear");
        Path file = write(trained, OnnxForm.ofOpset(11).with(Weights.INT8));
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
        List<String> bytes = model.getGraph().getInitializerList().stream()
                .filter(tensor -> tensor.getDataType() == TensorProto.DataType.INT8_VALUE)
                .map(TensorProto::getName)
                .toList();
        assertThat(bytes)
                .hasSize(3 * 3)
                .contains("block.0.qkv.weight", "block.1.out.weight", "block.2.fc1.weight")
                .noneMatch(name -> name.contains("fc2") || name.contains("head"));
        assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
                .contains("DynamicQuantizeLinear", "MatMulInteger");
        assertThat(Files.size(file)).isLessThan(Files.size(write(trained, OnnxForm.ofOpset(11))) * 2 / 3);
    }

    /** The structure that has everything, and a ResNet, whose attention pooling alone has linear layers. */
    @Test
    void otherStructures() throws IOException, OrtException {
        for (Trained trained : List.of(
                Trained.of(Structures.all().get("everything"), "vpt-deep+adapter:dim=4"),
                Trained.of(ResNetExportTest.encoder("open_clip_rn_bn_op17"), "ssf"))) {
            INDArray images = trained.images(1);
            float[] pixels = images.data().asFloat();
            Path file = write(trained, OnnxForm.ofOpset(11).with(Weights.INT8));
            float[] rounded = OrtOracle.run(file, pixels, images.shape());
            double[] exact = trained.logits(images)[0];
            assertThat(Arrays.equals(exact, new double[exact.length])).isFalse();
            for (int k = 0; k < exact.length; k++) {
                assertThat((double) rounded[k]).isCloseTo(exact[k], within(0.5));
            }
        }
    }
}
