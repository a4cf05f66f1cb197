package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.MemoryImages;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.ModelChoice;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.report.TrainingStart;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.Decision;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.serve.Refusal;
import io.github.finessl.ssl.ConsistencyLoss;
import io.github.finessl.ssl.FineSsl;
import io.github.finessl.ssl.LossGraph;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.UnlabelledBatch;
import io.github.finessl.ssl.Views;
import io.github.finessl.ssl.WeakPredictions;
import io.github.finessl.train.SavedModel;
import io.github.finessl.tuning.BitFit;
import io.github.finessl.tuning.Lora;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.TuningChoice;
import io.github.finessl.tuning.Tunings;
import io.github.finessl.tuning.VisualPrompts;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Trainings as programs begin them. */
class FineTunerTest {
    private static final Path ENCODER = Path.of("src/test/resources/onnx/timm_vit_op17.onnx");

    @TempDir
    Path directory;

    private Path folder() {
        return directory.resolve("model");
    }

    private FineTunerBuilder builder() {
        return FineTuner.of(ENCODER)
                .tuning(Lora.rank(2))
                .steps(6)
                .precision(Precision.PORTABLE)
                .into(folder());
    }

    /** Red and blue in all shades. */
    private static BufferedImage picture(boolean red, long seed) {
        Random random = new Random(seed);
        BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        for (int i = 0; i < 16; i++) {
            int strong = 150 + random.nextInt(100);
            int weak = random.nextInt(80);
            graphics.setColor(new Color(red ? strong : weak, weak, red ? weak : strong));
            graphics.fillRect(i % 4 * 8, i / 4 * 8, 8, 8);
        }
        graphics.dispose();
        return picture;
    }

