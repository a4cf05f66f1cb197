package io.github.finessl.studio.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.StudioException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The folder {@code models} and what people do to it. */
class ModelsTest {

    @TempDir
    Path root;

    private void write(String path, String text) throws IOException {
        Path file = root.resolve("models").resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private String next() {
        return TrainedModel.next(PhotoFolder.open(root));
    }

    @Test
    void aModelThatCannotBeReadIsSaidUntilItCan() throws IOException {
        write("001/model.json", "{\"format\":");
        Models models = new Models(PhotoFolder.open(root));
        AtomicInteger told = new AtomicInteger();
        models.onChange(told::incrementAndGet);
        assertThat(models.all()).isEmpty();
        assertThat(models.inUse()).isEmpty();
        assertThat(models.unreadable()).singleElement().satisfies(one -> {
            assertThat(one.number()).isEqualTo("001");
            assertThat(one.reason())
                    .isEqualTo("%s must be the record of a training, but is not there."
                            .formatted(root.toRealPath().resolve("models/001/run.json")));
        });
        assertThat(models.rescan()).isFalse();
        write("001/run.json", "null");
        assertThat(models.rescan()).isTrue();
        assertThat(told).hasValue(1);
        assertThat(models.unreadable())
                .singleElement()
                .satisfies(one -> assertThat(one.reason()).endsWith("but lacks parts of it."));
    }

    @ParameterizedTest
    @CsvSource({"999999, 001", "007.training.json, 008", "003/x, 004", "001 note, 001", "0000002/x, 001", "1000/x, 1001"
    })
    void theNextNumberIsBehindThoseOfModelsAndTrainings(String there, String next) throws IOException {
        write(there, "x");
        assertThat(next()).isEqualTo(next);
    }

    @Test
    void theNextNumberIsTakenByNoFile() throws IOException {
        write("001/x", "x");
        write("002", "x");
        assertThat(next()).isEqualTo("003");
        write("999999/x", "x");
        assertThatThrownBy(this::next)
                .isInstanceOf(StudioException.class)
                .hasMessage("%s must leave larger numbers for models to come, but has the model 999999: rename it."
                        .formatted(root.toRealPath().resolve("models")));
    }
}
