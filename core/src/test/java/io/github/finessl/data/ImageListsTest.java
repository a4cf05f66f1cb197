package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageListsTest {

    @TempDir
    Path root;

    @BeforeEach
    void lists() throws IOException {
        TestImages.write(root, "in/my bird.jpg", "in/2.jpg", "u/3.jpg", "u/4.jpg", "test/1.jpg");
        Files.writeString(root.resolve("classes.txt"), "tern\ngull\n");
        Files.writeString(root.resolve("train.txt"), "in/my bird.jpg 1\nin/2.jpg 0\nu/3.jpg -1\nu/4.jpg -1\n");
        Files.writeString(root.resolve("test.txt"), "test/1.jpg 1\n");
    }

    @Test
    void readsPathsAndLabels() {
        DataSource source = Datasets.open(root.toString(), root);
        assertThat(source.classes()).containsExactly("tern", "gull");
        assertThat(source.train().source(0))
                .isEqualTo(root.resolve("in/my bird.jpg").toString());
        assertThat(source.train().label(0)).isEqualTo(1);
        assertThat(source.train().label(3)).isEqualTo(Dataset.UNKNOWN);
        assertThat(source.bringsSplit()).isTrue();
        assertThat(source.kind()).isEqualTo(DataSource.Kind.LISTS);
        Split split = Split.given(source.train());
        assertThat(split.labelled()).containsExactly(1, 0);
        assertThat(split.unlabelled()).containsExactly(2, 3);
    }

    @Test
    void filesThatAreMissingAreCounted() throws IOException {
        Files.delete(root.resolve("u/3.jpg"));
        Files.delete(root.resolve("u/4.jpg"));
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(root.toString(), root))
                .withMessage(
                        "%s lists 2 images that do not exist, the first is %s.",
                        root.getFileName(), root.resolve("u/3.jpg"));
    }

    @ParameterizedTest
    @CsvSource({
        "train.txt, in/2.jpg 2, must have lines of a path and a label from -1 to 1",
        "train.txt, in/2.jpg, must have lines of a path and a label",
        "test.txt, test/1.jpg -1, must have lines of a path and a label from 0 to 1",
        "test.txt, in/../u/3.jpg 0, must not share images with train.txt",
        "train.txt, in/2.jpg 0, must list an image once",
    })
    void refusesLine(String list, String line, String message) throws IOException {
        Files.writeString(root.resolve(list), Files.readString(root.resolve(list)) + line + "\n");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(root.toString(), root))
                .withMessageStartingWith(root.resolve(list) + " " + message);
    }

    @Test
    void byteOrderMarksLineEndsAndQuotesAreNoPartOfNames() throws IOException {
        DataSource before = Datasets.open(root.toString(), root);
        Files.writeString(root.resolve("classes.txt"), "\ufefftern\r\ngull\r\n");
        Files.writeString(
                root.resolve("train.txt"), "\ufeff\"in/my bird.jpg\" 1\r\nin/2.jpg 0\r\nu/3.jpg -1\r\nu/4.jpg -1\r\n");
        DataSource source = Datasets.open(root.toString(), root);
        assertThat(source.classes()).containsExactly("tern", "gull");
        assertThat(source.train().sha256()).isEqualTo(before.train().sha256());
    }

    @Test
    void classNamesAreOneLineEachAndComposed() throws IOException {
        Files.writeString(root.resolve("classes.txt"), "tern\ncafe\u0301\n");
        assertThat(Datasets.open(root.toString(), root).classes()).containsExactly("tern", "caf\u00e9");
        Files.writeString(root.resolve("classes.txt"), "caf\u00e9\ncafe\u0301\n");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(root.toString(), root))
                .withMessage("%s must name each class once, but has 'caf\u00e9' twice.", root.resolve("classes.txt"));
        Files.writeString(root.resolve("classes.txt"), "tern\n\u001b[31mgull\n");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(root.toString(), root))
                .withMessageStartingWith(root.resolve("classes.txt") + " must give a class a name of one line");
    }

    @Test
    void aPathThatCannotBeAny() throws IOException {
        Files.writeString(root.resolve("train.txt"), "in/\0.jpg 1\n");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(root.toString(), root))
                .withMessageStartingWith(root.resolve("train.txt") + " must list paths");
    }
}
