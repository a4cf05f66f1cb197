package io.github.finessl.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_dnn.readNetFromONNX;

import ai.onnxruntime.OrtException;
import io.github.finessl.Cases;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.OrtOracle;
import io.github.finessl.export.OnnxForm.Pixels;
import io.github.finessl.export.OnnxForm.Weights;
import io.github.finessl.kernel.Activation;
import io.github.finessl.model.SmallClip;
import io.github.finessl.model.Structures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_dnn.Net;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * OpenCV's dnn module, of 4.11, reads the files and computes of an image what the JVM model computes. What it does not do: more
 * than one image at a time, where tokens are repeated for each image, since it takes the open batch for 1 when it reads a file;
 * and int8, of which it knows no DynamicQuantizeLinear.
 */
class OpenCvTest {
    private static final int[] OPSETS = {11, 14, 17, 18, 20, 21, 23};
    private static final List<String> STRATEGIES = List.of(
            "linear",
            "full",
            "bitfit",
            "lora:rank=2+ssf",
            "vpt-deep",
            "vpt-shallow",
            "vpt-last:2",
            "adapter:dim=4",
            "adapter:dim=4,sequential",
            "adaptformer:dim=4",
            "adaptformer:dim=4,norm=out",
            "adaptformer:dim=4,norm=none,learnable",
            "vpt-deep+adapter:dim=4");
    private static final List<String> OF_RESNETS = List.of("linear", "ssf", "bitfit", "full", "bn", "bn+ssf");

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("model.onnx");
    }

    /** Numbers of the first output for images of this shape. */
    private static float[] run(Path file, INDArray images) {
        int[] shape = IntStream.range(0, 4).map(i -> (int) images.size(i)).toArray();
        float[] values = images.data().asFloat();
        try (Net net = readNetFromONNX(file.toString());
                Mat input = new Mat(shape, CV_32F);
                FloatPointer in = new FloatPointer(input.data())) {
            in.put(values);
            net.setInput(input);
            try (Mat output = net.forward();
                    FloatPointer out = new FloatPointer(output.data())) {
                float[] found = new float[(int) output.total()];
                out.get(found);
                return found;
            }
        }
    }

    private void assertSame(Trained trained, OnnxForm form) throws IOException {
        OnnxExport.write(trained.exported(), form, file());
        float[] found = run(file(), trained.images(1));
        Trained.assertClose(found, trained.logits(trained.images(1)), 1, 1e-4, "opset " + form.opset());
    }

    private static Map<String, Encoder> transformers() {
        Map<String, Encoder> all = new LinkedHashMap<>(SmallClip.kinds());
        all.putAll(Structures.all());
        return all;
    }

    static Stream<Arguments> transformersAndStrategies() {
        List<String> kinds = List.copyOf(transformers().keySet());
        return IntStream.range(0, kinds.size() * STRATEGIES.size())
                .filter(i -> Cases.tries(i / STRATEGIES.size(), i % STRATEGIES.size()))
                .mapToObj(i -> Arguments.of(
                        kinds.get(i / STRATEGIES.size()),
                        STRATEGIES.get(i % STRATEGIES.size()),
                        OPSETS[(i + i / STRATEGIES.size()) % OPSETS.length]));
    }

    @ParameterizedTest(name = "{1} on {0}, opset {2}")
    @MethodSource("transformersAndStrategies")
    void ofTransformers(String kind, String strategy, int opset) throws IOException {
        assertSame(Trained.of(transformers().get(kind), strategy), OnnxForm.ofOpset(opset));
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void everyActivationInEveryOperatorSet(Activation activation) throws IOException {
        VisionTransformer vit = SmallClip.with(SmallClip.encoder(), activation);
        for (int opset = OnnxForm.OLDEST; opset <= OnnxForm.NEWEST; opset++) {
            assertSame(Trained.of(vit, "linear"), OnnxForm.ofOpset(opset));
        }
    }

    static Stream<Arguments> resNetsAndStrategies() {
        return IntStream.range(0, OF_RESNETS.size())
                .mapToObj(i -> Arguments.of(OF_RESNETS.get(i), OPSETS[i % OPSETS.length]));
    }

    @ParameterizedTest(name = "{0}, opset {1}")
    @MethodSource("resNetsAndStrategies")
    void ofResNets(String strategy, int opset) throws IOException {
        assertSame(Trained.of(ResNetExportTest.encoder("open_clip_rn_bn_op17"), strategy), OnnxForm.ofOpset(opset));
    }

    @Test
    void manyImagesAtATimeWhereNoTokenIsRepeated() throws IOException {
        Trained trained = Trained.of(SmallClip.kinds().get("norm, mean without class token"), "adapter:dim=4");
        OnnxExport.write(trained.exported(), OnnxForm.ofOpset(11), file());
        Trained.assertClose(run(file(), trained.images(5)), trained.logits(trained.images(5)), 5, 1e-4, "five images");
        OnnxExport.write(Trained.of(SmallClip.encoder(), "linear").exported(), OnnxForm.ofOpset(11), file());
        assertThatThrownBy(() -> run(file(), trained.images(5))).hasMessageContaining("ConcatLayer");
    }

    @Test
    void aFlippedViewAndRawPixels() throws IOException, OrtException {
        Trained trained = Trained.of(SmallClip.encoder(), "vpt-deep");
        OnnxExport.write(trained.exported(true), new OnnxForm(11, Pixels.ZERO_TO_ONE, false), file());
        INDArray images = trained.images(1);
        float[] expected = OrtOracle.run(file(), images.data().asFloat(), images.shape());
        assertThat(run(file(), images)).containsExactly(expected, offset(1e-4f));
    }

    @Test
    void knowsNoDynamicQuantizeLinear() throws IOException {
        Trained trained = Trained.of(SmallClip.encoder(), "linear");
        OnnxExport.write(trained.exported(), OnnxForm.ofOpset(11).with(Weights.INT8), file());
        assertThatThrownBy(() -> run(file(), trained.images(1))).hasMessageContaining("DynamicQuantizeLinear");
    }
}
