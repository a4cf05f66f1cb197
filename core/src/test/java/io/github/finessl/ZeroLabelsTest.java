package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.RgbImage;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.model.FrozenEncoder;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.ssl.WeakPredictions;
import io.github.finessl.text.ClassVectors;
import io.github.finessl.text.Templates;
import io.github.finessl.text.TextFixtures;
import io.github.finessl.text.TextTower;
import io.github.finessl.train.SavedModel;
import io.github.finessl.train.ZeroShot;
import io.github.finessl.tuning.Lora;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Models of class names alone, on the small random CLIP. */
class ZeroLabelsTest {
    private static final Path ENCODER = TextFixtures.CLIP.resolve("vision.onnx");
    private static final TextTower TEXT = TextTower.of(TextFixtures.CLIP.resolve("text.onnx"));
    private static final List<String> CLASSES = List.of("ship", "고양이", "granny smith");
    private static final int PHOTOS = 48;

    @TempDir
    private Path directory;

    private static BufferedImage picture(long seed) {
        Random random = new Random(seed);
        BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        int shift = random.nextInt();
        for (int i = 0; i < 32 * 32; i++) {
            picture.setRGB(i % 32, i / 32, shift + (random.nextInt(1 << 24) & 0x3f3f3f));
        }
        return picture;
    }

    @BeforeEach
    void writePhotos() throws IOException {
        Files.createDirectories(directory.resolve("pile"));
        for (int i = 0; i < PHOTOS; i++) {
            ImageIO.write(
                    picture(i), "png", directory.resolve("pile/" + i + ".png").toFile());
        }
    }

    private Photos photos() {
        return Photos.named(CLASSES, directory.resolve("pile"));
    }

    private FineTunerBuilder builder(String model) {
        return FineTuner.of(ENCODER)
                .text(TEXT)
                .tuning(Lora.rank(2))
                .steps(6)
                .precision(Precision.PORTABLE)
                .into(directory.resolve(model));
    }

    /** What the encoder's features and the text vectors say of a picture in the joint space. */
    private static double[][] zeroShot(List<BufferedImage> pictures) {
        Encoder encoder = OnnxEncoderReader.read(ENCODER);
        Augmentation view = new Augmentation(32, Colours.ENCODER.of(encoder, ""));
        INDArray images = Nd4j.createUninitialized(pictures.size(), 3, 32, 32);
        FloatBuffer values = images.data().asNioFloat();
        for (int i = 0; i < pictures.size(); i++) {
            view.test(RgbImage.of(pictures.get(i)), values, i * 3 * 32 * 32);
        }
        ClassVectors names = TEXT.vectors(CLASSES);
        try (Kernels kernels = KernelChoice.open(Precision.PORTABLE);
                FrozenEncoder frozen = new FrozenEncoder(encoder, kernels)) {
            return ZeroShot.of(names.vectors(), 100, encoder)
                    .probabilities(frozen.features(images).toFloatMatrix());
        }
    }

    @Test
    void aModelOfNamesClassifiesAsTheJointSpaceDoes() {
        List<BufferedImage> pictures = new ArrayList<>();
        for (int i = 0; i < PHOTOS; i++) {
            pictures.add(picture(i));
        }
        double[][] expected = zeroShot(pictures);
        try (FineSslModel model = ZeroShotClassifier.of(ENCODER, TEXT).model(CLASSES)) {
            for (int i = 0; i < PHOTOS; i++) {
                Classification found = model.classify(pictures.get(i));
                int best = WeakPredictions.argmax(expected[i]);
                // A photo between two classes may fall on either side.
                assertThat(found.probabilities().get(best)).isGreaterThan(found.confidence() - 0.1);
            }
            assertThat(model.card().origin().method()).isEqualTo("zero-shot");
        }
    }

