package io.github.finessl.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.report.EventFile;
import io.github.finessl.report.RunRecord;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The experiments as a user runs them, with the embedded encoder and data at 32 pixels for a few steps. */
class ExperimentsTest {
    private static final int IMAGE = 32;

    @TempDir
    Path out;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final Map<String, String> properties = new HashMap<>();

    @BeforeEach
    void fewSteps() {
        properties.putAll(Map.of(
                "resolution", Integer.toString(IMAGE),
                "steps", "3",
                "batch", "2",
                "prompts", "4",
                "seeds", "1",
                "out", out.toString()));
    }

    @Test
    void quickstartLeavesTablesRecordsAndCurves() throws IOException {
        assertThat(run("Quickstart")).isEqualTo(Exit.OK);

        Path directory = out.resolve("quickstart");
        assertThat(directory.resolve("table.md")).content().contains("FineSSL", "Linear probe", "vit_tiny_patch16_224");
        assertThat(directory.resolve("table.csv")).isNotEmptyFile();
        assertThat(directory.resolve("curves.png")).isNotEmptyFile();
        RunRecord record = RunRecord.read(directory.resolve("run.json"));
        assertThat(record.steps()).isEqualTo(3);
        assertThat(record.curve()).hasSize(3);
        assertThat(record.data().test()).isEqualTo(1000);
        assertThat(directory.resolve("table.md")).content().contains("Pile, untrained");
        assertThat(records(directory)).hasSize(4).allSatisfy(run -> {
            assertThat(Files.readAllLines(run.resolveSibling("curve.csv")))
                    .hasSize(1 + RunRecord.read(run).steps());
            assertThat(EventFile.allIn(run.getParent())).hasSize(1);
        });
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("Pseudo-labels of FineSSL at the end");

        assertThat(run("Quickstart")).as("once more, all of it finished").isEqualTo(Exit.OK);
        assertThat(printed.toString(StandardCharsets.UTF_8)).doesNotContain("finished before");
        assertThat(RunRecord.read(directory.resolve("run.json")).metrics().top1())
                .isEqualTo(record.metrics().top1());
    }

    @Test
    void anInterruptedTableGoesOnAndAFinishedRunIsNotRunAgain() throws IOException {
        int[] asked = {0};
        assertThat(run("Table6Ablation", () -> ++asked[0] > 4)).isEqualTo(Exit.INTERRUPTED);
        Path directory = out.resolve("table6");
        List<Path> before = records(directory);
        assertThat(before).hasSizeBetween(1, 2);
        String first = Files.readString(before.get(0));

        properties.put("profile", "quick");
        assertThat(run("Table6Ablation")).isEqualTo(Exit.OK);

        assertThat(records(directory)).hasSize(8);
        assertThat(before.get(0)).content().isEqualTo(first);
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("finished before");
        assertThat(directory.resolve("table.md"))
                .content()
                .contains("w/o BMS", "80.44", "-3.74 points")
                .contains("CIFAR-100 N4 unless said")
                .doesNotContain("CIFAR-10 N4 (paper");
    }

    @Test
    void tablesShareRunsAndTheIndexShowsThemAll() throws IOException {
        assertThat(run("Table5TrainingTime")).isEqualTo(Exit.OK);
        assertThat(records(out.resolve("table5"))).hasSize(2);
        assertThat(out.resolve("table5/table.md")).content().contains("| paper, training, s (RTX 3090) |");

        assertThat(run("Figure2", () -> true)).isEqualTo(Exit.INTERRUPTED);
        assertThat(out.resolve("figure2")).isDirectoryNotContaining("glob:**.png");

        assertThat(run("Figure2")).isEqualTo(Exit.OK);
        assertThat(records(out.resolve("figure2")))
                .as("two of six were Table 5's")
                .hasSize(4);
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("finished before (Table5TrainingTime");
        assertThat(RunRecord.read(records(out.resolve("figure2")).get(0))
                        .survey()
                        .images())
                .isEqualTo(1000);

        assertThat(run("Index")).isEqualTo(Exit.OK);
        assertThat(out.resolve("README.md"))
                .content()
                .contains("### Table 5: training time", "![", "(figure2/figure2.png)", "55574.50")
                .contains("Not run here: `mvn exec:java -Dexp=Table1Benchmark`");
        assertThat(out.resolve("figure2/figure2.png")).isNotEmptyFile();
    }

