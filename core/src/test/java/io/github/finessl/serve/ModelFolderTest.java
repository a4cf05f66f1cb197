package io.github.finessl.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.export.Origin;
import io.github.finessl.report.ModelChoice;
import io.github.finessl.ssl.Methods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
    @TempDir
    Path directory;

    private Path model;
    private ModelCard card;

    @BeforeEach
    void write() throws IOException {
        model = Files.createDirectories(directory.resolve("model"));
        Files.createDirectory(model.resolve("encoder"));
        Files.writeString(model.resolve("encoder/vit.onnx"), "an encoder");
        Path parameters = Files.writeString(model.resolve("checkpoint.zip"), "what was learnt");
        card = new ModelCard(
                ModelCard.FORMAT,
                List.of("cat", "dog"),
                "encoder/vit.onnx",
                "",
                "checkpoint.zip",
                ModelFolder.sha256(parameters),
                224,
                List.of(.5f, .5f, .5f),
                List.of(.5f, .5f, .5f),
                true,
                10,
                new Methods.Settings(8, 3, .7, .5, false),
                new Origin(
                        "vpt-deep", "finessl", 200, 1, "photos", "", Optional.empty(), Instant.EPOCH, Optional.empty()),
                Optional.of(new Calibration(1.5, 40)),
                Optional.of(new Refusal(9.25, Refusal.Basis.HELD_OUT, 40, 3)),
                Optional.of(new ModelChoice("pile", 4, new TreeMap<>(Map.of("pile", 3, ModelChoice.TRAINED, 2)))),
                Optional.of(.75));
        ModelFolder.write(model, card);
    }

    @Test
    void aCardThatEndsEarlyIsOneLineForPeople() throws IOException {
        String text = Files.readString(model.resolve("model.json"));
        for (int length = 1; length < text.length() - 1; length++) {
            Files.writeString(model.resolve("model.json"), text.substring(0, length));
            assertThatThrownBy(() -> ModelFolder.read(model))
                    .isInstanceOf(ModelException.class)
                    .hasMessageStartingWith(model.toString())
                    .hasMessageNotContainingAny("Source", "REDACTED", "\n");
        }
    }

    @Test
    void readsWhatItWrote() {
        assertThat(ModelFolder.read(model)).isEqualTo(card);
    }

    @Test
    void aThresholdThatIsTakenAwayLeavesNoTraceAndOneThatIsNoProbabilityIsRefused() throws IOException {
        ModelFolder.write(model, card.unsureBelow(0));
        assertThat(ModelFolder.read(model).unsureBelow()).isEmpty();
        Path file = model.resolve(ModelFolder.CARD);
        assertThat(file).content().doesNotContain("unsureBelow");
        ModelFolder.write(model, card);
        Files.writeString(file, Files.readString(file).replace("\"unsureBelow\" : 0.75", "\"unsureBelow\" : 1.75"));
        assertThatThrownBy(() -> ModelFolder.read(model))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("unsure below a probability of 1.75");
    }

    @Test
    void aCardThatPointsElsewhereIsRefused() throws IOException {
        Files.writeString(directory.resolve("secret.onnx"), "another's");
        Path file = model.resolve(ModelFolder.CARD);
        Files.writeString(file, Files.readString(file).replace("encoder/vit.onnx", "../secret.onnx"));
        assertThatThrownBy(() -> ModelFolder.read(model))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("../secret.onnx");
    }
}
