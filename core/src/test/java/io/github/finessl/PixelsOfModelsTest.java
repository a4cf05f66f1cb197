package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.MemoryImages;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OrtOracle;
import io.github.finessl.export.OnnxForm;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.tuning.Lora;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models whose encoder says how pixels are to be prepared: in training, in use and exported they are prepared alike. */
class PixelsOfModelsTest {
    private static final String CONFIGURATION = "preprocessor_config.json";

    @TempDir
    Path directory;

    private final List<String> messages = new ArrayList<>();

    private static BufferedImage picture(int side, int seed) {
        Random random = new Random(seed);
        BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < side * side; i++) {
            picture.setRGB(i % side, i / side, seed % 2 * 0x600000 + random.nextInt(0x1000000) / 2);
        }
        return picture;
    }

    private static Photos photos(int side) {
        List<BufferedImage> pictures = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            pictures.add(picture(side, i));
            labels.add(i < 6 ? i % 2 : Dataset.UNKNOWN);
        }
        List<String> classes = List.of("dark", "red");
        return Photos.of(
                MemoryImages.of("noise", classes, pictures, labels),
                MemoryImages.of("noise/test", classes, pictures.subList(0, 2), List.of(0, 1)));
    }

    private FineTunerBuilder builder(FineTunerBuilder of, String folder) {
        return of.tuning(Lora.rank(2))
                .method(MethodChoice.named("supervised"))
                .steps(2)
                .precision(Precision.PORTABLE)
                .into(directory.resolve(folder))
                .listener(new TrainingListener() {
                    @Override
                    public void step(StepReport report) {}

                    @Override
                    public void message(String line) {
                        messages.add(line);
                    }
                });
    }

    @Test
    void aFileThatNormalisesIsGivenPixelsAsTheyAre() throws IOException, OrtException {
        Path file = Fixtures.onnx("clip_norm255_op17.onnx");
        Path exported = directory.resolve("exported.onnx");
        Path model = directory.resolve("model");
        BufferedImage picture = picture(40, 77);
        List<Double> probabilities;
        try (FineSslModel trained = builder(FineTuner.of(file), "model").build().fit(photos(40))) {
            assertThat(messages)
                    .anySatisfy(line -> assertThat(line)
                            .startsWith(
                                    "Pixels: from 0 to 255 as they are, for the encoder's file normalises them itself, by mean [0.48")
                            .endsWith("."));
            Classification classification = trained.classify(picture);
            probabilities = classification.probabilities();
            trained.exportOnnx(new OnnxForm(17, OnnxForm.Pixels.ZERO_TO_ONE, true), exported);
        }

        assertThat(OrtOracle.run(exported, zeroToOne(picture), 1, 3, 40, 40))
                .as("logits")
                .hasSize(2)
                .satisfies(logits -> assertThat(Math.exp(logits[0]) / (Math.exp(logits[0]) + Math.exp(logits[1])))
                        .isCloseTo(probabilities.get(0), within(1e-3)));
        assertThat(builder(FineTuner.from(model), "further").build().train(photos(40)))
                .isPresent();
        assertThatThrownBy(() -> builder(FineTuner.of(file), "other")
                        .colours(Colours.HALF)
                        .build()
                        .train(photos(40)))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("normalisation=half: the encoder's file takes pixels from 0 to 255");
    }

    private static float[] zeroToOne(BufferedImage picture) {
        int plane = picture.getWidth() * picture.getHeight();
        var pixels = new float[3 * plane];
        for (int i = 0; i < pixels.length; i++) {
            int at = i % plane;
            int rgb = picture.getRGB(at % picture.getWidth(), at / picture.getWidth());
            pixels[i] = (rgb >> (16 - 8 * (i / plane)) & 0xff) / 255f;
        }
        return pixels;
    }

    @Test
    void aConfigurationGoesWithTheModel() throws IOException {
        Path file = Files.copy(Fixtures.onnx("timm_vit_op17.onnx"), directory.resolve("encoder.onnx"));
        Path configuration = Files.writeString(
                file.resolveSibling(CONFIGURATION),
                "{\"image_mean\": [0.1, 0.2, 0.3], \"image_std\": [0.4, 0.5, 0.6], \"size\": 32}");
        try (FineSslModel model = builder(FineTuner.of(file), "model").build().fit(photos(32))) {
            assertThat(model.card().normalisation())
                    .isEqualTo(Normalisation.of(new double[] {.1, .2, .3}, new double[] {.4, .5, .6}));
        }
        assertThat(messages)
                .contains("Pixels: normalised by mean [0.1, 0.2, 0.3], std [0.4, 0.5, 0.6], as " + CONFIGURATION
                        + " beside the encoder says.");
        RunRecord record = RunRecord.read(directory.resolve("model/run.json"));
        assertThat(record.configuration()).containsEntry(Colours.RECORDED, "mean [0.1, 0.2, 0.3], std [0.4, 0.5, 0.6]");

        assertThat(builder(FineTuner.from(directory.resolve("model")), "further")
                        .build()
                        .train(photos(32))
                        .orElseThrow()
                        .record()
                        .configuration())
                .containsEntry(Colours.RECORDED, "mean [0.1, 0.2, 0.3], std [0.4, 0.5, 0.6]");
        Files.delete(configuration);
        assertThatThrownBy(() -> builder(FineTuner.of(file), "model").build().train(photos(32)))
                .isInstanceOf(TakenFolderException.class)
                .hasMessageContaining("another normalisation of pixels");
    }

    @Test
    void aGuessSaysThatItIsOne() throws IOException {
        builder(FineTuner.of(Fixtures.onnx("timm_vit_op17.onnx")), "model")
                .build()
                .train(photos(32));

        assertThat(messages)
                .contains("Pixels: normalised by mean [0.5, 0.5, 0.5], std [0.5, 0.5, 0.5], a guess from the encoder's"
                        + " structure (a plain vision transformer): normalisation=clip, half, imagenet or none sets it, and"
                        + " so does a preprocessor_config.json beside the encoder.");
    }
}
