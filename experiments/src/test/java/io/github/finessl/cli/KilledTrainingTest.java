package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.Exit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code finessl train} in a process of its own that is stopped, killed or starved. */
class KilledTrainingTest {
    private static final Path ENCODER = Path.of("core/src/test/resources/onnx/timm_vit_op17.onnx");

    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    private record Ended(int exit, String output) {}

    private Process start(Path photos, Path model, String heap) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dorg.bytedeco.javacpp.maxbytes=8g"));
        command.addAll(List.of(
                "io.github.finessl.cli.Finessl",
                "train",
                "--labelled=" + photos.resolve("labelled"),
                "--unlabelled=" + photos.resolve("unlabelled"),
                "--test=" + photos.resolve("test"),
                "--encoder=" + ENCODER,
                "--out=" + model,
                "--steps=60",
                "--prompts=3",
                "--checkpoint-every=7"));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(directory.resolve("output").toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return builder.start();
    }

    private Ended end(Process process) throws IOException, InterruptedException {
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return new Ended(process.exitValue(), Files.readString(directory.resolve("output"), StandardCharsets.UTF_8));
    }

    /** Waits until the training has come so far. */
    private static void await(Path model, int milliseconds) throws InterruptedException {
        for (int i = 0; i < 1200 && !Files.exists(model.resolve("checkpoint.zip")); i++) {
            Thread.sleep(50);
        }
        Thread.sleep(milliseconds);
    }

    private static synchronized Path straight() throws IOException {
        Path photos = shared.resolve("photos");
        Path model = shared.resolve("model");
        if (!Files.exists(model)) {
            TestPhotos.in(photos, 32);
            Console console = new Console();
            assertThat(console.run(
                            "train",
                            "--labelled=" + photos.resolve("labelled"),
                            "--unlabelled=" + photos.resolve("unlabelled"),
                            "--test=" + photos.resolve("test"),
                            "--encoder=" + ENCODER,
                            "--out=" + model,
                            "--steps=60",
                            "--prompts=3"))
                    .as(console.err())
                    .isEqualTo(Exit.OK);
        }
        return model;
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT 0", "INT 200", "TERM 50", "KILL 0", "KILL 90", "KILL 300"})
    void endsWithTheSameModelAsOneThatNeverStopped(String signal) throws IOException, InterruptedException {
        Path straight = straight();
        Path model = directory.resolve("model");
        String name = signal.substring(0, signal.indexOf(' '));
        Process process = start(shared.resolve("photos"), model, "1g");
        await(model, Integer.parseInt(signal.substring(signal.indexOf(' ') + 1)));
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        Ended stopped = end(process);
        assertThat(stopped.exit()).as(stopped.output()).isIn(0, 130, 137, 143);

        Ended finished = end(start(shared.resolve("photos"), model, "1g"));
        assertThat(finished.exit()).as(finished.output()).isZero();
        assertThat(model.resolve("predictions.csv")).hasSameTextualContentAs(straight.resolve("predictions.csv"));
        assertThat(model.resolve("pseudo-labels.csv")).hasSameTextualContentAs(straight.resolve("pseudo-labels.csv"));
        try (Stream<Path> left = Files.list(model)) {
            assertThat(left.filter(file -> file.toString().endsWith(".part"))).isEmpty();
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
