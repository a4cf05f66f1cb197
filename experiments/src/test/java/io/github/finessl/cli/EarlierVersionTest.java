package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.FineTuner;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Training;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.RunRecord;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commit 08b0436 left is read, gone on with and repeated: see the README beside it. */
class EarlierVersionTest {
    private static final Path LEFT = Path.of("experiments/src/test/resources/version-0.1");
    private static final Path ENCODER = Path.of("core/src/test/resources/onnx/timm_vit_op17.onnx");

    @TempDir
    Path directory;

    @BeforeEach
    void copy() throws IOException {
        try (Stream<Path> files = Files.walk(LEFT)) {
            for (Path file : files.toList()) {
                Path to = directory.resolve(LEFT.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(file, to);
                }
            }
        }
        for (String model : List.of("model", "supervised", "adaptformer")) {
            Path encoder = Files.createDirectories(directory.resolve(model).resolve("encoder"));
            Files.copy(ENCODER, encoder.resolve(ENCODER.getFileName()));
        }
    }

    private FineTuner.Result train(String run, String folder) throws IOException {
        Path photos = directory.resolve("photos");
        Map<String, String> options = new HashMap<>(Map.of(
                "labelled", photos.resolve("labelled").toString(),
                "unlabelled", photos.resolve("unlabelled").toString(),
                "testFolder", photos.resolve("test").toString(),
                "encoder", ENCODER.toString(),
                "steps", "8",
                "headStart", "means",
                "prompts", "2",
                "precision", "portable",
                "lr", "0.01",
                "alpha", "4"));
        options.put("tuning", "vpt-deep"); // the default of then
        options.put("strangers", "keep"); // likewise
        switch (run) {
            case "supervised" -> options.put("method", "supervised");
            case "adaptformer" -> options.put("tuning", "adaptformer:dim=4");
            default -> {}
        }
        return new Training(options)
                .run(directory.resolve(folder), RunContext.silent())
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "supervised", "adaptformer"})
    void modelsAnswerAsTheyDid(String name) throws IOException {
        try (FineSslModel model = FineSslModel.load(directory.resolve(name))) {
            List<Prediction> before =
                    Prediction.read(directory.resolve(name).resolve("predictions.csv"), model.classes());
            assertThat(before).hasSize(4);
            for (Prediction each : before) {
                Classification now = model.classify(directory.resolve(each.image()));
                assertThat(now.label()).isEqualTo(model.classes().get(each.predicted()));
                assertThat(now.confidence()).isCloseTo(each.confidence(), within(1e-3));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "supervised", "adaptformer"})
    void finishedTrainingsAreFound(String name) throws IOException {
        assertThat(train(name, name).anew()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "supervised", "adaptformer"})
    void trainingsGoAsTheyDid(String name) throws IOException {
        RunRecord before = RunRecord.read(directory.resolve(name).resolve("run.json"));
        requireSame(train(name, "anew").record(), before);
    }

    @Test
    void anInterruptedTrainingGoesOn() throws IOException {
        FineTuner.Result trained = train("model", "interrupted");
        assertThat(trained.anew()).isTrue();
        requireSame(trained.record(), RunRecord.read(directory.resolve("model").resolve("run.json")));
    }

    /** As nearly as processors of another kind add up. */
    private static void requireSame(RunRecord now, RunRecord before) {
        assertThat(now.data().sha256()).isEqualTo(before.data().sha256());
        assertThat(now.curve()).hasSameSizeAs(before.curve());
        for (int i = 0; i < before.curve().size(); i++) {
            assertThat(now.curve().get(i).loss())
                    .isCloseTo(before.curve().get(i).loss(), within(1e-4));
        }
        assertThat(now.metrics().perClassAccuracy()).isEqualTo(before.metrics().perClassAccuracy());
    }
}
