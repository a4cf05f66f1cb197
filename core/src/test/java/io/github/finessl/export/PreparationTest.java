package io.github.finessl.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.export.OnnxForm.Pixels;
import io.github.finessl.model.SmallClip;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Who has nothing but a file and the README's table of its metadata answers as the model does. */
class PreparationTest {
    private static final int WIDTH = 77;
    private static final int HEIGHT = 51;

    @TempDir
    private Path directory;

    /** The steps of the table, with plain floating-point arithmetic. */
    private record Stranger(Map<String, String> about) {

        int number(String key) {
            return Integer.parseInt(about.get(key));
        }

        double[] numbers(String key) {
            return Arrays.stream(about.get(key).replaceAll("[\\[\\] ]", "").split(","))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
        }

        /** Triangle filter over what a pixel of the result covers, first across, then down, each rounded to 8 bits. */
        int[] resized(int[] values, int size, int stride, int count, int step, int to) {
            int[] result = new int[count * to];
            double scale = (double) size / to;
            double support = Math.max(1, scale);
            for (int line = 0; line < count; line++) {
                for (int i = 0; i < to; i++) {
                    double centre = (i + 0.5) * scale;
                    double sum = 0;
                    double weights = 0;
                    for (int at = 0; at < size; at++) {
                        double weight = Math.max(0, 1 - Math.abs(at + 0.5 - centre) / support);
                        sum += weight * values[line * stride + at * step];
                        weights += weight;
                    }
                    result[line * to + i] = (int) Math.round(sum / weights);
                }
            }
            return result;
        }

        float[] pixels(int[][] channels) {
            assertThat(about)
                    .containsEntry("image.layout", "NCHW")
                    .containsEntry("image.channels", "RGB")
                    .containsEntry("image.crop", "none")
                    .containsEntry("image.resize.filter", "bilinear")
                    .containsEntry("image.resize.antialias", "true");
            int width = number("image.width");
            int height = number("image.height");
            double[] mean = numbers("image.mean");
            double[] std = numbers("image.std");
            boolean normalise = Boolean.parseBoolean(about.get("image.normalise"));
            float[] pixels = new float[3 * width * height];
            for (int c = 0; c < 3; c++) {
                int[] across = resized(channels[c], WIDTH, WIDTH, HEIGHT, 1, width); // [HEIGHT, width]
                int[] down = resized(across, HEIGHT, 1, width, width, height); // [width, height]
                for (int i = 0; i < width * height; i++) {
                    double value = down[i % width * height + i / width] / 255.0;
                    pixels[c * width * height + i] = (float) (normalise ? (value - mean[c]) / std[c] : value);
                }
            }
            return pixels;
        }
    }

    @ParameterizedTest
    @CsvSource({"NORMALISED, 1.0", "ZERO_TO_ONE, 1.0", "ZERO_TO_ONE, 1.7"})
    void theMetadataAreEnough(Pixels kind, double temperature) throws IOException, OrtException {
        Trained trained = Trained.of(SmallClip.encoder(), "adapter:dim=4");
        Path file = directory.resolve("model.onnx");
        ExportedModel model = trained.exported();
        Certainty certainty = new Certainty(temperature, OptionalDouble.of(3.25), OptionalDouble.of(.75));
        OnnxExport.write(
                new ExportedModel(
                        model.encoder(),
                        model.tuning(),
                        model.parameters(),
                        model.classes(),
                        model.normalisation(),
                        false,
                        model.origin(),
                        certainty),
                new OnnxForm(OnnxForm.OLDEST, kind, true),
                file);
        byte[] rgb = new byte[3 * WIDTH * HEIGHT];
        new Random(2).nextBytes(rgb);
        int[][] channels = new int[3][WIDTH * HEIGHT];
        for (int i = 0; i < rgb.length; i++) {
            channels[i % 3][i / 3] = rgb[i] & 0xff;
        }
        INDArray prepared = Nd4j.create(DataType.FLOAT, 1, 3, 32, 32);
        new Augmentation(32, Normalisation.CLIP)
                .test(new RgbImage(WIDTH, HEIGHT, rgb), prepared.data().asNioFloat(), 0);
        double[] expected = trained.logits(prepared)[0];

        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString())) {
            Stranger stranger = new Stranger(session.getMetadata().getCustomMetadata());
            float[] pixels = stranger.pixels(channels);
            long[] shape = {1, 3, stranger.number("image.height"), stranger.number("image.width")};
            try (OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(pixels), shape);
                    OrtSession.Result result = session.run(Map.of("pixels", input))) {
                float[] logits = ((float[][]) result.get("logits").orElseThrow().getValue())[0];
                float[] found =
                        ((float[][]) result.get("probabilities").orElseThrow().getValue())[0];
                double sum = 0;
                for (double z : expected) {
                    sum += Math.exp(z / temperature);
                }
                for (int k = 0; k < logits.length; k++) {
                    assertThat((double) logits[k]).isCloseTo(expected[k], within(0.02)); // a few values round otherwise
                    assertThat((double) found[k]).isCloseTo(Math.exp(expected[k] / temperature) / sum, within(0.005));
                }
            }
            assertThat(stranger.about())
                    .containsEntry("probabilities.temperature", Double.toString(temperature))
                    .containsEntry("none.below", "3.25")
                    .containsEntry("unsure.below", "0.75")
                    .containsEntry("weights", "f32");
        }
    }
}
