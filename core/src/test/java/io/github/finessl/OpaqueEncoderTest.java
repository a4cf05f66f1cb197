package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import io.github.finessl.data.MemoryImages;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.encoder.OpaqueEncoder;
import io.github.finessl.encoder.OpaqueEncoder.Form;
import io.github.finessl.encoder.OpaqueSession;
import io.github.finessl.encoder.PixelInput.Range;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.encoder.onnx.OrtOracle;
import io.github.finessl.export.OnnxForm;
import io.github.finessl.export.OnnxForm.Pixels;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.model.FrozenEncoder;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.tuning.LinearProbe;
import io.github.finessl.tuning.Tunings;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Networks that no structure of ours fits, computed by ONNX Runtime: small, with random weights, written by PyTorch's TorchScript
 * exporter, with the features that PyTorch computes; of the quantised one those of ONNX Runtime's Python library.
 */
class OpaqueEncoderTest {
    private static final int SIDE = 32;

    @TempDir
    Path directory;

    private static OpaqueEncoder open(String name) {
        return (OpaqueEncoder) OnnxEncoderReader.open(Fixtures.onnx("opaque/" + name + ".onnx"), Optional.of(SIDE));
    }

    private static float[][] features(Encoder encoder, float[] pixels, int images) {
        try (Kernels kernels = KernelChoice.open(Precision.PORTABLE);
                FrozenEncoder frozen = new FrozenEncoder(encoder, kernels);
                INDArray found = frozen.features(Nd4j.createFromArray(pixels).reshape(images, 3, SIDE, SIDE))) {
            return found.toFloatMatrix();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "timm_convnext,24,VECTOR,true",
        "resnet_softmax,20,VECTOR,true",
        "resnet_open,20,VECTOR,true",
        "resnet_grid_single,20,GRID,false",
        "resnet_qdq,20,VECTOR,true"
    })
    void featuresAreThoseInFrontOfTheClassifier(String name, int width, Form form, boolean beforeHead) {
        OpaqueEncoder encoder = open(name);

        assertThat(encoder.features().form()).isEqualTo(form);
        assertThat(encoder.features().beforeHead()).isEqualTo(beforeHead);
        assertThat(encoder.featureWidth()).isEqualTo(width);
        assertThat(encoder.parameters()).isEmpty();
        assertClose(
                features(encoder, Fixtures.floats("opaque/images.f32"), 3),
                Fixtures.floats("opaque/" + name + ".features.f32"));
    }

    @Test
    void bytesAreTakenAsTheyAre() {
        OpaqueEncoder encoder = open("resnet_bytes");
        float[] bytes = Fixtures.floats("opaque/images.f32");
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = Math.round(255 * bytes[i]);
        }

