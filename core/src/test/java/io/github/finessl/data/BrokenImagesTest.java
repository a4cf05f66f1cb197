package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokenImagesTest {

    @TempDir
    Path folder;

    private final String cacheBefore = System.getProperty("finessl.cache");
    private Path root;
    private Path cache;

    @BeforeEach
    void twoClasses() throws IOException {
        root = folder.resolve("set");
        cache = folder.resolve("cache");
        System.setProperty("finessl.cache", cache.toString());
        TestImages.write(
                root,
                "train/a/1.jpg",
                "train/a/2.jpg",
                "train/a/3.png",
                "train/a/4, with commas.jpg",
                "train/b/1.jpg",
                "train/b/2.jpg",
                "test/a/1.jpg",
                "test/a/2.png",
                "test/b/1.png");
    }

    @AfterEach
    void cacheAsBefore() {
        if (cacheBefore == null) {
            System.clearProperty("finessl.cache");
        } else {
            System.setProperty("finessl.cache", cacheBefore);
        }
    }

    private DataSource open() {
        return Datasets.open(root.toString(), root);
    }

    @Test
    void theIdentityIsThatOfTheBytes() throws IOException {
        ContentHash expected = new ContentHash(List.of("a", "b"));
        for (String file : List.of("a/1.jpg", "a/2.jpg", "a/3.png", "a/4, with commas.jpg", "b/1.jpg", "b/2.jpg")) {
            expected.image(file.startsWith("a") ? 0 : 1, Files.readAllBytes(root.resolve("train/" + file)));
        }
        String hex = expected.hex();
        assertThat(open().train().sha256()).isEqualTo(hex);
        assertThat(open().train().sha256()).as("from the index").isEqualTo(hex);
    }

    @Test
    void brokenImagesAreLeftOutAndNamed() throws IOException {
        TestImages.cut(root.resolve("train/a/1.jpg"), 0.6);
        TestImages.cut(root.resolve("train/a/2.jpg"), 0);
        TestImages.cut(root.resolve("train/a/3.png"), 0.6);
        Files.writeString(root.resolve("train/b/1.jpg"), "<html>404</html>");
        TestImages.cut(root.resolve("test/a/2.png"), 0.6);
        for (int time = 0; time < 2; time++) {
            DataSource source = open();
            assertThat(source.train().size()).isEqualTo(2);
            assertThat(source.train().label(1)).isEqualTo(1);
            assertThat(source.train().source(1)).endsWith("2.jpg");
            assertThat(source.test().size()).isEqualTo(2);
            assertThat(source.skipped())
                    .containsExactly(
                            skipped("train/a/1.jpg", 0, "ends before its image does"),
                            skipped("train/a/2.jpg", 0, "is empty"),
                            skipped("train/a/3.png", 0, "is not an image that OpenCV can decode"),
                            skipped("train/b/1.jpg", 1, "is not an image that OpenCV can decode"),
                            skipped("test/a/2.png", 0, "is not an image that OpenCV can decode"));
        }
    }

    private SkippedImage skipped(String file, int label, String reason) {
        return new SkippedImage(root.resolve(file).toString(), label, reason, false);
    }

    @Test
    void aClassOfNothingButBrokenImages() throws IOException {
        TestImages.cut(root.resolve("train/b/1.jpg"), 0.6);
        TestImages.cut(root.resolve("train/b/2.jpg"), 0.6);
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(this::open)
                .withMessage("set/train must have images of every class, but has none of 'b' (2 cannot be read).");
        assertThat(Datasets.inspect(root.toString(), root, false).train().size())
                .isEqualTo(4);
    }

    @Test
    void whatIsKnownIsNotReadAgain() throws IOException {
        String before = open().train().sha256();
        Path known = root.resolve("train/a/1.jpg");
        FileTime time = Files.getLastModifiedTime(known);
        Files.write(known, new byte[(int) Files.size(known)]);
        Files.setLastModifiedTime(known, time);
        assertThat(open().train().sha256()).isEqualTo(before);

        Files.setLastModifiedTime(known, FileTime.fromMillis(time.toMillis() + 10));
        assertThat(open().train().size()).as("changed").isEqualTo(5);
        Files.delete(known);
        assertThat(open().skipped()).as("gone").isEmpty();
        TestImages.write(root, "train/a/1.jpg");
        assertThat(open().train().sha256()).as("as it was").isEqualTo(before);
    }

    @Test
    void anIndexThatIsDamagedOrCannotBeWrittenIsDoneWithout() throws IOException {
        String before = open().train().sha256();
        try (Stream<Path> files = Files.list(cache)) {
            for (Path file : files.toList()) {
                Files.writeString(file, Files.readString(file) + "half a li");
            }
        }
        assertThat(open().train().sha256()).isEqualTo(before);

        System.setProperty("finessl.cache", root.resolve("train/a/1.jpg").toString());
        assertThat(open().train().sha256()).isEqualTo(before);
    }

    @Test
    void copiesAreKnownByTheirContent() throws IOException {
        Files.copy(root.resolve("train/a/1.jpg"), root.resolve("test/b/copy.jpg"));
        DataSource source = open();
        assertThat(source.test().contentSha256(3)).isEqualTo(source.train().contentSha256(0));
        assertThat(source.test().contentSha256(0)).isNotEqualTo(source.train().contentSha256(0));
    }
}
