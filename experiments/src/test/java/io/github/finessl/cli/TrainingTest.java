package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.FineTuner;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Training;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings as other programs start them. */
class TrainingTest {
    @TempDir
    Path directory;

    /** A training of six steps over these photos that is stopped when it asks for the n-th time. */
    private Optional<FineTuner.Result> train(TestPhotos photos, int[] asked, int stopAt, String... more)
            throws IOException {
        Map<String, String> options = new HashMap<>(Map.of(
                "labelled", photos.labelled().toString(),
                "unlabelled", photos.unlabelled().toString(),
                "encoder", "core/src/test/resources/onnx/timm_vit_op17.onnx",
                "steps", "6",
                "prompts", "3"));
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        PrintStream silent = new PrintStream(OutputStream.nullOutputStream());
        RunContext context = new RunContext(silent, false, () -> ++asked[0] == stopAt);
        return new Training(options).run(directory.resolve("model"), context);
    }

    @Test
    void batchesAreNoLargerThanTheData() throws IOException {
        TestPhotos photos = TestPhotos.in(directory.resolve("photos"), 32);
        Map<String, String> used =
                train(photos, new int[1], 0).orElseThrow().record().configuration();
        assertThat(used).containsEntry("batch", "6").containsEntry("mu", "1").containsEntry("headStart", "pile");
        Map<String, String> given = train(photos, new int[1], 0, "batch", "2", "rerun", "true")
                .orElseThrow()
                .record()
                .configuration();
        assertThat(given).containsEntry("batch", "2").containsEntry("mu", "4");
    }

    @Test
    void aRerunThatIsStoppedGoesOn() throws IOException {
        TestPhotos photos = TestPhotos.in(directory.resolve("photos"), 32);
        assertThat(train(photos, new int[1], 0)).isPresent();
        assertThat(train(photos, new int[1], 4, "rerun", "true")).isEmpty();
        int[] asked = {0};
        FineTuner.Result trained = train(photos, asked, 0, "rerun", "true").orElseThrow();
        assertThat(trained.anew()).isTrue();
        int unlabelled = trained.split().unlabelled().length;
        assertThat(asked[0] - unlabelled)
                .as("steps that were left to do, but for the last")
                .isEqualTo(1);
    }

    @Test
    void aNameThatNoOptionHasIsSaid() {
        assertThatExceptionOfType(OptionException.class)
                .isThrownBy(() -> new Training(Map.of("labeled", "photos")))
                .withMessage("There is no option labeled; did you mean labelled?");
    }
}
