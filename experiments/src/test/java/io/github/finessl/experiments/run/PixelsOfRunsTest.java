package io.github.finessl.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.Colours;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.RunRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose encoder says how pixels are to be normalised. */
class PixelsOfRunsTest {
    private static final Path FIXTURES = Path.of("core/src/test/resources/onnx");

    @TempDir
    Path directory;

    private static Options options(Path encoder) {
        return Options.of(
                Map.of(),
                Map.of(
                        "method", "supervised",
                        "encoder", encoder.toString(),
                        "tuning", "linear",
                        "steps", "1",
                        "batch", "4",
                        "headStart", "means",
                        "precision", "f32"));
    }

    @Test
    void aRunsRecordSaysHowPixelsWereNormalised() throws IOException {
        Path file = Files.copy(FIXTURES.resolve("timm_vit_op17.onnx"), directory.resolve("encoder.onnx"));
        Encoder alone = OnnxEncoderReader.read(file);
        Files.writeString(
                directory.resolve("preprocessor_config.json"), "{\"image_mean\": [0, 0, 0], \"image_std\": [2, 2, 2]}");
        var printed = new ByteArrayOutputStream();
        RunContext context = new RunContext(new PrintStream(printed, true, StandardCharsets.UTF_8), false, () -> false);

        RunRecord record = Grid.run(
                        "pixels",
                        List.of(new Variant("any", options(file))),
                        List.of(1L),
                        context,
                        directory.resolve("results"))
                .all()
                .get(0);

        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("Pixels: normalised by mean [0.0, 0.0, 0.0], std [2.0, 2.0, 2.0], as preprocessor_config.json"
                        + " beside the encoder says.");
        assertThat(record.configuration()).containsEntry(Colours.RECORDED, "mean [0.0, 0.0, 0.0], std [2.0, 2.0, 2.0]");
        assertThat(FinishedRun.open(Option.FROM, directoryOfRun()).normalisation(alone))
                .isEqualTo(Normalisation.of(new double[3], new double[] {2, 2, 2}));
    }

    private Path directoryOfRun() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("results"))) {
            return files.filter(file -> file.endsWith("run.json"))
                    .findFirst()
                    .orElseThrow()
                    .getParent();
        }
    }

    @Test
    void aContradictionIsABadOption() {
        Options options = options(FIXTURES.resolve("clip_norm255_op17.onnx")).with(Option.NORMALISATION, "half");
        try (Runner runner = new Runner("test", RunContext.silent(), directory, false)) {
            assertThatThrownBy(() -> runner.prepared(new Run("any", options, 1)))
                    .isInstanceOf(OptionException.class)
                    .hasMessageStartingWith(
                            "-Dnormalisation=half: the encoder's file takes pixels from 0 to 255, as they"
                                    + " are, and normalises them itself, by mean [0.48");
        }
    }
}
