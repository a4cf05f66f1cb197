package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.util.stream.Stream;
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
    void linksInACircleAreNotFollowed() throws IOException {
        Path link = Files.createSymbolicLink(unlabelled.resolve("2024/link"), unlabelled);
        Files.createSymbolicLink(unlabelled.resolve("itself.jpg"), unlabelled.resolve("itself.jpg"));
        DataSource source = open();
        assertThat(labels(source.train())).containsExactly(0, 0, 0, 1, -1, -1);
        assertThat(source.skipped()).extracting(SkippedImage::reason).containsExactly("is a link to nowhere");
        assertThat(warnings.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(link + " leads back to where it lies, and is not followed");
    }

    @Test
    void hiddenAndSystemFoldersAreNotLookedInto() throws IOException {
        List<String> before = sources(open());
        for (String part : List.of("labelled", "labelled/고양이", "unlabelled", "unlabelled/2024", "test")) {
            for (String hidden : List.of(
                    ".ipynb_checkpoints",
                    ".thumbnails",
                    ".Trash-1000/files",
                    "@eaDir/x.jpg",
                    "__MACOSX/deeper",
                    "#recycle",
                    "$RECYCLE.BIN/S-1",
                    "System Volume Information",
                    "lost+found")) {
                TestImages.write(root, part + "/" + hidden + "/no photo.jpg");
            }
            TestImages.write(root, part + "/.hidden.jpg", part + "/._x.jpg");
        }
        assertThat(sources(open())).isEqualTo(before);
        assertThat(labels(PhotoFolders.unlabelled(root, List.of("a", "b")))).hasSize(7);
        assertThat(labels(PhotoFolders.test(test, List.of("a", "고양이")))).hasSize(1);
        assertThat(warnings.list).isEmpty();
        Path named = Files.move(unlabelled, root.resolve(".mine"));
        assertThat(PhotoFolders.unlabelled(named, List.of("a", "b")).size())
                .as("a folder that the user names")
                .isEqualTo(2);
    }

    private static List<String> sources(DataSource source) {
        return Stream.of(source.train(), source.test())
                .flatMap(part -> IntStream.range(0, part.size()).mapToObj(part::source))
                .toList();
    }

    @Test
    void linksToNowhereAreNamed() throws IOException {
        Path nowhere = root.resolve("nowhere");
        for (String link : List.of("labelled/고양이/gone.jpg", "unlabelled/gone.png", "unlabelled/folder", "test/고양이/t")) {
            Files.createSymbolicLink(root.resolve(link), nowhere);
        }
        for (int time = 0; time < 2; time++) {
            DataSource source = open();
            assertThat(labels(source.train())).containsExactly(0, 0, 0, 1, -1, -1);
            assertThat(source.skipped())
                    .extracting(image ->
                            root.relativize(Path.of(image.source())) + " " + image.reason() + " " + image.missing())
                    .containsExactly(
                            "labelled/고양이/gone.jpg is a link to nowhere false",
                            "unlabelled/folder is a link to nowhere false",
                            "unlabelled/gone.png is a link to nowhere false",
                            "test/고양이/t is a link to nowhere false");
        }
        assertThat(PhotoFolders.test(test, List.of("고양이")).skipped()).hasSize(1);
    }

    @Test
    void aClassOfLinksToNowhere() throws IOException {
        Path ship = Files.createSymbolicLink(labelled.resolve("ship"), root.resolve("nowhere"));
        assertRefused(ship + " must be the folder of a class, but is a link to nowhere.");
        Files.delete(ship);
        Files.createDirectory(ship);
        Path photo = Files.createSymbolicLink(ship.resolve("1.jpg"), root.resolve("nowhere"));
        assertRefused(ship + " must have images that can be decoded, but has none among 1: " + photo
                + " is a link to nowhere.");
    }

    @Test
    void aClassInBothFormsOfUnicode() throws IOException {
        String composed = "caf\u00e9";
        String decomposed = "cafe\u0301";
        TestImages.write(root, "labelled/" + composed + "/1.jpg", "labelled/" + decomposed + "/2.jpg");
        TestImages.write(root, "test/" + decomposed + "/3.jpg");
        DataSource source = open();
        assertThat(source.classes()).containsExactly(composed, "it's a \"dog\", big", "고양이");
        assertThat(labels(source.train())).containsExactly(0, 0, 1, 1, 1, 2, -1, -1);
        assertThat(labels(source.test())).containsExactly(0, 2);
        assertThat(labels(PhotoFolders.test(test, List.of("고양이", decomposed))))
                .as("a model that was trained where names are kept as they are")
                .containsExactly(0, 1);
    }

    @Test
    void classNamesOfMoreThanALine() throws IOException {
        TestImages.write(root, "labelled/two\nlines/1.jpg");
        assertRefused(labelled.resolve("two\nlines")
                + " must give a class a name of one line without control characters, but it is 'two\\u000alines'.");
        Files.move(labelled.resolve("two\nlines"), labelled.resolve("\u001b[31mred"));
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(this::open)
                .withMessageEndingWith("but it is '\\u001b[31mred'.");
    }

    @Test
    void aClassFolderWhoseNameIsNoText() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "sh", "-c", "mkdir \"$(printf 'caf\\351')\" && cp */*.jpg \"$(printf 'caf\\351')\"")
                .directory(labelled.toFile())
                .start();
        assumeTrue(process.waitFor() == 0, "a file system that takes UTF-8 alone");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(this::open)
                .withMessage(
                        labelled.resolve("caf\ufffd") + " must have a name in UTF-8 to be the folder of a class, but"
                                + " its name is caf%E9 (other bytes as %xx): rename it.");
        Path moved = folder.resolve("photos");
        assertThat(new ProcessBuilder("sh", "-c", "mkdir \"$0\" && mv caf* \"$0\"", moved.toString())
                        .directory(labelled.toFile())
                        .start()
                        .waitFor())
                .isZero();
        Dataset found = PhotoFolders.unlabelled(moved, List.of("a", "b"));
        assertThat(found.skipped()).isEmpty();
        assertThat(found.size()).as("of photos any name will do").isEqualTo(3);
        assertThat(found.image(0).width()).isEqualTo(24);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "train/dog train/cat val/dog val/cat|The classes found in % are train, val, which is what parts of a data set"
                        + " are called; did you mean %/train as the labelled folder, %/val to test on?",
                "labelled/a unlabelled test/a|The classes found in % are labelled, test, unlabelled, which is what parts of a"
                        + " data set are called; did you mean %/labelled as the labelled folder, %/unlabelled as the"
                        + " unlabelled one, %/test to test on?",
                "Test/a Valid/a|The classes found in % are Test, Valid, which is what parts of a data set are called",
                "cat/train cat/val dog/train dog/val|Every class in % is divided into train, val, and the photos of all of"
                        + " these count as labelled ones; to test on some, move them to a folder of their own with a folder"
                        + " for each class",
                "camera1/cat camera1/dog camera2/cat camera2/dog|Every folder in % holds the same folders, cat, dog, and no"
                        + " photos beside them; if those are the classes, did you mean %/camera1 as the labelled folder?",
                "train bus tram|",
                "cat/2023 cat/2024 dog/2024|",
                "cat/near cat dog/near dog|",
                "cat/near dog/near|"
            })
    void warnsOfAFolderThatIsOneLevelTooHigh(String folders, String warning) throws IOException {
        Path photos = folder.resolve("photos");
        for (String each : folders.split(" ", -1)) {
            TestImages.write(photos, each + "/1.jpg");
        }
        PhotoFolders.open(photos, Optional.empty(), Optional.empty(), 0);
        assertThat(warnings.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .isEqualTo(warning == null ? List.of() : List.of(warning.replace("%", photos.toString())));
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
        Files.writeString(empty.resolve("1.jpg"), "no photo");
        Files.writeString(empty.resolve("2.jpg"), "no photo");
        Dataset unreadable = PhotoFolders.unlabelled(empty, classes);
        assertThat(unreadable.size()).isZero();
        assertThat(unreadable.skipped()).as("each can be named").hasSize(2);
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