    @Test
    void whatAFigureVariesItselfIsRefused() {
        properties.put("lambda", "0.3");

        assertThat(run("Figure3")).isEqualTo(Exit.BAD_OPTION);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("Figure3 sets -Dlambda itself");
    }

    @Test
    void figure5VariesTheStepsAroundThoseThatAreGiven() {
        properties.remove("prompts");
        assertThat(run("Figure5", () -> true)).isEqualTo(Exit.INTERRUPTED);
        assertThat(out.resolve("figure5/table.md"))
                .content()
                .contains("| steps = 1 | steps = 2 | steps = 3 | steps = 6 |", "not run");

        properties.put("gamma", "2");
        assertThat(run("Figure5")).isEqualTo(Exit.BAD_OPTION);
    }

    @Test
    void rowsThatNeedAnotherEncoderAreListedAsMissing() {
        assertThat(run("Table7ResNet")).isEqualTo(Exit.OK);
        assertThat(out.resolve("table7/table.md"))
                .content()
                .contains("needs -Dencoder, a ResNet of CLIP's", "55.21")
                .contains("Nothing has been run yet");
    }

    private static final String RESNET = "core/src/test/resources/onnx/open_clip_rn_%s_op17.onnx";

    @Test
    void table7RunsOnAResNet() throws IOException {
        properties.putAll(Map.of("encoder", RESNET.formatted("bn"), "resolution", "64"));
        assertThat(run("Table7ResNet", () -> finished("table7") >= 5)).isEqualTo(Exit.INTERRUPTED);
        List<String> tunings = new ArrayList<>();
        for (Path record : records(out.resolve("table7"))) {
            tunings.add(RunRecord.read(record).configuration().get("tuning"));
        }
        assertThat(tunings).contains("bn", "ssf");
    }

    @Test
    void aFoldedResNetIsNotTunedByItsBatchNorms() {
        properties.putAll(Map.of("encoder", RESNET.formatted("folded"), "resolution", "64"));
        assertThat(run("Table7ResNet", () -> true)).isEqualTo(Exit.INTERRUPTED);
        assertThat(out.resolve("table7/table.md"))
                .content()
                .contains("needs a file whose BatchNormalization nodes are not folded", "not run");
    }

    @Test
    void whatAResNetCannotBeTunedByIsABadOption() {
        properties.putAll(Map.of("encoder", RESNET.formatted("bn"), "resolution", "64", "tuning", "lora"));
        assertThat(run("Table1Benchmark")).isEqualTo(Exit.BAD_OPTION);
        assertThat(errors.toString(StandardCharsets.UTF_8))
                .contains("-Dtuning=lora: lora needs a vision transformer, but the encoder is a ResNet");
    }

    @Test
    void thePapersProfileOfTable7AsksForTheResNet() {
        properties.put("profile", "paper");

        assertThat(run("Table7ResNet")).isEqualTo(Exit.BAD_FILE);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("clip-rn50.onnx", "data/README.md");
    }

    @Test
    void aTableWithoutItsDataSaysHowToGetIt() {
        assertThat(run("Table3ImageNet")).isEqualTo(Exit.BAD_FILE);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("imagenet", "data/README.md");
        assertThat(printed.toString(StandardCharsets.UTF_8)).as("said once").isEmpty();
        assertThat(out.resolve("table3")).doesNotExist();
    }

    @Test
    void thePapersProfileSaysWhatIsMissing() {
        properties.put("profile", "paper");

        assertThat(run("Table1Benchmark")).isEqualTo(Exit.BAD_FILE);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("clip-vit-b-16.onnx", "data/README.md");
    }

    @Test
    void aResolutionThatThePatchesDoNotDivideIsABadOption() {
        properties.put("resolution", "33");

        assertThat(run("Quickstart")).isEqualTo(Exit.BAD_OPTION);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("33", "16");
    }

    @Test
    void anUnknownMethodIsABadOption() {
        properties.put("method", "fixmach");

        assertThat(run("Quickstart")).isEqualTo(Exit.BAD_OPTION);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("fixmach", "fixmatch");
    }

    @Test
    void promptsOnMoreBlocksThanTheEncoderHasAreABadOption() {
        properties.put("tuning", "vpt-last:13");

        assertThat(run("Quickstart")).isEqualTo(Exit.BAD_OPTION);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("13", "12");
    }

    @Test
    void whatATableSetsItselfIsRefused() {
        properties.put("data", "cifar100-mini");

        assertThat(run("Table6Ablation")).isEqualTo(Exit.BAD_OPTION);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("-Ddata");
    }

