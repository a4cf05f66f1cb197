package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.ImageIO;
import onnx.Onnx;
import org.datavec.image.loader.NativeImageLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.serde.json.JsonMappers;

/** The Deeplearning4j stack works without the dependencies that the pom leaves out. */
class StackTest {

    @TempDir
    Path directory;

    @Test
    void arraysAndGradients() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 3);
        SDVariable w = sd.var("w", Nd4j.rand(DataType.FLOAT, 3, 2));
        SDVariable loss = sd.nn.softmax("p", x.mmul(w), 1).std("loss", false);
        loss.markAsLoss();
        INDArray input = Nd4j.rand(DataType.FLOAT, 4, 3);
        Map<String, INDArray> gradients = sd.calculateGradients(Map.of("x", input), "w");
        assertThat(gradients.get("w").shape()).containsExactly(3, 2);
    }

    @Test
    void graphsSurviveTheirFile() throws IOException {
        SameDiff sd = SameDiff.create();
        sd.var("w", Nd4j.ones(DataType.FLOAT, 2, 2)).mul("y", 2);
        File file = directory.resolve("graph.fb").toFile();
        sd.save(file, true);
        INDArray y = SameDiff.load(file, true).outputSingle(Map.of(), "y");
        assertThat(y.sumNumber().doubleValue()).isEqualTo(8);
    }

    @Test
    void configurationsAsJson() throws IOException {
        assertThat(JsonMappers.getMapper().writeValueAsString(new Sgd(0.03))).contains("0.03");
        assertThat(new Evaluation(2).toJson()).contains("Evaluation");
    }

    @Test
    void images() throws IOException {
        BufferedImage image = new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.RED);
        graphics.fillRect(0, 0, 8, 6);
        graphics.dispose();
        for (String format : new String[] {"png", "jpg", "bmp"}) {
            File file = directory.resolve("red." + format).toFile();
            ImageIO.write(image, format, file);
            INDArray pixels = new NativeImageLoader(6, 8, 3).asMatrix(file);
            assertThat(pixels.shape()).containsExactly(1, 3, 6, 8);
            assertThat(pixels.getDouble(0, 2, 3, 3)).as("red, in the order BGR").isGreaterThan(250);
        }
    }

    @Test
    void onnxMessages() throws IOException {
        Onnx.ModelProto model = Onnx.ModelProto.newBuilder()
                .setGraph(Onnx.GraphProto.newBuilder()
                        .setName("g")
                        .addNode(Onnx.NodeProto.newBuilder().setOpType("Gemm")))
                .build();
        Onnx.ModelProto read = Onnx.ModelProto.parseFrom(model.toByteArray());
        assertThat(read.getGraph().getNode(0).getOpType()).isEqualTo("Gemm");
    }
}
