package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Training;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training's folder is its own alone, and nothing that others have put there is touched. */
class TrainingFolderTest {
    @TempDir
    Path directory;

    private final Console console = new Console();
    private TestPhotos photos;
    private Path model;

    @BeforeEach
    void takePhotos() throws IOException {
        photos = TestPhotos.in(directory.resolve("photos"), 32);
        model = directory.resolve("model");
    }

    private Exit train(Object... more) {
        List<Object> command = new ArrayList<>(List.of(
                "train",
                "--labelled",
                photos.labelled(),
                "--unlabelled",
                photos.unlabelled(),
                "--out",
                model,
                "--encoder",
                TrainingProcess.ENCODER,
                "--prompts=3"));
        command.addAll(List.of(more));
        return console.run(command.toArray());
    }

    private void assertRefused(Exit exit, Object... parts) {
        assertThat(exit).as(console.err()).isEqualTo(Exit.BAD_FILE);
        for (Object part : parts) {
            assertThat(console.err()).contains(part.toString());
        }
    }

    @Test
    void ofTwoProcessesOneTrains() throws IOException, InterruptedException {
        // Without a checkpoint, the folder is free for other settings once the first process is gone.
        List<String> command =
                TrainingProcess.training(directory.resolve("photos"), model, 100_000, "--checkpoint-every=0");
        TrainingProcess first = TrainingProcess.start(directory.resolve("first"), "1g", command);
        try {
            for (int i = 0; i < 3000 && !Files.exists(model.resolve("images.csv")); i++) {
                Thread.sleep(20);
            }
            assertThat(model.resolve("images.csv")).exists();
            TrainingProcess.Ended second = TrainingProcess.start(directory.resolve("second"), "1g", command)
                    .end();
            assertThat(second.exit()).as(second.output()).isEqualTo(Exit.BAD_FILE.code());
            assertThat(second.output()).contains("Another training is at work in " + model);
            assertRefused(train("--steps=2"), "Another training is at work in " + model);
            assertThat(first.process().isAlive()).isTrue();
        } finally {
            first.process().destroyForcibly().waitFor();
        }
        assertThat(train("--steps=2")).as(console.err()).isEqualTo(Exit.OK);
    }

    /** A second training of the same process must not unlock the folder either. */
    @Test
    void aRefusedTrainingOfTheSameProcessLeavesTheLock() throws IOException {
        Map<String, String> options = Map.of(
                "labelled", photos.labelled().toString(),
                "unlabelled", photos.unlabelled().toString(),
                "encoder", TrainingProcess.ENCODER.toString(),
                "steps", "3",
                "prompts", "3");
        List<TrainingProcess.Ended> other = new ArrayList<>();
        RunContext context = new RunContext(new PrintStream(OutputStream.nullOutputStream()), false, () -> {
            if (other.isEmpty()) {
                assertRefused(train("--steps=2"), "Another training is at work in " + model);
                other.add(trainElsewhere());
            }
            return false;
        });
        assertThat(new Training(options).run(model, context)).isPresent();
        assertThat(other.get(0).exit()).as(other.get(0).output()).isEqualTo(Exit.BAD_FILE.code());
        assertThat(other.get(0).output()).contains("Another training is at work in " + model);
    }

