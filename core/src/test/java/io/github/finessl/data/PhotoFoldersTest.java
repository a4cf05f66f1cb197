package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class PhotoFoldersTest {

    @TempDir
    Path folder;

    private final Logger logger = (Logger) LoggerFactory.getLogger(PhotoFolders.class.getPackageName());
    private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();
    private Path root;
    private Path labelled;
    private Path unlabelled;
    private Path test;

    @BeforeEach
    void threeFolders() throws IOException {
        root = folder.resolve("내 사진");
        labelled = root.resolve("labelled");
        unlabelled = root.resolve("unlabelled");
        test = root.resolve("test");
        TestImages.write(
                root,
                "labelled/it's a \"dog\", big/1.jpg",
                "labelled/it's a \"dog\", big/2.jpg",
                "labelled/it's a \"dog\", big/deeper/3.png",
                "labelled/고양이/두 줄\n이름.jpg",
                "unlabelled/x.jpg",
                "unlabelled/2024/05/y z.png",
                "test/고양이/t.jpg");
        warnings.start();
        logger.addAppender(warnings);
    }

    @AfterEach
    void noMoreWarnings() {
        logger.detachAppender(warnings);
    }

    private DataSource open() {
        return PhotoFolders.open(labelled, Optional.of(unlabelled), Optional.of(test), 0);
    }

    private DataSource openLabelled(double share) {
        return PhotoFolders.open(labelled, Optional.empty(), Optional.empty(), share);
    }

    private void assertRefused(String message) {
        assertThatExceptionOfType(DataException.class).isThrownBy(this::open).withMessage(message);
    }

    @Test
    void labelledThenUnlabelledImages() {
        DataSource source = open();
        assertThat(source.name()).isEqualTo("내 사진");
        assertThat(source.kind()).isEqualTo(DataSource.Kind.PHOTOS);
        assertThat(source.bringsSplit()).isTrue();
        assertThat(source.classes()).containsExactly("it's a \"dog\", big", "고양이");
        assertThat(labels(source.train())).containsExactly(0, 0, 0, 1, -1, -1);
        assertThat(source.train().source(3)).endsWith("두 줄\n이름.jpg");
        assertThat(source.train().source(4)).endsWith("y z.png");
        assertThat(labels(source.test())).containsExactly(1);
        assertThat(source.skipped()).isEmpty();
        assertThat(source.train().image(4).width()).isEqualTo(24);
        Split split = Split.given(source.train());
        assertThat(split.labelled()).containsExactly(0, 1, 2, 3);
        assertThat(split.unlabelled()).containsExactly(4, 5);
        assertThat(warnings.list).isEmpty();
        assertThat(open().train().sha256())
                .as("from the index")
                .isEqualTo(source.train().sha256());
    }

    @Test
    void labelledImagesAlone() {
        DataSource source = openLabelled(0);
        assertThat(source.name()).isEqualTo("labelled");
        assertThat(source.train().size()).isEqualTo(4);
        assertThat(source.test().size()).isZero();
        assertThat(source.test().sha256()).hasSize(64);
        assertThat(Split.given(source.train()).unlabelled()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0.01, 1", "0.4, 1", "0.5, 2", "0.99, 2"})
    void aShareOfEveryClass(double share, int expected) {
        DataSource source = openLabelled(share);
        assertThat(labels(source.test()))
                .as("never the last one of a class")
                .hasSize(expected)
                .containsOnly(0);
        assertThat(source.train().size()).isEqualTo(4 - expected);
    }

    @Test
    void theShareDependsOnContentAlone() throws IOException {
        DataSource before = openLabelled(.4);
        Path dogs = labelled.resolve("it's a \"dog\", big");
        Files.move(dogs.resolve("1.jpg"), dogs.resolve("z.jpg"));
        Files.move(dogs.resolve("2.jpg"), dogs.resolve("deeper/a.jpg"));
        assertThat(openLabelled(.4).test().contentSha256(0))
                .isEqualTo(before.test().contentSha256(0));
        assertThat(before.test().contentSha256(0)).isLessThan(before.train().contentSha256(0));
        assertThat(before.test().contentSha256(0)).isLessThan(before.train().contentSha256(1));

        Path chosen = Path.of(openLabelled(.4).test().source(0));
        Files.copy(chosen, dogs.resolve("copy.jpg"));
        DataSource with = openLabelled(.4);
        assertThat(with.test().size()).as("copies stay together").isEqualTo(2);
        assertThat(with.test().contentSha256(1)).isEqualTo(with.test().contentSha256(0));
        assertThat(warnings.list).isEmpty();
    }

    @Test
    void aShareOfSingleImages() throws IOException {
        delete("labelled/it's a \"dog\", big/1.jpg", "labelled/it's a \"dog\", big/2.jpg");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> openLabelled(.2))
                .withMessage(
                        labelled
                                + " must have a class with two images or more for a share of them to be test images, but has none.");
    }

    @Test
    void testFolderAndShareTogether() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PhotoFolders.open(labelled, Optional.empty(), Optional.of(test), .2));
        assertThatIllegalArgumentException().isThrownBy(() -> openLabelled(1));
        assertThatIllegalArgumentException().isThrownBy(() -> openLabelled(Double.NaN));
    }

    @Test
    void whatCannotBeDecodedIsLeftOutAndNamed() throws IOException {
        Files.writeString(unlabelled.resolve("page.jpg"), "<html>404</html>");
        Files.writeString(unlabelled.resolve("phone.HEIC"), "0000ftypheic00000000");
        Files.createDirectory(unlabelled.resolve("x.png"));
        try (RandomAccessFile video =
                new RandomAccessFile(unlabelled.resolve("video.jpg").toFile(), "rw")) {
            video.setLength((1L << 30) + 1); // a hole, no bytes on disk
        }
        Files.write(unlabelled.resolve("moving.gif"), PhotoBytes.write(PhotoBytes.stored(1), "gif"));
        TestImages.cut(labelled.resolve("it's a \"dog\", big/1.jpg"), .6);
        TestImages.cut(labelled.resolve("it's a \"dog\", big/2.jpg"), 0);
        for (int time = 0; time < 2; time++) {
            DataSource source = open();
            assertThat(source.skipped())
                    .extracting(image ->
                            root.relativize(Path.of(image.source())) + " " + image.label() + " " + image.reason())
                    .containsExactly(
                            "labelled/it's a \"dog\", big/1.jpg 0 ends before its image does",
                            "labelled/it's a \"dog\", big/2.jpg 0 is empty",
                            "unlabelled/page.jpg -1 is neither JPEG, PNG, WebP, GIF, BMP, TIFF nor PNM",
                            "unlabelled/phone.HEIC -1 is a HEIC photo, which cannot be decoded here: save it as JPEG",
                            "unlabelled/video.jpg -1 has more than a gigabyte");
            assertThat(labels(source.train())).containsExactly(0, 1, -1, -1, -1);
        }
        assertThat(warnings.list).as("the index was of use").isEmpty();
    }

    @Test
    void photosAreUprightWhereverTheyLie() throws IOException {
        byte[] turned = PhotoBytes.withOrientation(PhotoBytes.write(PhotoBytes.stored(6), "jpg"), 6);
        Files.write(unlabelled.resolve("a.jpg"), turned);
        assertThat(open().train().image(5).width()).isEqualTo(PhotoBytes.WIDTH);
    }

    @Test
    void aFolderIsMissing() {
        Path nowhere = root.resolve("nowhere");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> PhotoFolders.open(nowhere, Optional.empty(), Optional.empty(), 0))
                .withMessage(nowhere + " must be a folder with one folder for each class, but does not exist.");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> PhotoFolders.open(labelled, Optional.of(nowhere), Optional.empty(), 0))
                .withMessage(nowhere + " must be a folder of images, but does not exist.");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> PhotoFolders.open(labelled, Optional.empty(), Optional.of(nowhere), 0))
                .withMessage(nowhere + " must be a folder with one folder for each class, but does not exist.");
        Path file = unlabelled.resolve("x.jpg");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> PhotoFolders.open(labelled, Optional.of(file), Optional.empty(), 0))
                .withMessage(file + " must be a folder of images, but is a file.");
    }

    @Test
    void tooFewClasses() throws IOException {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> PhotoFolders.open(unlabelled, Optional.empty(), Optional.empty(), 0))
                .withMessage(unlabelled + " must have a folder for each of two classes or more, but has only '2024' and"
                        + " 1 images directly in it, the first is x.jpg.");
        Path empty = Files.createDirectory(root.resolve("empty"));
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> PhotoFolders.open(empty, Optional.empty(), Optional.empty(), 0))
                .withMessage(empty + " must have a folder for each of two classes or more, but has none.");
    }

    @Test
    void aClassWithoutImages() throws IOException {
        Path cow = Files.createDirectory(labelled.resolve("cow"));
        Files.writeString(cow.resolve("notes.txt"), "none yet");
        assertRefused(cow + " must have images that can be decoded, but has no images.");
        Path page = cow.resolve("page.jpg");
        Files.writeString(page, "<html>404</html>");
        Files.writeString(cow.resolve("pages.jpg"), "<html>404</html>");
        assertRefused(cow + " must have images that can be decoded, but has none among 2: " + page
                + " is neither JPEG, PNG, WebP, GIF, BMP, TIFF nor PNM.");
    }

    @Test
    void noUnlabelledOrTestImages() throws IOException {
        delete("unlabelled/x.jpg", "unlabelled/2024/05/y z.png");
        assertRefused(unlabelled + " must have images that can be decoded, but has no images.");
        TestImages.write(root, "unlabelled/x.jpg");
        delete("test/고양이/t.jpg");
        assertRefused(test + " must have images that can be decoded, but has no images.");
    }

    @Test
    void aClassInTestOnly() throws IOException {
        TestImages.write(root, "test/cow/1.jpg");
        assertRefused(test + " must have folders of the classes of " + labelled + " alone, but has [cow] besides.");
    }

    @Test
    void oneImageInTwoClasses() throws IOException {
        Path cat = labelled.resolve("고양이/copy.jpg");
        Path dog = labelled.resolve("it's a \"dog\", big/1.jpg");
        Files.copy(dog, cat);
        assertRefused(cat + " must be an image of one class, but " + dog + " has the same content.");
        Files.move(cat, dog.resolveSibling("copy.jpg"));
        assertThat(open().train().size()).as("twice in one class").isEqualTo(7);
    }

    @Test
    void oneFolderInsideOfAnother() throws IOException {
        unlabelled = labelled;
        assertRefused(labelled + " must be a folder of its own, but is the same as " + labelled + ".");
        unlabelled = root;
        assertRefused(labelled + " must be a folder of its own, but is inside of " + root + ".");
        unlabelled = labelled.resolve("고양이");
        assertRefused(unlabelled + " must be a folder of its own, but is inside of " + labelled + ".");
        unlabelled = Files.createSymbolicLink(folder.resolve("link"), labelled);
        assertRefused(labelled + " must be a folder of its own, but is the same as " + unlabelled + ".");
    }

    @Test
    void warnsOnceOfImagesBesideTheClasses() throws IOException {
        TestImages.write(root, "labelled/loose 1.jpg", "labelled/loose 2.jpg");
        assertThat(labels(open().train())).containsExactly(0, 0, 0, 1, -1, -1);
        assertThat(warnings.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("2 images lie in " + labelled
                        + " beside the folders of the classes and are not used; the first is loose 1.jpg");
    }

    @Test
    void warnsOfTestImagesThatAreLabelledOnes() throws IOException {
        Path dog = labelled.resolve("it's a \"dog\", big/2.jpg");
        Path copy = test.resolve("고양이/same.jpg");
        Files.copy(dog, copy);
        assertThat(open().test().size()).isEqualTo(2);
        assertThat(warnings.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("1 test images are labelled images too, so that the test flatters; the first is "
                        + copy + ", which is " + dog);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unlabelled/x.jpg", "unlabelled/2024"})
    void whatMayNotBeRead(String path) throws IOException {
        assumeFalse(System.getProperty("user.name").equals("root"), "root reads everything");
        Path closed = root.resolve(path);
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        try {
            if (Files.isDirectory(closed)) {
                assertThatExceptionOfType(DataException.class)
                        .isThrownBy(this::open)
                        .withMessage(unlabelled + " cannot be listed: no permission for " + closed);
            } else {
                assertThat(open().skipped())
                        .singleElement()
                        .extracting(SkippedImage::reason)
                        .asString()
                        .startsWith("cannot be read");
            }
        } finally {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void linksInACircle() throws IOException {
        Path link = Files.createSymbolicLink(unlabelled.resolve("2024/link"), unlabelled);
        assertRefused(unlabelled + " cannot be listed: the links go in a circle at " + link);
    }

    @Test
    void foldersForAModel() throws IOException {
        List<String> classes = List.of("cow", "고양이");
        Dataset tested = PhotoFolders.test(test, classes);
        assertThat(labels(tested)).containsExactly(1);
        assertThat(tested.classes()).isEqualTo(classes);
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> PhotoFolders.test(test, List.of("cow", "dog")))
                .withMessage(test + " must have folders of the classes of the model alone, but has [고양이] besides.");
        assertThat(labels(PhotoFolders.unlabelled(root, classes))).hasSize(7).containsOnly(Dataset.UNKNOWN);
        Path empty = Files.createDirectory(root.resolve("empty"));
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> PhotoFolders.unlabelled(empty, classes))
                .withMessage(empty + " must have images that can be decoded, but has no images.");
    }

    private void delete(String... names) throws IOException {
        for (String name : names) {
            Files.delete(root.resolve(name));
        }
    }

    private static int[] labels(Dataset part) {
        return IntStream.range(0, part.size()).map(part::label).toArray();
    }
}
