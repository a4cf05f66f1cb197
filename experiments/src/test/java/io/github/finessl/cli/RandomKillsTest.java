package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at random moments: of trainings, which go on to the same bits, and of exports and pseudo-labels, which
 * leave the old file or the new. How often says the system property {@code finessl.kills}; it prints what was killed.
 */
@Tag("hostile")
class RandomKillsTest {
    private static final int KILLS = Integer.getInteger("finessl.kills", 20);
    private static final long SEED = Long.getLong("finessl.seed", 13);

    @TempDir
    Path directory;

    private final Random random = new Random(SEED);
    private final Console console = new Console();
    /** What the command takes that is killed. */
    private long millis;

    @Test
    void nothingIsLostAndNothingIsLeft() throws IOException, InterruptedException {
        TestPhotos photos = TestPhotos.in(directory.resolve("photos"), 32);
        Path straight = directory.resolve("straight");
        run(TrainingProcess.training(photos.root(), straight, 100).toArray());

        Path model = directory.resolve("model");
        List<String> training = TrainingProcess.training(photos.root(), model, 100, "--checkpoint-every=2");
        time(TrainingProcess.training(photos.root(), directory.resolve("timed"), 100, "--checkpoint-every=2"));
        List<Path> foreign = new ArrayList<>();
        int models = 0;
        int killed = 0;
        while (killed < KILLS) {
            boolean ended = endsBeforeTheKill(training);
            killed += ended ? 0 : 1;
            if (foreign.isEmpty() && Files.exists(model.resolve("checkpoint.zip"))) {
                for (String name : List.of(".mine.part", "mine.txt", "encoder/mine.txt", ".run.json.mine.part")) {
                    Path file = model.resolve(name);
                    Files.createDirectories(file.getParent());
                    foreign.add(Files.writeString(file, "mine"));
                }
            }
            if (ended) {
                requireSame(model, straight, foreign);
                models++;
                foreign.forEach(file -> file.toFile().delete());
                foreign.clear();
                delete(model);
            }
        }
        run(training.toArray());
        requireSame(model, straight, foreign);

        Path folder = Files.createDirectory(directory.resolve("out"));
        Path onnx = folder.resolve("model.onnx");
        Path csv = folder.resolve("next.csv");
        List<String> export = List.of("export", straight.toString(), "--onnx=" + onnx);
        List<String> labels =
                List.of("pseudo-label", straight.toString(), "--unlabelled=" + photos.unlabelled(), "--out=" + csv);
        int others = 0;
        for (List<String> command : List.of(export, labels)) {
            Path target = command == export ? onnx : csv;
            time(command);
            byte[] expected = Files.readAllBytes(target);
            for (int i = 0; i < KILLS / 4; i++) {
                others += endsBeforeTheKill(command) ? 0 : 1;
                assertThat(target).hasBinaryContent(expected);
            }
            run(command.toArray());
            assertThat(target).hasBinaryContent(expected);
        }
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("model.onnx", "next.csv");
        System.out.printf(
                "%d trainings and %d other commands were killed (seed %d); %d models are as if nothing had happened.%n",
                killed, others, SEED, models + 1);
    }

    private void run(Object... command) {
        assertThat(console.run(command)).as(console.err()).isEqualTo(Exit.OK);
    }

    private TrainingProcess start(List<String> command) throws IOException {
        return TrainingProcess.start(directory.resolve("output"), "1g", command);
    }

    /** Takes the time of a command. */
    private void time(List<String> command) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        TrainingProcess.Ended ended = start(command).end();
        assertThat(ended.exit()).as(ended.output()).isZero();
        millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    /** Kills it after a random part of the time that it takes; true if it was faster. */
    private boolean endsBeforeTheKill(List<String> command) throws IOException, InterruptedException {
        TrainingProcess process = start(command);
        long begin = System.nanoTime();
        if (process.process().waitFor(random.nextLong(millis), TimeUnit.MILLISECONDS)) {
            millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin); // the machine has more time now
        }
        process.process().destroyForcibly();
        TrainingProcess.Ended end = process.end();
        boolean ended = end.exit() == 0; // which it may have done just before it was killed
        assertThat(end.exit()).as(end.output()).isEqualTo(ended ? 0 : 137);
        return ended;
    }

    private static void requireSame(Path model, Path straight, List<Path> foreign) throws IOException {
        assertThat(TrainingProcess.arrays(model.resolve("checkpoint.zip")))
                .isEqualTo(TrainingProcess.arrays(straight.resolve("checkpoint.zip")));
        for (String name : List.of("predictions.csv", "pseudo-labels.csv", "images.csv")) {
            assertThat(model.resolve(name)).hasSameTextualContentAs(straight.resolve(name));
        }
        assertThat(foreign).allSatisfy(file -> assertThat(file).hasContent("mine"));
        try (Stream<Path> files = Files.walk(model)) {
            assertThat(files.filter(file -> !foreign.contains(file)))
                    .noneMatch(file -> file.getFileName().toString().startsWith("."));
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path each : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