    @Test
    void labelsThatLeaveNothingUnlabelledAreABadOption() {
        properties.putAll(Map.of("data", "cifar100-mini", "labels", "40"));

        assertThat(run("Quickstart")).isEqualTo(Exit.BAD_OPTION);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("-Dlabels=40", "cifar100-mini");
    }

    @Test
    void aNamedCheckpointIsGoneOnFromAndAForeignOneRefused() throws IOException {
        int[] asked = {0};
        assertThat(run("Quickstart", () -> ++asked[0] > 7)).isEqualTo(Exit.INTERRUPTED);
        Path checkpoint = unfinished(out.resolve("quickstart"));
        properties.put("resume", checkpoint.toString());
        properties.put("seeds", "2");

        assertThat(run("Quickstart")).isEqualTo(Exit.BAD_FILE);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains(checkpoint.toString(), "another run");

        properties.put("seeds", "1");
        assertThat(run("Quickstart")).isEqualTo(Exit.OK);
    }

    @Test
    void aStudentLearnsFromAFinishedRunOfTheSameSplitAlone() throws IOException {
        assertThat(run("Quickstart")).isEqualTo(Exit.OK);
        Path runs = out.resolve("quickstart/runs");
        String id = RunRecord.read(out.resolve("quickstart/run.json")).id();
        Path teacher = Files.move(runs.resolve(id), out.resolve("teacher"));
        Path supervised = records(out.resolve("quickstart")).get(0).getParent();

        properties.put("method", "semikd");
        assertRefused(Exit.BAD_OPTION, "-Dteacher");
        properties.put("teacher", out.resolve("nowhere").toString());
        assertRefused(Exit.BAD_FILE, "nowhere", "no such file");
        properties.put("teacher", supervised.toString());
        assertRefused(Exit.BAD_FILE, supervised.resolve("run.json").toString(), "its method is supervised");

        properties.put("teacher", teacher.toString());
        assertRefused(Exit.BAD_FILE, Map.of("seeds", "2"), "labels leak", "seed 1");
        assertRefused(Exit.BAD_FILE, Map.of("labels", "5"), "labels 5", "labels 4");
        assertRefused(Exit.BAD_FILE, Map.of("data", "cifar100-mini"), "cifar100-mini", "cifar10-mini");
        assertRefused(Exit.BAD_FILE, Map.of("normalisation", "clip"), "normalisation", "0.5");
        assertRefused(Exit.BAD_FILE, Map.of("resolution", "48"), "48 pixels", "has 32");

        assertThat(run("Quickstart")).isEqualTo(Exit.OK);
        RunRecord record = RunRecord.read(out.resolve("quickstart/run.json"));
        assertThat(record.method()).isEqualTo("semikd");
        assertThat(record.configuration()).containsEntry("teacher", teacher.toString());
        Path moved = Files.move(teacher, out.resolve("moved"));
        properties.put("teacher", moved.resolve("checkpoint.zip").toString());
        assertThat(run("Quickstart")).isEqualTo(Exit.OK);
        assertThat(RunRecord.read(out.resolve("quickstart/run.json")).id())
                .as("the teacher's bytes count, not its place")
                .isEqualTo(record.id());

        Files.copy(
                supervised.resolve("checkpoint.zip"),
                moved.resolve("checkpoint.zip"),
                StandardCopyOption.REPLACE_EXISTING);
        assertRefused(Exit.BAD_FILE, "method=supervised", "method=finessl");
    }

    @Test
    void aFinishedRunIsExported() throws IOException {
        assertThat(run("Quickstart")).isEqualTo(Exit.OK);
        RunRecord record = RunRecord.read(out.resolve("quickstart/run.json"));
        Path finished = out.resolve("quickstart/runs").resolve(record.id());
        Path file = out.resolve("model/finessl.onnx");
        properties.clear();
        properties.putAll(Map.of("to", file.toString()));
        assertThat(run("Export")).isEqualTo(Exit.BAD_OPTION);
        properties.put("from", out.resolve("nowhere").toString());
        assertThat(run("Export")).isEqualTo(Exit.BAD_FILE);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("needs -Dfrom", "-Dfrom=", "no such file");
        properties.put("from", finished.toString());
        assertThat(file).doesNotExist();

        assertThat(run("Export")).isEqualTo(Exit.OK);

        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains(file + ": pixels [batch, 3, 32, 32] normalised by mean [0.5")
                .contains("probabilities [batch, 10], opset ");
        Encoder encoder = OnnxEncoderReader.read(Path.of(record.encoder().file()));
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                .contains(
                        "airplane\nautomobile\n",
                        encoder.sha256(),
                        record.data().sha256());

        Files.delete(finished.resolve("confusion.csv"));
        assertThat(run("Export")).isEqualTo(Exit.BAD_FILE);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("confusion.csv");
    }