    private TrainingProcess.Ended trainElsewhere() {
        try {
            return TrainingProcess.start(
                            directory.resolve("output"),
                            "1g",
                            TrainingProcess.training(directory.resolve("photos"), model, 100))
                    .end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFolderWithAForeignRecordStays() throws IOException {
        Path encoder = Files.createDirectories(model.resolve("encoder"));
        for (String record : List.of("{}", "null", "[1]", "{\"id\":\"1\",\"loss\":0.5}", "no json")) {
            Files.writeString(model.resolve("run.json"), record);
            Files.writeString(model.resolve(".mine.part"), "mine");
            Files.writeString(encoder.resolve("mine.txt"), "mine");
            assertRefused(train("--steps=2"), model, "new or empty folder", "run.json");
            assertRefused(train("--steps=2", "--rerun"), model, "new or empty folder", "run.json");
            assertThat(model.toFile().list()).containsExactlyInAnyOrder("run.json", ".mine.part", "encoder");
            assertThat(model.resolve("run.json")).hasContent(record);
            assertThat(encoder.resolve("mine.txt")).hasContent("mine");
        }
        Files.move(model.resolve("run.json"), model.resolve("checkpoint.zip"));
        assertRefused(train("--steps=2", "--rerun"), model, "new or empty folder", "checkpoint.zip");
        assertThat(model.resolve("checkpoint.zip")).hasContent("no json");
    }

    @Test
    void whatOthersPutIntoAModelStaysWhenItIsTrainedAnew() throws IOException {
        assertThat(train("--steps=2")).as(console.err()).isEqualTo(Exit.OK);
        Path other = Files.copy(TrainingProcess.ENCODER, directory.resolve("other.onnx"));
        List<Path> mine = List.of(
                model.resolve(".mine.part"), model.resolve("encoder/mine.txt"), model.resolve("encoder/.mine.1.part"));
        for (Path file : mine) {
            Files.writeString(file, "mine");
        }
        assertThat(train("--steps=2", "--rerun", "--encoder=" + other))
                .as(console.err())
                .isEqualTo(Exit.OK);
        for (Path file : mine) {
            assertThat(file).hasContent("mine");
        }
        assertThat(model.resolve("encoder").toFile().list())
                .containsExactlyInAnyOrder("other.onnx", "mine.txt", ".mine.1.part");
        assertThat(console.run("predict", model, photos.unlabelled())).isEqualTo(Exit.OK);
    }

    @Test
    void aLinkToAFolderIsAFolder() throws IOException {
        Files.createDirectory(directory.resolve("real"));
        Files.createSymbolicLink(model, Path.of("real"));
        assertThat(train("--steps=2")).as(console.err()).isEqualTo(Exit.OK);
        assertThat(model).isSymbolicLink();
        assertThat(directory.resolve("real/model.json")).exists();
    }

    @Test
    void whatChangedSinceAFinishedTrainingIsSaid() throws IOException {
        assertThat(train("--steps=2")).as(console.err()).isEqualTo(Exit.OK);
        assertRefused(
                train("--steps=3", "--seed=5", "--lr=0.5"),
                model,
                "--steps=3 instead of 2",
                "--lr=0.5 instead of",
                "seed 5 instead of 1",
                "--rerun");
        assertThat(console.err()).doesNotContain("image", "encoder");
        changePhotos();
        assertRefused(
                train("--steps=2"),
                "2 images added, 1 removed, 1 changed, 1 renamed, --batch=7 instead of 6)",
                "--rerun");
        assertThat(console.err()).doesNotContainPattern("[0-9a-f]{32}");
        Files.delete(model.resolve("images.csv")); // as a training of an earlier version leaves the folder
        assertRefused(train("--steps=2"), "other images or labels");
        assertThat(train("--steps=2", "--rerun")).as(console.err()).isEqualTo(Exit.OK);
    }

    @Test
    void whatChangedSinceAnInterruptedTrainingIsSaid() throws IOException {
        assertThat(train("--steps=2")).as(console.err()).isEqualTo(Exit.OK);
        for (String file : List.of("run.json", "model.json")) { // as an interrupt leaves the folder
            Files.delete(model.resolve(file));
        }
        assertRefused(
                train("--steps=3", "--method=fixmatch"),
                model.resolve("checkpoint.zip"),
                "--method=fixmatch instead of finessl, --steps=3 instead of 2",
                "--rerun");
        Path other = directory.resolve("other.onnx");
        Files.copy(Path.of("core/src/test/resources/onnx/hf_vit_cls_op17.onnx"), other);
        assertRefused(train("--steps=2", "--encoder=" + other), "another encoder");
        changePhotos();
        assertRefused(train("--steps=2"), "2 images added, 1 removed, 1 changed, 1 renamed");
        assertThat(console.err()).doesNotContainPattern("[0-9a-f]{32}");
        assertThat(train("--steps=2", "--rerun")).as(console.err()).isEqualTo(Exit.OK);
        assertThat(train("--steps=2")).as(console.err()).isEqualTo(Exit.OK);
        assertThat(console.out()).contains("finished before");
    }

    private void changePhotos() throws IOException {
        Path folder = photos.unlabelled().resolve("deeper 0");
        photos.write(folder.resolve("new.png"), 0, 98);
        photos.write(photos.of("red one").resolve("new.png"), 1, 99);
        Files.delete(photos.unlabelled().resolve("deeper 1/0.png"));
        photos.write(photos.unlabelled().resolve("deeper 2/0.png"), 2, 97);
        Files.move(folder.resolve("1.png"), folder.resolve("moved.png"));
    }
}