    private static List<BufferedImage> pictures(boolean red, int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> picture(red, i))
                .toList();
    }

    private static Photos inMemory() {
        List<BufferedImage> all = new ArrayList<>(pictures(true, 0, 3));
        all.addAll(pictures(false, 0, 3));
        all.addAll(pictures(true, 10, 4));
        all.addAll(pictures(false, 10, 4));
        List<BufferedImage> tested = new ArrayList<>(pictures(true, 20, 3));
        tested.addAll(pictures(false, 20, 3));
        int none = Dataset.UNKNOWN;
        return Photos.of(
                MemoryImages.of(
                        "colours",
                        List.of("red", "blue"),
                        all,
                        List.of(0, 0, 0, 1, 1, 1, none, none, none, none, none, none, none, none)),
                MemoryImages.of("colours/test", List.of("red", "blue"), tested, List.of(0, 0, 0, 1, 1, 1)));
    }

    @Test
    void aModelComesBackAndTheSameCallFindsIt() throws IOException {
        Photos photos = inMemory();
        List<TrainingStart> starts = new ArrayList<>();
        List<Integer> steps = new ArrayList<>();
        FineTuner tuner = builder()
                .method(FineSsl.paper().alpha(4))
                .listener(new TrainingListener() {
                    @Override
                    public void started(TrainingStart start) {
                        starts.add(start);
                    }

                    @Override
                    public void step(StepReport report) {
                        steps.add(report.step());
                    }
                })
                .build();
        try (FineSslModel model = tuner.fit(photos)) {
            assertThat(model.evaluate(photos.test()).top1()).hasValue(1);
            assertThat(model.classify(picture(true, 99)).label()).isEqualTo("red");
        }
        assertThat(starts)
                .singleElement()
                .satisfies(start -> assertThat(start.parameters()).isPositive());
        assertThat(steps).containsExactly(1, 2, 3, 4, 5, 6);
        RunRecord record = RunRecord.read(folder().resolve("run.json"));
        assertThat(record.configuration())
                .containsEntry("alpha", "4")
                .containsEntry("tuning", "lora:rank=2")
                .containsEntry("batch", "6");
        assertThat(folder().resolve(FineTuner.REPORT)).isRegularFile();
        assertThat(tuner.train(photos).orElseThrow().anew()).isFalse();
    }

    private static BufferedImage green(long seed) {
        BufferedImage picture = picture(true, seed);
        for (int i = 0; i < 32 * 32; i++) {
            Color red = new Color(picture.getRGB(i % 32, i / 32));
            picture.setRGB(i % 32, i / 32, new Color(red.getGreen(), red.getRed(), red.getGreen()).getRGB());
        }
        return picture;
    }

    /** 24 labels of red and blue; of 120 unlabelled pictures half are green and of no class. */
    private static Photos withStrangers() {
        List<BufferedImage> all = new ArrayList<>(pictures(true, 0, 12));
        all.addAll(pictures(false, 0, 12));
        List<Integer> labels = new ArrayList<>();
        IntStream.range(0, 24).forEach(i -> labels.add(i / 12));
        all.addAll(pictures(true, 20, 30));
        all.addAll(pictures(false, 20, 30));
        IntStream.range(0, 60).forEach(i -> all.add(green(i)));
        IntStream.range(0, 120).forEach(i -> labels.add(Dataset.UNKNOWN));
        List<String> classes = List.of("red", "blue");
        return Photos.of(
                MemoryImages.of("colours", classes, all, labels),
                MemoryImages.of("colours/test", classes, pictures(true, 60, 2), List.of(0, 0)));
    }

    @Test
    void strangersAreLeftOutAndTheModelKnowsNone() throws IOException {
        try (FineSslModel model = builder().build().fit(withStrangers())) {
            assertThat(RunRecord.read(folder().resolve("run.json")).data().unlabelled())
                    .isBetween(20, 60);
            Refusal rule = model.card().refusal().orElseThrow();
            assertThat(rule.basis()).isEqualTo(Refusal.Basis.UNLABELLED);
            Classification green = model.classify(green(99));
            assertThat(Decision.of(green, 0, Optional.of(rule))).isEqualTo(new Decision.OfNone(green));
            assertThat(Decision.of(model.classify(picture(false, 99)), 0, Optional.of(rule))
                            .word())
                    .isEqualTo("blue");
        }
        Path other = directory.resolve("other");
        builder().strangers(StrangerPolicy.KEEP).into(other).build().train(withStrangers());
        assertThat(RunRecord.read(other.resolve("run.json")).data().unlabelled())
                .isEqualTo(120);
    }

    @Test
    void labelsAloneTeachWhereAllOthersAreStrangers() throws IOException {
        List<BufferedImage> all = new ArrayList<>(pictures(true, 0, 12));
        all.addAll(pictures(false, 0, 12));
        List<Integer> labels = new ArrayList<>();
        IntStream.range(0, 24).forEach(i -> labels.add(i / 12));
        BufferedImage noise = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        all.add(noise);
        labels.add(Dataset.UNKNOWN);
        List<String> classes = List.of("red", "blue");
        Photos photos = Photos.of(
                MemoryImages.of("colours", classes, all, labels),
                MemoryImages.of("colours/test", classes, List.of(), List.of()));
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> builder().build().train(photos))
                .withMessageContaining("all unlabelled images seem to be of no class");
        Path other = directory.resolve("other");
        builder().method(MethodChoice.named("supervised")).into(other).build().train(photos);
        assertThat(RunRecord.read(other.resolve("run.json")).data().unlabelled())
                .isZero();
    }

    @Test
    void asGoodASimplerModelIsKeptWhereThatIsAskedFor() throws IOException {
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> builder().keepBest(true).build().train(inMemory()))
                .withMessageContaining("heldOut=2");
        Photos all = inMemory();
        Photos photos =
                Photos.of(all.source(), all.split().holdOutLabelled(all.source().train(), 1));
        List<String> said = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void step(StepReport report) {}

            @Override
            public void message(String text) {
                said.add(text);
            }
        };
        ModelCard trained;
        try (FineSslModel model = builder().build().fit(photos)) {
            trained = model.card();
        }
        try (FineSslModel model =
                builder().keepBest(true).listener(listener).build().fit(photos)) {
            ModelChoice choice = model.card().choice().orElseThrow();
            assertThat(choice.kept()).isEqualTo("class means");
            assertThat(said).contains(choice.text());
            assertThat(model.card().origin().tuning()).isEqualTo("linear");
            assertThat(model.evaluate(photos.test()).top1()).hasValue(1);
            assertThat(Files.readString(folder().resolve(FineTuner.REPORT))).contains(choice.text());
        }
        try (FineSslModel model = builder().build().fit(photos)) {
            assertThat(model.card()).isEqualTo(trained);
        }
    }

    @Test
    void aReportThatWasCutShortCalibratesAlike() throws IOException {
        List<BufferedImage> all = new ArrayList<>(pictures(true, 0, 16));
        all.addAll(pictures(false, 0, 16));
        all.addAll(pictures(true, 20, 10));
        List<Integer> labels = new ArrayList<>();
        IntStream.range(0, 32).forEach(i -> labels.add(i % 5 == 0 ? 1 - i / 16 : i / 16)); // some wrong: not all sure
        IntStream.range(0, 10).forEach(i -> labels.add(Dataset.UNKNOWN));
        List<String> classes = List.of("red", "blue");
        DataSource source = new DataSource(
                "colours",
                MemoryImages.of("colours", classes, all, labels),
                MemoryImages.of("colours/test", classes, List.of(), List.of()));
        Photos photos = Photos.of(source, Split.given(source.train()).holdOutLabelled(source.train(), 12));
        FineTuner tuner = builder().build();
        tuner.train(photos);
        ModelCard card = ModelFolder.read(folder());
        assertThat(card.calibration().orElseThrow().temperature()).isNotEqualTo(1);
        Files.delete(folder().resolve(FineTuner.REPORT));
        tuner.train(photos);
        assertThat(folder().resolve(FineTuner.REPORT)).isRegularFile();
        assertThat(ModelFolder.read(folder())).isEqualTo(card);
    }

    @Test
    void allFaultsAreNamedAtOnceByTheirSettings() {
        assertThatThrownBy(() -> FineTuner.of(ENCODER)
                        .method(FineSsl.paper().gamma(0))
                        .steps(0)
                        .seed(-1)
                        .build())
                .isInstanceOf(SettingsException.class)
                .hasMessage(
                        "gamma=0.0: it must be a number above 0. steps=0: it must be a whole number from 1 on. seed=-1:"
                                + " it must be a whole number from 0 on. into: a folder for the model must be given.");
        assertThatThrownBy(() -> builder().resolution(33).build()).hasMessageStartingWith("resolution: ");
    }

    @Test
    void anotherThreadStopsItAndTheSameCallGoesOn() throws IOException {
        int[] asked = {0};
        FineTuner stopped = builder().stop(() -> ++asked[0] == 3).build();
        Photos photos = inMemory();
        assertThatThrownBy(() -> stopped.fit(photos)).isInstanceOf(CancellationException.class);
        builder().build().fit(photos).close();
        FineTuner whole = builder().into(directory.resolve("whole")).build();
        whole.fit(photos).close();
        assertThat(parameters(folder())).isEqualTo(parameters(directory.resolve("whole")));
    }

    private static Map<String, INDArray> parameters(Path model) {
        try (FineSslModel loaded = FineSslModel.load(model)) {
            return SavedModel.read(model.resolve("checkpoint.zip"), loaded.encoder(), Lora.rank(2), 2)
                    .parameters();
        }
    }

    @Test
    void itEndsWhereItIsGoodEnough() throws IOException {
        FineTuner tuner = builder().enough(report -> report.step() == 4).build();
        RunRecord record = tuner.train(inMemory()).orElseThrow().record();
        assertThat(record.steps()).isEqualTo(4);
        assertThat(record.metrics().top1()).isNotNull();
    }

    @Test
    void aFolderOfOtherSettingsIsRefusedUnlessItMakesRoom() throws IOException {
        builder().build().fit(inMemory()).close();
        assertThatThrownBy(() -> builder().steps(7).build().fit(inMemory()))
                .isInstanceOf(TakenFolderException.class)
                .hasMessageContaining("steps=7 instead of 6");
        RunRecord record = builder()
                .steps(7)
                .anew(true)
                .build()
                .train(inMemory())
                .orElseThrow()
                .record();
        assertThat(record.steps()).isEqualTo(7);
    }

    @Test
    void aModelIsTrainedMore() throws IOException {
        builder().build().fit(inMemory()).close();
        Path more = directory.resolve("more");
        double[] first = {0};
        FineTuner tuner = FineTuner.from(folder())
                .steps(2)
                .precision(Precision.PORTABLE)
                .into(more)
                .listener(report -> first[0] = report.step() == 1 ? report.loss() : first[0])
                .build();
        try (FineSslModel model = tuner.fit(inMemory())) {
            assertThat(model.card().origin().parent())
                    .contains(ModelFolder.read(folder()).parametersSha256());
            assertThat(model.card().origin().tuning()).isEqualTo("lora:rank=2");
        }
        double[] fresh = {0};
        builder()
                .steps(2)
                .into(directory.resolve("fresh"))
                .listener(report -> fresh[0] = report.step() == 1 ? report.loss() : fresh[0])
                .build()
                .fit(inMemory())
                .close();
        assertThat(first[0]).isLessThan(0.9 * fresh[0]);
        Photos others =
                Photos.inMemory(Map.of("a", pictures(true, 0, 2), "b", pictures(false, 0, 2)), pictures(true, 5, 3));
        assertThatThrownBy(() -> FineTuner.from(folder())
                        .into(directory.resolve("others"))
                        .build()
                        .fit(others))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("should tell the classes of memory apart, [a, b], but tells [red, blue]");
    }

    @Test
    void theModelPredictsAsItWasTested() throws IOException {
        Photos photos = inMemory();
        FineTuner tuner =
                builder().inference(new TrainingSettings.Inference(0.9, true)).build();
        try (FineSslModel model = tuner.fit(photos)) {
            assertThat(model.card().flip()).isTrue();
            List<Prediction> tested = Prediction.read(folder().resolve(PreparedRun.PREDICTIONS), model.classes());
            for (int i = 0; i < tested.size(); i++) {
                BufferedImage image = picture(i < 3, 20 + i % 3);
                assertThat(logOdds(model.classify(image).confidence()))
                        .isCloseTo(logOdds(tested.get(i).confidence()), within(0.002));
            }
        }
        assertThat(FineTuner.from(folder()).described())
                .containsEntry("flip", "true")
                .containsEntry("ema", "0");
        try (FineSslModel plain =
                builder().into(directory.resolve("plain")).build().fit(photos)) {
            assertThat(plain.card().flip()).isFalse();
            assertThat(directory.resolve("plain").resolve(ModelFolder.CARD))
                    .content()
                    .doesNotContain("flip");
            double ofLast = logOdds(plain.classify(picture(true, 20)).confidence());
            Prediction ofAverage = Prediction.read(folder().resolve(PreparedRun.PREDICTIONS), plain.classes())
                    .get(0);
            assertThat(ofLast).isNotCloseTo(logOdds(ofAverage.confidence()), within(0.02));
        }
    }

    private static double logOdds(double probability) {
        return Math.log(probability / (1 - probability));
    }

    @Test
    void promptsThatGoOnAsTokensHaveNoNeutralStart() {
        assertThatThrownBy(() -> builder()
                        .tuning(new VisualPrompts(new VisualPrompts.Placement.Shallow(), 2))
                        .promptStart(PromptStart.NEUTRAL)
                        .build()
                        .fit(inMemory()))
                .isInstanceOf(SettingsException.class)
                .hasMessage(
                        "promptStart=neutral: prompts of vpt-shallow go on as tokens, which later blocks attend to.");
    }

    /** FixMatch without a threshold. */
    private static final class Trusting implements Method {
        private final ConsistencyLoss loss;

        Trusting(int classes) {
            loss = new ConsistencyLoss(classes);
        }

        @Override
        public Views views() {
            return new Views(true, 1);
        }

        @Override
        public List<String> lossParts() {
            return ConsistencyLoss.PARTS;
        }

        @Override
        public SDVariable loss(LossGraph graph) {
            return loss.of("loss", graph);
        }

        @Override
        public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
            WeakPredictions q = unlabelled.predictions();
            return loss.targets(labels, q.pseudoLabels(), q.confidence()).build();
        }
    }

    /** Biases under another name. */
    private record Mine() implements Tuning {
        @Override
        public String name() {
            return "mine";
        }

        @Override
        public List<Parameter> parameters(Encoder encoder) {
            return new BitFit().parameters(encoder);
        }
    }

    @Test
    void aMethodAndAStrategyOfOnesOwn() throws IOException {
        FineTuner tuner = builder()
                .method(MethodChoice.own("trusting", (unlabelled, classes) -> new Trusting(classes)))
                .tuning(new Mine())
                .build();
        try (FineSslModel model = tuner.fit(inMemory())) {
            assertThat(model.card().origin().method()).isEqualTo("trusting");
            assertThat(model.evaluate(inMemory().test()).top1()).isPresent();
        }
        assertThatThrownBy(() -> MethodChoice.own("fixmatch", (unlabelled, classes) -> new Trusting(classes)))
                .hasMessage("the name fixmatch is taken");
        assertThatThrownBy(() -> FineSslModel.load(folder())).hasMessageContaining("mine");
    }

    @Test
    void everyStrategySpellsItself() {
        for (String text : List.of(
                "adapter:dim=4,sequential",
                "adaptformer:dim=4,learnable,norm=none",
                "lora:rank=3",
                "ssf",
                "vpt-last:2",
                "vpt-shallow",
                "vpt-deep+bitfit",
                "lp-ft")) {
            Tuning tuning = Tunings.make(text, 5, 2);
            TuningChoice choice = TuningChoice.of(tuning);
            assertThat(choice.own()).as(text).isEmpty();
            assertThat(choice.text()).isEqualTo(text);
        }
        assertThat(TuningChoice.of(new VisualPrompts(new VisualPrompts.Placement.Deep(), 7))
                        .prompts())
                .isEqualTo(7);
    }

    private Path write(String name, boolean red, long seed) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        ImageIO.write(picture(red, seed), "png", file.toFile());
        return file;
    }

    @Test
    void photosByATable() throws IOException {
        for (int i = 0; i < 6; i++) {
            write("photos/a/" + i + ".png", i % 2 == 0, i);
        }
        write("beside.png", false, 7);
        Path table = directory.resolve("labels.csv");
        Files.writeString(
                table, "\ufeffimage,label,note\na/0.png,\"red, dark\",x\na/1.png,blue,\nbeside.png,blue,\na/2.png,,\n");
        Photos photos = Photos.csv(table, directory.resolve("photos"));
        assertThat(photos.classes()).containsExactly("blue", "red, dark");
        assertThat(photos.split().labelled()).hasSize(3);
        assertThat(photos.split().unlabelled()).hasSize(4);
        builder().build().fit(photos).close();
        Files.writeString(table, "image,label\na/0.png,red\na/9.png,blue\n");
        assertThatThrownBy(() -> Photos.csv(table, directory.resolve("photos")).classes())
                .isInstanceOf(DataException.class)
                .hasMessageContaining("9.png");
        Files.writeString(table, "file,class\na/0.png,red\n");
        assertThatThrownBy(() -> Photos.csv(table, directory.resolve("photos")).classes())
                .hasMessageEndingWith(
                        "must begin with a line that names the columns image and label, but has [file, class].");
        Files.writeString(table, "image,label\na/0.png,red\na/0.png,blue\n");
        assertThatThrownBy(() -> Photos.csv(table, directory.resolve("photos")).classes())
                .hasMessageContaining("must name a photo once");
    }

    @Test
    void foldersWithAShareToTestOn() throws IOException {
        for (int i = 0; i < 4; i++) {
            write("labelled/red/" + i + ".png", true, i);
            write("labelled/blue/" + i + ".png", false, i);
            write("unlabelled/" + i + ".png", true, 50 + i);
        }
        Photos photos = Photos.labelled(directory.resolve("labelled"))
                .unlabelled(directory.resolve("unlabelled"))
                .testShare(0.25);
        assertThat(photos.test().size()).isEqualTo(2);
        FineTuner.Result result = builder().build().train(photos).orElseThrow();
        assertThat(result.record().configuration())
                .containsEntry("testShare", "0.25")
                .containsEntry("labelled", directory.resolve("labelled").toString());
        assertThatThrownBy(() -> photos.testShare(1)).hasMessageStartingWith("testShare=1.0: it must be");
        assertThat(Optional.ofNullable(result.record().metrics().top1())).isPresent();
    }
}
