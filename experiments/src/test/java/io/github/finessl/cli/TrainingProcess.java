package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** {@code finessl} in a process of its own, whose output goes to a file. */
record TrainingProcess(Process process, Path output) {
    static final Path ENCODER = Path.of("core/src/test/resources/onnx/timm_vit_op17.onnx");

    /** How a process has ended. */
    record Ended(int exit, String output) {}

    /** The command line of a training. */
    static List<String> training(Path photos, Path model, int steps, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "train",
                "--labelled=" + photos.resolve("labelled"),
                "--unlabelled=" + photos.resolve("unlabelled"),
                "--test=" + photos.resolve("test"),
                "--encoder=" + ENCODER,
                "--out=" + model,
                "--steps=" + steps,
                "--prompts=3"));
        command.addAll(List.of(more));
        return command;
    }

    static TrainingProcess start(Path output, String heap, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "env", // becomes the program; a build in the background ignores interrupts, and so would its children
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dorg.bytedeco.javacpp.maxbytes=8g",
                "-Dorg.bytedeco.javacpp.logger=slf4j",
                "io.github.finessl.cli.Finessl"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(output.toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return new TrainingProcess(builder.start(), output);
    }

    Ended end() throws IOException, InterruptedException {
        assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
        return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    /** Parameters, momentum and what the method remembers, by name. */
    static Map<String, String> arrays(Path checkpoint) throws IOException {
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
}
