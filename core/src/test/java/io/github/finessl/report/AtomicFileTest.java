package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path directory;

    @Test
    void ofAProcessThatEndsWhileItWritesNothingIsLeft() throws IOException {
        Path file = directory.resolve("file");
        AtomicFile.write(file, "old");
        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    out.write(1);
                    assertThat(directory.toFile().list()).hasSize(2);
                    AtomicFile.removeUnfinished();
                    assertThat(directory.toFile().list()).hasSize(1);
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
        assertThat(file).hasContent("old");
    }

    @Test
    void ofWhatCannotBeWrittenTheOldStays() throws IOException {
        Path file = directory.resolve("file");
        AtomicFile.write(file, "old");
        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    out.write(1);
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage(file + " cannot be written: No space left on device.");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(file).hasContent("old");
    }
}
