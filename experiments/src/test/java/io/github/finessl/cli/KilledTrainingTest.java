package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.Exit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code finessl train} in a process of its own that is stopped, killed or starved. */
class KilledTrainingTest {
    private static final Path ENCODER = Path.of("core/src/test/resources/onnx/timm_vit_op17.onnx");

    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    private record Ended(int exit, String output) {}

    private static List<String> training(Path photos, Path model) {
        return List.of(
                "train",
                "--labelled=" + photos.resolve("labelled"),
                "--unlabelled=" + photos.resolve("unlabelled"),
                "--test=" + photos.resolve("test"),
                "--encoder=" + ENCODER,
                "--out=" + model,
                "--steps=100",
                "--prompts=3");
    }

    private Process start(Path photos, Path model, String heap) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dorg.bytedeco.javacpp.maxbytes=8g"));
        command.add("io.github.finessl.cli.Finessl");
        command.addAll(training(photos, model));
        command.add("--checkpoint-every=7");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(directory.resolve("output").toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return builder.start();
    }

    private Ended end(Process process) throws IOException, InterruptedException {
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return new Ended(process.exitValue(), Files.readString(directory.resolve("output"), StandardCharsets.UTF_8));
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

    /** Parameters, momentum and what the method remembers, by name. */
    private static Map<String, String> arrays(Path checkpoint) throws IOException {
        Map<String, String> arrays = new TreeMap<>();
        try (ZipFile zip = new ZipFile(checkpoint.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (!entry.getName().equals("checkpoint.json")) { // which has times
                    arrays.put(
                            entry.getName(),
                            HexFormat.of().formatHex(zip.getInputStream(entry).readAllBytes()));
                }
            }
        }
        return arrays;
    }

    private static synchronized Path straight() throws IOException {
        Path photos = shared.resolve("photos");
        Path model = shared.resolve("model");
        if (!Files.exists(model)) {
            TestPhotos.in(photos, 32);
            Console console = new Console();
            assertThat(console.run(training(photos, model).toArray()))
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
            Process process = start(shared.resolve("photos"), model, "1g");
            awaitCheckpoint(checkpoint, before);
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            Ended stopped = end(process);
            assertThat(stopped.exit()).as(stopped.output()).isEqualTo(signal.equals("KILL") ? 137 : 130);
        }

        Ended finished = end(start(shared.resolve("photos"), model, "1g"));
        assertThat(finished.exit()).as(finished.output()).isZero();
        assertThat(arrays(checkpoint)).hasSizeGreaterThan(3).isEqualTo(arrays(straight.resolve("checkpoint.zip")));
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
        Ended ended = end(start(shared.resolve("photos"), directory.resolve("model"), "14m"));
        assertThat(ended.exit()).as(ended.output()).isEqualTo(Exit.FAILED.code());
        assertThat(ended.output()).contains("heap", "--heap");
    }
}
