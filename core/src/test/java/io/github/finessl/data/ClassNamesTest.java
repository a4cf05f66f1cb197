package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.augment.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wherever a class gets its name, the name is of one line, or nothing is trained. */
class ClassNamesTest {

    @TempDir
    private Path root;

    @Test
    void ofATable() throws IOException {
        TestImages.write(root, "1.jpg", "2.jpg");
        Path table = Files.writeString(root.resolve("labels.csv"), "image,label\n1.jpg,\"two\nlines\"\n2.jpg,dog\n");
        assertThatThrownBy(() -> PhotoFolders.labelledBy(table, Optional.empty(), Optional.empty(), 0))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        table
                                + " must give a class a name of one line without control characters, but it is 'two\\u000alines'.");
    }

    @Test
    void ofAList() throws IOException {
        Path names = Files.writeString(root.resolve("classes.txt"), "cat\ndo\tg\n");
        assertThatThrownBy(() -> ClassNames.listed(names, Files.readAllLines(names)))
                .isInstanceOf(DataException.class)
                .hasMessage(names
                        + " must give a class a name of one line without control characters, but it is 'do\\u0009g'.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"two\nlines", "\u001b[31mred", "\u2028", " ", ""})
    void inMemory(String name) {
        RgbImage image = new RgbImage(1, 1, new byte[3]);
        Dataset part = new MemoryImages("pets", List.of("cat", name), List.of(image, image), List.of(0, 1));
        assertThatThrownBy(() -> new DataSource("pets", part, part))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        "pets must give a class a name of one line without control characters, but it is '");
    }
}
