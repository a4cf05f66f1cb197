package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Photos in a folder {@code none} beside those of the classes. */
class KnownStrangersTest {

    @TempDir
    Path root;

    @BeforeEach
    void photos() throws IOException {
        TestImages.write(
                root,
                "labelled/cat/1.jpg",
                "labelled/cat/2.jpg",
                "labelled/dog/3.jpg",
                "labelled/none/4.jpg",
                "labelled/none/5.jpg",
                "labelled/none/deeper/6.jpg",
                "unlabelled/7.jpg",
                "test/dog/8.jpg",
                "test/none/9.jpg");
    }

    private DataSource open(Optional<Path> test, double share) {
        return PhotoFolders.open(root.resolve("labelled"), Optional.of(root.resolve("unlabelled")), test, share);
    }

    private static List<Integer> labels(Dataset dataset) {
        return IntStream.range(0, dataset.size()).mapToObj(dataset::label).toList();
    }

    @Test
    void theyAreNoClassAndTakeNoPartInTraining() {
        DataSource source = open(Optional.of(root.resolve("test")), 0);
        assertThat(source.classes()).containsExactly("cat", "dog");
        assertThat(labels(source.train())).containsExactly(0, 0, 1, Dataset.UNKNOWN);
        assertThat(labels(source.test())).containsExactly(1);
        assertThat(labels(source.strangers().training()))
                .containsExactly(Dataset.STRANGER, Dataset.STRANGER, Dataset.STRANGER);
        assertThat(labels(source.strangers().test())).containsExactly(Dataset.STRANGER);
        assertThat(labels(PhotoFolders.test(root.resolve("test"), source.classes())))
                .containsExactly(1);
    }

    @Test
    void aShareOfThemIsTestedOn() {
        DataSource source = open(Optional.empty(), .4);
        assertThat(labels(source.test())).containsExactly(0);
        assertThat(source.strangers().training().size()).isEqualTo(2);
        assertThat(source.strangers().test().size()).isEqualTo(1);
    }

    @Test
    void aPhotoOfAClassIsNoStranger() throws IOException {
        Files.copy(root.resolve("labelled/cat/1.jpg"), root.resolve("labelled/none/copy.jpg"));
        assertThatThrownBy(() -> open(Optional.empty(), 0))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("must be an image of one class, but");
    }

    @Test
    void oneClassBesidesThemIsTooFew() throws IOException {
        Files.delete(root.resolve("labelled/dog/3.jpg"));
        Files.delete(root.resolve("labelled/dog"));
        assertThatThrownBy(() -> open(Optional.empty(), 0))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("but has only 'cat'");
    }

    @Test
    void theLabelNoneInATable() throws IOException {
        Path table = Files.writeString(root.resolve("labels.csv"), """
                image,label
                labelled/cat/1.jpg,cat
                labelled/dog/3.jpg,dog
                labelled/none/4.jpg,none
                """);
        DataSource source = PhotoFolders.labelledBy(table, Optional.of(root), Optional.empty(), 0);
        assertThat(source.classes()).containsExactly("cat", "dog");
        assertThat(source.strangers().training().source(0)).endsWith("4.jpg");
        assertThat(source.train().size()).isEqualTo(2 + 6);
    }

    @Test
    void labelledImagesAreHeldOutButNotTheLastOfAClass() {
        DataSource source = open(Optional.empty(), 0);
        Split split = Split.given(source.train()).holdOutLabelled(source.train(), 5);
        int cat = source.train().contentSha256(0).compareTo(source.train().contentSha256(1)) < 0 ? 0 : 1;
        assertThat(split.heldOut()).containsExactly(cat);
        assertThat(split.labelled()).containsExactly(1 - cat, 2);
        assertThat(split.unlabelled()).containsExactly(3);
    }
}
