package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.report.Findings;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.serve.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole training on a messy folder, and what its report says. */
@Tag("slow")
class MessyTrainingTest {
    @TempDir
    Path directory;

    @Test
    void theReportNoticesAndTheModelIsNoWorseThanTheProbe() throws IOException {
        MessyFolder messy = MessyFolder.of(1);
        Photos photos = Photos.of(messy.source(), messy.split());
        Path model = directory.resolve("model");
        List<String> said = new ArrayList<>();
        FineTuner.of(Path.of("../data/vit-ti-16/vit_tiny_patch16_224.onnx"))
                .steps(100)
                .resolution(160)
                .into(model)
                .listener(new TrainingListener() {
                    @Override
                    public void step(StepReport report) {}

                    @Override
                    public void message(String text) {
                        said.add(text);
                    }
                })
                .build()
                .train(photos);

        Findings found = Findings.read(model).orElseThrow();
        assertThat(found.wrongLabels().stream().limit(10).map(Findings.WrongLabel::image))
                .filteredOn(messy.wrong()::contains)
                .hasSizeGreaterThanOrEqualTo(6);
        assertThat(found.strangers().orElseThrow().areMany()).isTrue();
        assertThat(said)
                .anyMatch(line -> line.contains("labels look wrong"))
                .anyMatch(line -> line.contains("seem to be of no class; they are left out"));
        assertThat(Files.readString(model.resolve(FineTuner.REPORT)))
                .contains("Images of no class", "Labels that look wrong");
        assertThat(ModelFolder.read(model).refusal()).isPresent();

        assertThat(said)
                .as("better than the probe, the class means and the pile alone")
                .anyMatch(
                        line -> line.startsWith("Training was worth it") || line.startsWith("Training may have been"));
    }
}
