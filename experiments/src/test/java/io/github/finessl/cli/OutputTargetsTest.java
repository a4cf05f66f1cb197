package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Commands write where they are told to, whatever is there, but into no model. */
class OutputTargetsTest {
    @TempDir
    Path directory;

    private final Console console = new Console();
    private TestPhotos photos;
    private Path model;
    private Path encoder;

    @BeforeEach
    void train() throws IOException {
        photos = TestPhotos.in(directory.resolve("photos"), 32);
        model = photos.train(directory.resolve("model"));
        encoder = model.resolve("encoder").resolve(TrainingProcess.ENCODER.getFileName());
    }

    /** Each command that writes a file, to this one. */
    private List<Object[]> commands(Path target) {
        return List.of(
                new Object[] {"export", model, "--onnx", target},
                new Object[] {"evaluate", model, "--test", photos.test(), "--predictions", target},
                new Object[] {"evaluate", model, "--test", photos.test(), "--confusion", target},
                new Object[] {"predict", model, photos.test(), "--out", target},
                new Object[] {"pseudo-label", model, "--unlabelled", photos.unlabelled(), "--out", target});
    }

    /** Nothing is computed for what cannot be written. */
    @Test
    void aFolderIsRefusedAtOnce() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("folder"));
        for (Object[] command : commands(folder)) {
            assertThat(console.run(command)).as("%s", command[0]).isEqualTo(Exit.BAD_FILE);
            assertThat(console.err()).contains(folder + " cannot be written: it is a folder.");
            assertThat(console.out()).isEmpty();
        }
    }

    @Test
    void twoAnswersDoNotGoIntoOneFile() {
        Path both = directory.resolve("both.csv");
        Object[] command = {"evaluate", model, "--test", photos.test(), "--predictions", both, "--confusion", both};
        assertThat(console.run(command)).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--predictions and --confusion should be two files");
        assertThat(both).doesNotExist();
    }

    @Test
    void noFileOfAModelIsWrittenTo() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), model);
        Path ofEncoder = Files.createSymbolicLink(directory.resolve("encoder.onnx"), encoder);
        Path hard = Files.createLink(directory.resolve("hard.onnx"), encoder);
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), model.resolve("new.csv"));
        Path other = directory.resolve("other");
        copy(model, other);
        List<Path> targets = new ArrayList<>(List.of(
                encoder,
                model.resolve("encoder/../encoder").resolve(encoder.getFileName()),
                link.resolve("encoder").resolve(encoder.getFileName()),
                ofEncoder,
                hard,
                dangling,
                model.resolve("model.json"),
                model.resolve("new.csv"),
                model.resolve("encoder/deeper/new.csv"),
                other.resolve("encoder/new.csv")));
        byte[] before = Files.readAllBytes(encoder);
        for (Path target : targets) {
            for (Object[] command : commands(target)) {
                assertThat(console.run(command)).as("%s %s", command[0], target).isEqualTo(Exit.BAD_FILE);
                assertThat(console.err()).contains(target + " cannot be written", "model");
            }
        }
        assertThat(encoder).hasBinaryContent(before);
        assertThat(model.resolve("new.csv")).doesNotExist();
        assertThat(hard).hasBinaryContent(before);
        assertThat(console.run("predict", model, photos.test()))
                .as(console.err())
                .isEqualTo(Exit.OK);
    }

    @Test
    void anotherProgramsFolderIsNoModel() throws IOException {
        Files.writeString(directory.resolve("model.json"), "{\"layers\": 3}");
        Path target = directory.resolve("new");
        for (Object[] command : commands(target)) {
            Files.deleteIfExists(target);
            assertThat(console.run(command)).as(console.err()).isEqualTo(Exit.OK);
        }
    }

    /** A photo or an encoder that is named by mistake stays; an earlier result is replaced. */
    @Test
    void onlyResultsOfTheSameKindAreWrittenOver() throws IOException {
        Path photo = photos.unlabelled().resolve("deeper 0/0.png");
        Path onnx = directory.resolve("encoder.onnx");
        Files.copy(encoder, onnx);
        Path result = directory.resolve("result");
        for (Object[] command : commands(result)) {
            for (Path mine : List.of(photo, onnx)) {
                byte[] before = Files.readAllBytes(mine);
                Object[] wrong = command.clone();
                wrong[wrong.length - 1] = mine;
                assertThat(console.run(wrong)).as("%s %s", command[0], mine).isEqualTo(Exit.BAD_FILE);
                assertThat(console.err()).contains(mine + " cannot be written: it is there already and is no ");
                assertThat(mine).hasBinaryContent(before);
            }
            for (int time = 0; time < 2; time++) {
                assertThat(console.run(command)).as(console.err()).isEqualTo(Exit.OK);
            }
            Files.delete(result);
        }
    }

    @Test
    void anEmptyPathIsNotTheFolderOfTheCommand() {
        for (Object[] command : commands(Path.of(""))) {
            assertThat(console.run(command)).as("%s", command[0]).isEqualTo(Exit.BAD_OPTION);
            assertThat(console.err()).contains("it is empty");
        }
        assertThat(console.run("train", "--labelled=", "--out", directory.resolve("new")))
                .isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--labelled= cannot be used");
    }

    @Test
    void aModelDoesNotGoAmongThePhotos() {
        Path inside = photos.unlabelled().resolve("model");
        List<String> command = TrainingProcess.training(photos.root(), inside, 2);
        assertThat(console.run(command.toArray())).isEqualTo(Exit.BAD_FILE);
        assertThat(console.err()).contains(inside + " lies in " + photos.unlabelled());
        assertThat(inside).doesNotExist();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLockThatIsNoFileIsRefused() throws IOException, InterruptedException {
        Path other = Files.createDirectory(directory.resolve("other"));
        Path lock = other.resolve(".training.lock");
        assertThat(new ProcessBuilder("mkfifo", lock.toString()).start().waitFor())
                .isZero();
        List<String> command = TrainingProcess.training(photos.root(), other, 2);
        assertThat(console.run(command.toArray())).isEqualTo(Exit.BAD_FILE);
        assertThat(console.err()).contains(other + ", but its .training.lock is no file");
    }

    @Test
    void linksAreFollowed() throws IOException {
        Path real = directory.resolve("real");
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        for (Object[] command : commands(link)) {
            Files.deleteIfExists(real);
            assertThat(console.run(command)).as(console.err()).isEqualTo(Exit.OK);
            assertThat(link).isSymbolicLink();
            assertThat(real).isRegularFile().isNotEmptyFile();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void pipesAndDevicesGetWhatIsWritten() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Path file = directory.resolve("file");
        List<Object[]> toFile = commands(file);
        List<Object[]> toPipe = commands(pipe);
        for (int i = 0; i < toFile.size(); i++) {
            Files.deleteIfExists(file);
            assertThat(console.run(toFile.get(i))).as(console.err()).isEqualTo(Exit.OK);
            CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> {
                try {
                    return Files.readAllBytes(pipe);
                } catch (IOException e) {
                    return new byte[0];
                }
            });
            assertThat(console.run(toPipe.get(i))).as(console.err()).isEqualTo(Exit.OK);
            assertThat(read.join()).isEqualTo(Files.readAllBytes(file));
        }
        Path device = Files.createSymbolicLink(directory.resolve("null"), Path.of("/dev/null"));
        for (Object[] command : commands(device)) {
            assertThat(console.run(command)).as(console.err()).isEqualTo(Exit.OK);
            assertThat(device).isSymbolicLink();
        }
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
        assertThat(Files.isRegularFile(pipe)).isFalse();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatWasKilledLeavesNothing() throws IOException, InterruptedException {
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Path target = directory.resolve("out/target");
        Path part = directory.resolve("out/.target." + dead.pid() + ".part");
        boolean first = true; // a process looks once
        for (Object[] command : commands(target)) {
            Files.deleteIfExists(target);
            if (first) {
                Files.createDirectories(part.getParent());
                Files.writeString(part, "half");
                first = false;
            }
            assertThat(console.run(command)).as(console.err()).isEqualTo(Exit.OK);
            assertThat(part).doesNotExist();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path each : files.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }
}
