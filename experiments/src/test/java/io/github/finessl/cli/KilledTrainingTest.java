package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code finessl train} in a process of its own that is stopped, killed or starved. */
class KilledTrainingTest {
    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    private TrainingProcess start(Path photos, Path model, String heap) throws IOException {
        return TrainingProcess.start(
                directory.resolve("output"),
                heap,
                TrainingProcess.training(photos, model, 100, "--checkpoint-every=7"));
    }

    /** Waits until the training has written a checkpoint of its own. */
    private static void awaitCheckpoint(Path checkpoint, FileTime before) throws IOException, InterruptedException {
        for (int i = 0; i < 3000 && time(checkpoint).equals(before); i++) {
            Thread.sleep(20);
        }
        assertThat(time(checkpoint)).isNotEqualTo(before);
    }

    private static FileTime time(Path file) throws IOException {
        return Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0);
    }

    private static synchronized Path straight() throws IOException {
        Path photos = shared.resolve("photos");
        Path model = shared.resolve("model");
        if (!Files.exists(model)) {
            TestPhotos.in(photos, 32);
            Console console = new Console();
            assertThat(console.run(TrainingProcess.training(photos, model, 100).toArray()))
                    .as(console.err())
                    .isEqualTo(Exit.OK);
        }
        return model;
    }

    @Test
    void endsWithTheSameModelAsOneThatNeverStopped() throws IOException, InterruptedException {
        Path straight = straight();
        Path model = directory.resolve("model");
        Path checkpoint = model.resolve("checkpoint.zip");
        for (String signal : List.of("INT", "TERM", "KILL")) {
            FileTime before = time(checkpoint);
            TrainingProcess training = start(shared.resolve("photos"), model, "1g");
            awaitCheckpoint(checkpoint, before);
            new ProcessBuilder(
                            "kill",
                            "-" + signal,
                            Long.toString(training.process().pid()))
                    .start()
                    .waitFor();
            TrainingProcess.Ended stopped = training.end();
            assertThat(stopped.exit()).as(stopped.output()).isEqualTo(signal.equals("KILL") ? 137 : 130);
        }

        TrainingProcess.Ended finished =
                start(shared.resolve("photos"), model, "1g").end();
        assertThat(finished.exit()).as(finished.output()).isZero();
        assertThat(TrainingProcess.arrays(checkpoint))
                .hasSizeGreaterThan(3)
                .isEqualTo(TrainingProcess.arrays(straight.resolve("checkpoint.zip")));
        assertThat(model.resolve("predictions.csv")).hasSameTextualContentAs(straight.resolve("predictions.csv"));
        assertThat(model.resolve("pseudo-labels.csv")).hasSameTextualContentAs(straight.resolve("pseudo-labels.csv"));
        try (Stream<Path> left = Files.list(model)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.startsWith("."))
                    .isNotEmpty();
        }
    }

    @Test
    void aHeapThatIsTooSmallIsSaid() throws IOException, InterruptedException {
        straight();
        TrainingProcess.Ended ended = start(shared.resolve("photos"), directory.resolve("model"), "14m")
                .end();
        assertThat(ended.exit()).as(ended.output()).isEqualTo(Exit.FAILED.code());
        assertThat(ended.output()).contains("heap", "--heap");
    }
}
