package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.StandardOutput;
import io.github.finessl.report.Json;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.serve.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Predictions with a threshold, several guesses, sorted photos, a watched folder, and a reader that stops. */
class PredictTest {
    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    private static TestPhotos photos;
    private static Path model;

    private final Console console = new Console();
    private Path sorted;

    @BeforeAll
    static void train() throws IOException {
        photos = TestPhotos.in(shared.resolve("photos"), 32);
        model = photos.train(shared.resolve("model"));
    }

    @BeforeEach
    void prepare() {
        sorted = directory.resolve("sorted");
    }

    private List<String> sorted() throws IOException {
        if (!Files.exists(sorted)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(sorted)) {
            return files.filter(file -> !Files.isDirectory(file))
                    .map(file -> sorted.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private void runs(Exit exit, Object... args) {
        assertThat(console.run(Stream.concat(Stream.of("predict", model), Stream.of(args))
                        .toArray()))
                .as(console.out() + console.err())
                .isEqualTo(exit);
    }

    @Test
    void anEvaluationTellsHowManyAreNone() throws IOException {
        Path test = directory.resolve("test");
        Path none = Files.createDirectories(test.resolve("none"));
        try (Stream<Path> files = Files.walk(photos.test())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = test.resolve(photos.test().relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
                Files.copy(file, none.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        int strangers = none.toFile().list().length;
        ModelCard card = ModelFolder.read(model);
        try {
            ModelFolder.write(model, card.with(Optional.empty(), Optional.empty()));
            assertThat(console.run("evaluate", model, "--test", test)).isEqualTo(Exit.OK);
            assertThat(console.out())
                    .contains("of 6 photos")
                    .contains("The " + strangers + " photos in none are passed over");
            Refusal all = new Refusal(1e9, Refusal.Basis.UNLABELLED, 20, 0);
            ModelFolder.write(model, card.with(Optional.empty(), Optional.of(all)));
            assertThat(console.run("evaluate", model, "--test", test)).isEqualTo(Exit.OK);
            assertThat(console.out())
                    .contains("for 6 of 6 photos of the classes, and for " + strangers + " of " + strangers
                            + " in none.");
        } finally {
            ModelFolder.write(model, card);
        }
    }

    @Test
    void aThresholdThatIsKeptWithTheModelCountsUntilAnotherIsGiven() throws IOException {
        ModelCard card = ModelFolder.read(model);
        ModelFolder.write(model, card.unsureBelow(1));
        try {
            runs(Exit.OK, photos.test());
            assertThat(console.out().lines()).allMatch(line -> line.contains("  unsure: "));
            runs(Exit.OK, photos.test(), "--threshold=0");
            assertThat(console.out()).doesNotContain("unsure");
        } finally {
            ModelFolder.write(model, card);
        }
    }

    @Test
    void belowTheThresholdNoClassIsNamed() throws IOException {
        runs(Exit.OK, photos.test(), "--threshold=0");
        assertThat(console.out()).doesNotContain("unsure").contains("초록");
        runs(Exit.OK, photos.test(), "--threshold=1");
        assertThat(console.out().lines()).hasSize(6).allMatch(line -> line.contains("png  unsure: "));
        assertThat(console.out()).contains("초록");
        runs(Exit.OK, photos.test(), "--threshold=1", "--csv");
        assertThat(console.out().lines().skip(1)).hasSize(6).allMatch(line -> line.matches(".*\\.png\"?,,0\\.\\d+"));
        runs(Exit.OK, photos.test(), "--threshold=1", "--json");
        for (JsonNode answer : Json.MAPPER.readTree(console.out())) {
            assertThat(answer.get("label").isNull()).isTrue();
            assertThat(answer.get("confidence").isNumber()).isTrue();
        }
        runs(Exit.BAD_OPTION, photos.test(), "--threshold=70");
        assertThat(console.err()).startsWith("--threshold=70.0 cannot be used: it is a probability from 0 to 1");
    }

    @Test
    void whatFitsNoClassIsNone() throws IOException {
        ModelCard card = ModelFolder.read(model);
        try {
            ModelFolder.write(model, card.with(Optional.empty(), Optional.empty()));
            runs(Exit.BAD_OPTION, photos.test(), "--unknown");
            assertThat(console.err())
                    .startsWith("--unknown cannot be used with " + model + ": the model has no threshold");

            Refusal all = new Refusal(1e9, Refusal.Basis.UNLABELLED, 20, 0);
            ModelFolder.write(model, card.with(Optional.empty(), Optional.of(all)));
            runs(Exit.OK, photos.test(), "--unknown");
            assertThat(console.out().lines()).hasSize(6).allMatch(line -> line.contains("png  none: "));
            runs(Exit.OK, photos.test(), "--unknown", "--csv", "--threshold=1");
            assertThat(console.out().lines().skip(1)).hasSize(6).allMatch(line -> line.contains(",none,0."));
            runs(Exit.OK, photos.test(), "--unknown", "--json");
            assertThat(Json.MAPPER.readTree(console.out()).get(0).get("label").textValue())
                    .isEqualTo("none");
            runs(Exit.OK, photos.test(), "--unknown", "--sort-into", sorted, "--yes");
            assertThat(sorted()).hasSize(6).allMatch(name -> name.startsWith("none/"));
            runs(Exit.OK, photos.test());
            assertThat(console.out()).doesNotContain("none");

            Refusal no = new Refusal(-1e9, Refusal.Basis.UNLABELLED, 20, 0);
            ModelFolder.write(model, card.with(Optional.empty(), Optional.of(no)));
            runs(Exit.OK, photos.test(), "--unknown");
            assertThat(console.out()).doesNotContain("none");
        } finally {
            ModelFolder.write(model, card);
        }
    }

    @Test
    void severalGuessesAreColumns() {
        runs(Exit.OK, photos.test(), "--csv");
        assertThat(console.out().lines().findFirst()).hasValue("image,label,confidence");
        runs(Exit.OK, photos.test(), "--csv", "--top=2");
        assertThat(console.out().lines().findFirst())
                .hasValue("image,label,confidence,guess1,probability1,guess2,probability2");
        runs(Exit.OK, photos.test(), "--csv", "--top=9");
        assertThat(console.out().lines().findFirst().orElseThrow()).endsWith(",guess3,probability3");
        runs(Exit.OK, photos.test(), "--top=1");
        assertThat(console.out().lines()).hasSize(6).noneMatch(line -> line.contains("%,"));
        runs(Exit.BAD_OPTION, photos.test(), "--top=0");
        assertThat(console.err()).startsWith("--top=0 cannot be used");
    }

    @Test
    void aFileHoldsTheAnswersOfAFolder() throws IOException {
        Path out = directory.resolve("new/answers.csv");
        runs(Exit.OK, photos.test(), "--out", out);
        assertThat(console.out()).isEqualTo(out + ": 6 photos.\n");
        List<String> lines = Files.readAllLines(out);
        assertThat(lines.get(0))
                .isEqualTo(
                        "image,label,confidence,guess1,probability1,guess2,probability2,guess3,probability3,refused");
        assertThat(lines).hasSize(7);
        assertThat(lines.subList(1, 7)).allMatch(line -> line.endsWith(",")); // the model has no threshold
        runs(Exit.OK, photos.test(), "--csv", "--top=3");
        assertThat(console.out().lines().skip(1).map(line -> line + ",").toList())
                .isEqualTo(lines.subList(1, 7));

        ModelCard card = ModelFolder.read(model);
        try {
            Refusal all = new Refusal(1e9, Refusal.Basis.UNLABELLED, 20, 0);
            ModelFolder.write(model, card.with(Optional.empty(), Optional.of(all)));
            runs(Exit.OK, photos.test(), "--out", out, "--top=1", "--sort-into", sorted, "--yes");
            assertThat(Files.readAllLines(out).get(0))
                    .isEqualTo("image,label,confidence,guess1,probability1,refused,sorted");
            assertThat(Files.readAllLines(out).subList(1, 7))
                    .allMatch(line -> line.matches(".*,0\\.\\d+,yes,.*") && !line.contains(",none,"));
            assertThat(console.out()).startsWith(out + ": 6 photos.\n6 photos copied: ");
            runs(Exit.OK, photos.test(), "--out", out, "--unknown");
            assertThat(console.out()).isEqualTo(out + ": 6 photos, 6 of them none.\n");
            assertThat(Files.readAllLines(out).subList(1, 7)).allMatch(line -> line.contains(",none,"));
            runs(Exit.OK, photos.test(), "--out", out, "--threshold=1");
            assertThat(console.out()).isEqualTo(out + ": 6 photos, 6 of them unsure.\n");
        } finally {
            ModelFolder.write(model, card);
        }

        Path damaged = Files.writeString(directory.resolve("damaged.png"), "no image");
        runs(Exit.BAD_FILE, photos.test(), damaged, "--out", out);
        assertThat(console.err()).startsWith(damaged.toString());
        assertThat(Files.readAllLines(out)).hasSize(7);
    }

    @Test
    void aFileOfAnswersIsNotMixedWithOthers() {
        Path out = directory.resolve("answers.csv");
        runs(Exit.BAD_OPTION, photos.test(), "--out", out, "--csv");
        assertThat(console.err()).contains("--out", "--csv", "mutually exclusive");
        runs(Exit.BAD_OPTION, photos.test(), "--out", out, "--watch", photos.test());
        assertThat(console.err()).startsWith("--out and --watch cannot be used together");
        assertThat(out).doesNotExist();
    }

    @Test
    void sortingIsTriedFirst() throws IOException {
        Path damaged = directory.resolve("damaged.png");
        Files.writeString(damaged, "no image");
        runs(Exit.BAD_FILE, photos.test(), damaged, "--sort-into", sorted);
        assertThat(console.out().lines())
                .hasSize(7)
                .last()
                .asString()
                .startsWith("6 photos would be copied: ")
                .endsWith(" Cannot be read: 1. Nothing was written; --yes does it.");
        assertThat(console.err()).contains(damaged.toString());
        assertThat(sorted()).isEmpty();
        List<String> places = console.out()
                .lines()
                .limit(6)
                .map(line -> sorted.relativize(Path.of(line.substring(line.indexOf("  -> ") + 5)))
                        .toString())
                .sorted()
                .toList();

        runs(Exit.BAD_FILE, photos.test(), damaged, "--sort-into", sorted, "--yes");
        assertThat(console.out().lines())
                .last()
                .asString()
                .startsWith("6 photos copied: ")
                .endsWith("Cannot be read: 1.");
        assertThat(sorted()).isEqualTo(places).hasSize(6);

        runs(Exit.OK, photos.test(), "--sort-into", sorted, "--yes", "--csv");
        assertThat(console.out().lines().findFirst()).hasValue("image,label,confidence,sorted");
        assertThat(console.err()).contains("0 photos copied. There already: 6.");
        assertThat(sorted()).isEqualTo(places);
    }

    @Test
    void unsurePhotosHaveAFolder() throws IOException {
        runs(Exit.OK, photos.test(), "--sort-into", sorted, "--yes", "--threshold=1", "--link=hard");
        assertThat(sorted()).hasSize(6).allMatch(file -> file.startsWith("unsure"));
        assertThat(console.out()).contains("6 photos linked: 6 into unsure.");
        try (Stream<Path> first = Files.list(photos.test().resolve(TestPhotos.CLASSES.get(0)))) {
            Path photo =
                    first.filter(file -> file.endsWith("0.png")).findFirst().orElseThrow();
            assertThat(Files.isSameFile(photo, sorted.resolve("unsure/0.png"))).isTrue();
        }
    }

    @Test
    void whatCannotBeSortedIsSaid() throws IOException {
        runs(Exit.BAD_OPTION, photos.test(), "--yes");
        assertThat(console.err()).contains("--sort-into");
        runs(Exit.BAD_OPTION, photos.test(), "--sort-into", sorted, "--link=soft");
        assertThat(console.err()).startsWith("--link=soft cannot be used: it is hard or symbolic.");
        for (Path inside : List.of(photos.test(), photos.test().resolve("new/deeper"))) {
            runs(Exit.BAD_OPTION, photos.test(), "--sort-into", inside, "--yes");
            assertThat(console.err()).contains("is inside of " + photos.test());
        }
        Path link = Files.createSymbolicLink(directory.resolve("link"), model);
        for (Path inside : List.of(model, model.resolve("new"), model.resolve("encoder"), link)) {
            runs(Exit.BAD_FILE, photos.test(), "--sort-into", inside, "--yes");
            assertThat(console.err()).contains(inside + " cannot be written: it lies in the folder of the model");
        }
        assertThat(model.resolve("new")).doesNotExist();
        runs(Exit.BAD_OPTION);
        assertThat(console.err()).contains("IMAGES", "--watch");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aWatchedFolderIsAnsweredUntilInterrupted() throws Exception {
        Path inbox = Files.createDirectory(directory.resolve("inbox"));
        photos.write(inbox.resolve("before.png"), 0, 1);
        TrainingProcess predict = TrainingProcess.start(
                directory.resolve("out.txt"),
                "1g",
                List.of("predict", model.toString(), "--watch=" + inbox, "--json", "--sort-into=" + sorted, "--yes"));
        await(predict, "Watching " + inbox);
        photos.write(inbox.resolve("a.png"), 0, 2);
        await(predict, "a.png");
        photos.write(inbox.resolve("b.png"), 1, 2);
        await(predict, "b.png");
        predict.process().destroy();
        TrainingProcess.Ended ended = predict.end();
        assertThat(ended.exit()).as(ended.output()).isEqualTo(Exit.INTERRUPTED.code());
        List<String> answers =
                ended.output().lines().filter(line -> line.startsWith("{")).toList();
        assertThat(answers).as(ended.output()).hasSize(2);
        for (String answer : answers) {
            assertThat(Path.of(Json.MAPPER.readTree(answer).get("sorted").asText()))
                    .exists();
        }
        assertThat(ended.output()).doesNotContain("before.png", "Exception", "checkpoint");
        assertThat(sorted()).hasSize(2);
    }

    private static void await(TrainingProcess process, String text) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(Duration.ofMinutes(2));
        while (!Files.readString(process.output()).contains(text)) {
            assertThat(process.process().isAlive() && Instant.now().isBefore(end))
                    .as(Files.readString(process.output()))
                    .isTrue();
            Thread.sleep(50);
        }
    }

    /** Runs a command whose output nobody reads, as after {@code | head -1}. */
    private void requireNoError(String... args) throws IOException, InterruptedException {
        Path err = directory.resolve("err.txt");
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.logger=slf4j",
                "io.github.finessl.cli.Finessl");
        builder.command().addAll(List.of(args));
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process process = builder.redirectError(err.toFile()).start();
        process.getInputStream().close();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(err).hasContent("");
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void aReaderThatStopsIsNoError() throws Exception {
        requireNoError("predict", model.toString(), photos.test().toString(), "--csv");
        requireNoError("completion");
    }

    /** Runs a command in this JVM whose output has been closed, and returns what it says on standard error. */
    private static String withClosedOutput(Object... args) {
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Exit exit = Finessl.run(
                new StandardOutput(closed, false),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                () -> false,
                Stream.of(args).map(Object::toString).toArray(String[]::new));
        assertThat(exit).as(err.toString(StandardCharsets.UTF_8)).isEqualTo(Exit.OK);
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void predictionEndsWhereTheReaderStops() throws IOException {
        Path damaged = directory.resolve("damaged.png");
        Files.writeString(damaged, "no image");
        assertThat(withClosedOutput("predict", model, photos.test(), damaged, "--sort-into", sorted))
                .as("the last photo is not looked at")
                .isEmpty();
        assertThat(sorted()).isEmpty();
    }

    @Test
    void sortingGoesOnWhereTheReaderStops() throws IOException {
        assertThat(withClosedOutput("predict", model, photos.test(), "--sort-into", sorted, "--yes"))
                .isEmpty();
        assertThat(sorted()).hasSize(6);
    }

    @Test
    void otherCommandsDoTheirWorkWhereTheReaderStops() {
        Path file = directory.resolve("predictions.csv");
        assertThat(withClosedOutput("evaluate", model, "--test", photos.test(), "--predictions", file))
                .isEmpty();
        assertThat(file).isNotEmptyFile();
        assertThat(withClosedOutput("pseudo-label", model, "--unlabelled", photos.unlabelled(), "--out", file))
                .isEmpty();
        assertThat(withClosedOutput("inspect", model)).isEmpty();
        assertThat(withClosedOutput("--help")).isEmpty();
    }
}
