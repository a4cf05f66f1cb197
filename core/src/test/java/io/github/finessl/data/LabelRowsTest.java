package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelRowsTest {

    @TempDir
    Path root;

    private LabelRows rows(String text) throws IOException {
        return LabelRows.read(Files.writeString(root.resolve("labels.csv"), text), Optional.of(photos()));
    }

    private Path photos() {
        return root.resolve("photos");
    }

    private Path photo(String name) {
        return photos().resolve(name);
    }

    @Test
    void whatIsNotRelabelledStaysAsItIsWritten() throws IOException {
        String text = "\ufeffwho, label ,image,\"a \"\"note\"\"\"\r\n"
                + "kim,cat,a.jpg,\" x, y\"\r\n\r\n"
                + "lee, dog , b.jpg ,\r\n"
                + "\"two\nlines\",,\"c,d.jpg\",1";
        LabelRows rows = rows(text);
        assertThat(rows.text()).isEqualTo(text);
        assertThat(rows.label(photo("b.jpg"))).isEqualTo("dog");
        assertThat(rows.label(photo("c,d.jpg"))).isEmpty();
        LabelRows changed = rows.with(Map.of(photo("c,d.jpg"), "새, big"));
        assertThat(changed.text()).isEqualTo(text.replace("lines\",,", "lines\",\"새, big\","));
        assertThat(changed.with(Map.of(photo("e.jpg"), "dog")).text())
                .isEqualTo(changed.text() + "\r\n\"\",dog,e.jpg,\r\n");
        assertThat(rows.with(Map.of(photo("a.jpg"), "")).text()).isEqualTo(text.replace("kim,cat,", "kim,,"));
        assertThat(rows.text()).isEqualTo(text);
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Files.createDirectories(photos());
        Files.writeString(root.resolve("same.jpg"), "beside the table");
        Map<Path, String> labels = Map.of(
                photo("same.jpg"), "a",
                photo(" blank.jpg"), "b",
                photo("deep/\"q\", r.jpg"), "c\"d\"",
                root.resolve("outside.jpg"), "none",
                photo("한글/é.jpg"), "고양이");
        LabelRows none = LabelRows.none(root.resolve("labels.csv"), Optional.of(photos()));
        LabelRows read = rows(none.with(labels).text());
        assertThat(read.rows()).hasSize(labels.size());
        labels.forEach((photo, label) -> assertThat(read.label(photo)).isEqualTo(label));
        assertThat(read.text()).startsWith("image,label\r\n").contains("./ blank.jpg,b\r\n", photo("same.jpg") + ",a");
    }

    @Test
    void aFileOfHeaderAloneGrows() throws IOException {
        assertThat(rows("label,image").with(Map.of(photo("a.jpg"), "x")).text()).isEqualTo("label,image\nx,a.jpg\n");
    }

    @Test
    void otherBytesThanUtf8AreRefused() throws IOException {
        Path file = Files.write(
                root.resolve("labels.csv"), "image,label\na.jpg,Käse\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> LabelRows.read(file, Optional.empty()))
                .isInstanceOf(DataException.class)
                .hasMessage(file + " must be a CSV file in UTF-8, but has other bytes.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "image,label%na.jpg,cat%nb.jpg,\"dog\" big%n| 3",
                "image,label%na.jpg,\"cat%nb.jpg,dog%n| 2",
                "image,label%n%n%na.jpg,\"two%nlines\"%nb.jpg,\"| 6",
                "image,\"label\" x%na.jpg,cat%n| 1",
            })
    void aQuoteThatDoesNotEndIsSaidByItsLine(String text, int line) throws IOException {
        assertThatThrownBy(() -> rows(text.formatted()))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "%s must be a CSV file, in which a value that begins with a quote ends with one before a comma or the end of a line, but the row from line %d on has one that does not."
                                .formatted(root.resolve("labels.csv"), line));
    }

    @Test
    void aColumnHasANameOfItsOwn() throws IOException {
        assertThatThrownBy(() -> rows("image,label,image\na.jpg,cat,x\n"))
                .hasMessage(root.resolve("labels.csv")
                        + " must begin with a line that gives each column a name of its own, but does not.");
    }

    @Test
    void aPhotoIsNamedOnce() {
        assertThatThrownBy(() -> rows("image,label\na.jpg,x\n./a.jpg,y\n")).hasMessageContaining("twice");
    }
}