    @Test
    void aTrainingNeedsNoLabel() throws IOException {
        List<String> messages = new ArrayList<>();
        FineTuner tuner = builder("model")
                .listener(new TrainingListener() {
                    @Override
                    public void step(StepReport report) {}

                    @Override
                    public void message(String text) {
                        messages.add(text);
                    }
                })
                .build();
        try (FineSslModel model = tuner.fit(photos())) {
            assertThat(model.classes()).isEqualTo(CLASSES);
        }
        assertThat(messages)
                .contains("No labels: the 4 images of each class that the text tower is surest of count as labelled.");
        RunRecord record = RunRecord.read(directory.resolve("model/run.json"));
        assertThat(record.data().labelled()).isEqualTo(12);
        assertThat(record.data().unlabelled()).isEqualTo(36);
        assertThat(record.configuration())
                .containsEntry("zeroShotLabels", "4")
                .containsEntry("classes", "ship,고양이,granny smith")
                .containsEntry("textEncoder", TEXT.vectors(CLASSES).sha256());
        assertThat(directory.resolve("model").resolve(FineTuner.REPORT)).isRegularFile();
        assertThat(tuner.train(photos()).orElseThrow().anew()).isFalse();
        TextTower other = new TextTower(TEXT.encoder(), Optional.empty(), new Templates(List.of("art of {}.")));
        assertThatExceptionOfType(TakenFolderException.class)
                .isThrownBy(() -> builder("model").text(other).build().train(photos()));
    }

    @Test
    void anInterruptedTrainingEndsTheSame() throws IOException {
        builder("straight").build().train(photos());
        int[] asked = {0};
        boolean finished = builder("stopped")
                .stop(() -> asked[0] == 3)
                .listener(new TrainingListener() {
                    @Override
                    public void step(StepReport report) {
                        asked[0] = report.step();
                    }
                })
                .build()
                .train(photos())
                .isPresent();
        assertThat(finished).isFalse();
        assertThat(builder("stopped").build().train(photos())).isPresent();
        assertThat(parameters("stopped")).isEqualTo(parameters("straight"));
    }

    private Map<String, INDArray> parameters(String name) {
        Path model = directory.resolve(name);
        try (FineSslModel loaded = FineSslModel.load(model)) {
            return SavedModel.read(model.resolve("checkpoint.zip"), loaded.encoder(), Lora.rank(2), CLASSES.size())
                    .parameters();
        }
    }

    @Test
    void anUntrainedModelIsTheSameAsThatOfNamesAlone() throws IOException {
        try (FineSslModel trained = builder("untrained")
                        .method(MethodChoice.named("zero-shot"))
                        .build()
                        .fit(photos());
                FineSslModel alone =
                        ZeroShotClassifier.of(ENCODER, TEXT).model(CLASSES, KernelChoice.open(Precision.PORTABLE))) {
            assertThat(RunRecord.read(directory.resolve("untrained/run.json")).steps())
                    .isZero();
            for (int i = 0; i < 4; i++) {
                List<Double> expected = alone.classify(picture(i)).probabilities();
                List<Double> found = trained.classify(picture(i)).probabilities();
                for (int k = 0; k < expected.size(); k++) {
                    assertThat(found.get(k)).isCloseTo(expected.get(k), within(1e-6));
                }
            }
            assertThat(trained.card().refusal()).isEmpty();
        }
    }

    @Test
    void namesNeedATextTowerOfTheEncoder() {
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> FineTuner.of(ENCODER)
                        .into(directory.resolve("none"))
                        .build()
                        .train(photos()))
                .withMessage(
                        "textEncoder: without any label, a text tower must tell the classes apart by their names.");
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> builder("none")
                        .text(TextTower.of(TextFixtures.SIGLIP.resolve("both.onnx")))
                        .build()
                        .train(photos()))
                .withMessage(
                        "textEncoder: it is not of this encoder: expected 24 or 12 numbers for each class, found 16.");
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> photos().testShare(0.5))
                .withMessage("testShare: none of these photos is labelled.");
    }
}