        assertThat(encoder.image().channelsLast()).isTrue();
        assertThat(encoder.pixels().graph().orElseThrow().takes()).isEqualTo(Range.ZERO_TO_255);
        assertClose(features(encoder, bytes, 3), Fixtures.floats("opaque/resnet_bytes.features.f32"));
    }

    /** A vision transformer with an activation that is none of ours; its class token is the reference. */
    @Test
    void ofTokensTheClassTokenIsTaken() {
        OpaqueEncoder encoder = (OpaqueEncoder)
                OnnxEncoderReader.open(Fixtures.onnx("opaque/crafted_gelu10_l17s.onnx"), Optional.empty());
        assertThat(encoder.features().form()).isEqualTo(Form.CLASS_TOKEN);
        try (OpaqueSession session = OnnxEncoderReader.session(encoder)) {
            float[] images = Fixtures.floats("opaque/crafted_gelu10_l17s.input.f32");
            assertClose(
                    session.features(encoder, FloatBuffer.wrap(images), 3),
                    Fixtures.floats("opaque/crafted_gelu10_l17s.output.f32"));
        }
    }

    private static void assertClose(float[][] found, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i / found[0].length][i % found[0].length]).isCloseTo(expected[i], within(1e-4f));
        }
    }

    @Test
    void readAsAnEncoderThatCanBeTunedItIsRefusedStill() {
        assertThatThrownBy(() -> OnnxEncoderReader.read(Fixtures.onnx("opaque/timm_convnext.onnx")))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("expected a vision transformer or a ResNet of CLIP's kind");
    }

    @Test
    void anOpenSizeMustBeSaid() {
        assertThatThrownBy(() -> OnnxEncoderReader.open(Fixtures.onnx("opaque/resnet_open.onnx"), Optional.empty()))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("the setting resolution says which");
        assertThat(open("resnet_open").atResolution(64).imageHeight()).isEqualTo(64);
        assertThatThrownBy(() -> open("timm_convnext").atResolution(64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected a resolution of 32×32, the only one that this file takes, found 64");
    }

    @Test
    void aFileWithoutFeaturesOfImagesIsRefusedWithBothReasons() throws IOException {
        NodeProto oneNumber = NodeProto.newBuilder()
                .setOpType("ReduceMax")
                .addInput("y")
                .addOutput("largest")
                .build();
        Path file = endingWith(oneNumber, "mask.onnx");
        assertThatThrownBy(() -> OnnxEncoderReader.open(file, Optional.empty()))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("expected a vision transformer")
                .hasMessageContaining("nor does ONNX Runtime find features in it: expected an output [batch, D]");
    }

    /** A network of which another node gives the output. */
    private Path endingWith(NodeProto node, String name) throws IOException {
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(Fixtures.onnx("opaque/resnet_grid_single.onnx")));
        GraphProto.Builder graph = model.getGraph().toBuilder().addNode(node);
        graph.setOutput(0, graph.getOutput(0).toBuilder().setName(node.getOutput(0)));
        return Files.write(
                directory.resolve(name),
                model.toBuilder().setGraph(graph).build().toByteArray());
    }

    @Test
    void aNodeThatGoesIntoItselfEndsInASentence() throws IOException {
        NodeProto loop = NodeProto.newBuilder()
                .setOpType("Identity")
                .addInput("a")
                .addOutput("a")
                .build();
        Path file = endingWith(loop, "loop.onnx");
        assertThatThrownBy(() -> OnnxEncoderReader.open(file, Optional.empty()))
                .isInstanceOf(EncoderFormatException.class)
                .hasMessageContaining("expected a graph without cycles, found one through 'a'");
    }

    private static Photos photos() {
        List<BufferedImage> all = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            all.add(picture(i % 2 == 0, i));
            labels.add(i < 6 ? i % 2 : -1);
        }
        List<BufferedImage> tested =
                IntStream.range(20, 26).mapToObj(i -> picture(i % 2 == 0, i)).toList();
        return Photos.of(
                MemoryImages.of("colours", List.of("red", "blue"), all, labels),
                MemoryImages.of("colours/test", List.of("red", "blue"), tested, List.of(0, 1, 0, 1, 0, 1)));
    }

    private static BufferedImage picture(boolean red, long seed) {
        Random random = new Random(seed);
        BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int strong = 150 + random.nextInt(100);
                int weak = random.nextInt(80);
                picture.setRGB(x, y, ((red ? strong : weak) << 16) | (weak << 8) | (red ? weak : strong));
            }
        }
        return picture;
    }

    private FineTunerBuilder builder(String name, String method) {
        return FineTuner.of(Fixtures.onnx("opaque/" + name + ".onnx"))
                .tuning(new LinearProbe())
                .method(MethodChoice.named(method))
                .steps(method.equals("pile") ? 0 : 6)
                .resolution(SIDE)
                .precision(Precision.PORTABLE)
                .into(directory.resolve(name));
    }

    @ParameterizedTest
    @CsvSource({
        "timm_convnext,finessl",
        "resnet_bytes,supervised",
        "resnet_qdq,pile",
        "resnet_open,fixmatch",
        "resnet_grid_single,finessl",
        "resnet_half,pile"
    })
    void headsAreTrainedKeptAndExported(String name, String method) throws IOException, OrtException {
        List<String> messages = new ArrayList<>();
        builder(name, method)
                .listener(new TrainingListener() {
                    @Override
                    public void step(StepReport report) {}

                    @Override
                    public void message(String message) {
                        messages.add(message);
                    }
                })
                .build()
                .fit(photos())
                .close();
        assertThat(messages)
                .anySatisfy(message -> assertThat(message)
                        .startsWith("The structure of " + name + ".onnx is not known (")
                        .contains("ONNX Runtime computes its features"));

        Path onnx = directory.resolve("model.onnx");
        try (FineSslModel model = FineSslModel.load(directory.resolve(name))) {
            Classification answer = model.classify(picture(true, 40));
            assertThat(answer.label()).isEqualTo("red");
            OnnxForm written = model.exportOnnx(new OnnxForm(OnnxForm.OLDEST, Pixels.ZERO_TO_ONE, true), onnx);
            assertThat(written.opset()).isEqualTo(17);

            float[] logits = OrtOracle.run(onnx, pixels(picture(true, 40)), 1, 3, SIDE, SIDE);
            double red = 1 / (1 + Math.exp(logits[1] - logits[0]));
            assertThat(answer.probabilities().get(0)).isCloseTo(red, within(1e-4));
        }
    }

    private static float[] pixels(BufferedImage picture) {
        float[] pixels = new float[3 * SIDE * SIDE];
        for (int i = 0; i < SIDE * SIDE; i++) {
            for (int c = 0; c < 3; c++) {
                pixels[c * SIDE * SIDE + i] = ((picture.getRGB(i % SIDE, i / SIDE) >> (16 - 8 * c)) & 255) / 255f;
            }
        }
        return pixels;
    }

    @Test
    void whatTunesTheInsideIsRefused() {
        for (String tuning : List.of("adaptformer", "full", "bitfit", "lora", "vpt-deep", "ssf", "lp-ft", "bn")) {
            assertThatThrownBy(() -> builder("timm_convnext", "finessl")
                            .tuning(Tunings.make(tuning, 4, 2))
                            .build())
                    .as(tuning)
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining(
                            "it needs an encoder whose structure is known, and this one's is not (expected");
        }
    }

    @Test
    void anExportInAnotherFormIsRefused() throws IOException {
        builder("timm_convnext", "pile").build().fit(photos()).close();
        try (FineSslModel model = FineSslModel.load(directory.resolve("timm_convnext"))) {
            Path onnx = directory.resolve("model.onnx");
            assertThatThrownBy(() -> model.exportOnnx(OnnxForm.ofOpset(12), onnx))
                    .isInstanceOf(IOException.class)
                    .hasMessage(
                            "The model cannot be exported so: the structure of its encoder is not known, so that it is written"
                                    + " in its file's own operator set, 17.");
            assertThatThrownBy(() -> model.exportOnnx(OnnxForm.ofOpset(17).with(OnnxForm.Weights.INT8), onnx))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("quantise the encoder's file itself");
            assertThat(Files.exists(onnx)).isFalse();
        }
    }
}