    private void assertRefused(Exit exit, Map<String, String> changed, String... why) {
        Map<String, String> before = Map.copyOf(properties);
        properties.putAll(changed);
        assertRefused(exit, why);
        properties.clear();
        properties.putAll(before);
    }

    private void assertRefused(Exit exit, String... why) {
        errors.reset();
        assertThat(run("Quickstart")).isEqualTo(exit);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains(why).hasLineCount(1);
    }

    @Test
    void theAuthorsCodeCanBeAskedFor() throws IOException {
        properties.put("fidelity", "reference");

        assertThat(run("Quickstart")).isEqualTo(Exit.OK);
        assertThat(RunRecord.read(out.resolve("quickstart/run.json")).data().unlabelled())
                .as("the labelled images are among the unlabelled")
                .isEqualTo(2500);
    }

    @Test
    void aBrokenImageIsLeftOutAndStrangersAreNotTested() throws IOException {
        Path set = out.resolve("set");
        for (int i = 0; i < 24; i++) {
            BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
            image.setRGB(1, 1, 1000 * i);
            Path file = set.resolve("%s/c%d/%d.png".formatted(i < 6 ? "test" : "train", i % 3, i));
            Files.createDirectories(file.getParent());
            ImageIO.write(image, "png", file.toFile());
        }
        Path broken = set.resolve("train/c0/9.png");
        Files.writeString(broken, "not found");
        properties.putAll(Map.of("data", set.toString(), "labels", "1", "seenClasses", "2"));

        assertThat(run("Quickstart"))
                .as(errors.toString(StandardCharsets.UTF_8))
                .isEqualTo(Exit.OK);

        assertThat(printed.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce("1 image of set cannot be read and is left out:")
                .containsOnlyOnce(broken.toString());
        RunRecord record = RunRecord.read(out.resolve("quickstart/run.json"));
        assertThat(record.metrics().more()).containsEntry("skippedImages", 1.0);
        assertThat(record.metrics().perClassAccuracy()).hasSize(2);
        assertThat(record.data().test()).isEqualTo(4);
        assertThat(record.data().unlabelled()).isEqualTo(15);
    }

    @Test
    void aStepIsMeasuredAgainstTheMachinesOwnRate() throws IOException {
        properties.remove("resolution");
        properties.putAll(Map.of("geometry", "vit-ti-16", "batch", "1", "precision", "f32", "profile.ops", "true"));

        assertThat(run("BenchTrainingStep")).isEqualTo(Exit.OK);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .startsWith("step ")
                .contains("s a step: median of 3", "finessl_prompt_attention_bp")
                .containsPattern("outside ops .* %\\R$");
        assertThat(errors.toString(StandardCharsets.UTF_8)).isEmpty();
        try (Stream<Path> files = Files.list(out.resolve("BenchTrainingStep"))) {
            assertThat(files.toList())
                    .singleElement()
                    .satisfies(file ->
                            assertThat(file.getFileName().toString()).matches("vit-ti-16-b1-(f32|portable)\\.json"))
                    .satisfies(file -> assertThat(file).content().contains("\"threads\"", "\"medianSeconds\""));
        }
    }

    private Exit run(String experiment) {
        return run(experiment, () -> false);
    }

    private Exit run(String experiment, BooleanSupplier stop) {
        properties.put(Options.EXPERIMENT, experiment);
        return new Main(
                        Registry.ALL,
                        new PrintStream(printed, true, StandardCharsets.UTF_8),
                        new PrintStream(errors, true, StandardCharsets.UTF_8))
                .run(properties, stop);
    }

    private static Path unfinished(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("runs"))) {
            return files.filter(file -> file.endsWith("checkpoint.zip"))
                    .filter(file -> !Files.exists(file.resolveSibling("run.json")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private int finished(String folder) {
        try {
            return Files.exists(out.resolve(folder).resolve("runs"))
                    ? records(out.resolve(folder)).size()
                    : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> records(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("runs"))) {
            return files.filter(file -> file.endsWith("run.json")).sorted().toList();
        }
    }
}
