package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.finessl.experiments.run.Exit;
import io.github.finessl.report.RunRecord;
import io.github.finessl.serve.ModelFolder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a new user gets wrong: one sentence each, an exit code, and nothing lost. */
class BadInputTest {
    private static final Path ENCODER = Path.of("core/src/test/resources/onnx/timm_vit_op17.onnx");

    @TempDir
    Path directory;

    private final Console console = new Console();
    private TestPhotos photos;
    private Path model;

    @BeforeEach
    void takePhotos() throws IOException {
        photos = TestPhotos.in(directory.resolve("photos"), 32);
        model = directory.resolve("model");
    }

    private Exit train(Object... more) {
        List<Object> command = new ArrayList<>(List.of(
                "train",
                "--labelled",
                photos.labelled(),
                "--unlabelled",
                photos.unlabelled(),
                "--steps=2",
                "--prompts=3"));
        if (List.of(more).stream().noneMatch(each -> each.toString().startsWith("--tuning"))) {
            command.add("--tuning=vpt-deep");
        }
        if (!List.of(more).contains("--out")) {
            command.addAll(List.of("--out", model));
        }
        if (!List.of(more).contains("--encoder")) {
            command.addAll(List.of("--encoder", ENCODER));
        }
        command.addAll(List.of(more));
        return console.run(command.toArray());
    }

    /** One sentence on standard error (log lines aside) that has all of these in it. */
    private void assertSentence(Exit found, Exit expected, Object... parts) {
        assertThat(found).as(console.err()).isEqualTo(expected);
        assertThat(console.err().strip().lines()).as(console.err()).hasSize(1);
        for (Object part : parts) {
            assertThat(console.err()).contains(part.toString());
        }
    }

    @Test
    void anEmptyClass() throws IOException {
        Path empty = Files.createDirectory(photos.of("green one"));
        assertSentence(train(), Exit.BAD_FILE, "green one");
        Files.writeString(empty.resolve("a.jpg"), "no photo");
        assertSentence(train(), Exit.BAD_FILE, "green one");
    }

    @Test
    void aClassInTestAlone() throws IOException {
        photos.write(photos.test().resolve("stranger").resolve("1.png"), 0, 1);
        assertSentence(train("--test", photos.test()), Exit.BAD_FILE, "stranger", photos.test());
    }

    @Test
    void foldersThatAreMissing() {
        assertSentence(
                console.run("train", "--labelled", directory.resolve("none"), "--out", model, "--encoder", ENCODER),
                Exit.BAD_FILE,
                directory.resolve("none"));
        assertSentence(
                console.run(
                        "train",
                        "--labelled",
                        photos.labelled(),
                        "--unlabelled",
                        directory.resolve("none"),
                        "--out",
                        model,
                        "--encoder",
                        ENCODER),
                Exit.BAD_FILE,
                directory.resolve("none"));
    }

    /** Of the commands that have flags of the same names as those of a training, with values of other types. */
    @Test
    void foldersThatOtherCommandsMiss() throws IOException {
        Path none = directory.resolve("none");
        Path csv = directory.resolve("labels.csv");
        assertSentence(console.run("evaluate", none, "--test", photos.test()), Exit.BAD_FILE, none);
        assertSentence(
                console.run("pseudo-label", none, "--unlabelled", photos.unlabelled(), "--out", csv),
                Exit.BAD_FILE,
                none);
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        assertSentence(console.run("evaluate", model, "--test", none), Exit.BAD_FILE, none);
        assertSentence(
                console.run("evaluate", model, "--test", photos.test(), "--predictions", photos.test()),
                Exit.BAD_FILE,
                photos.test() + " cannot be written");
        assertSentence(console.run("pseudo-label", model, "--unlabelled", none, "--out", csv), Exit.BAD_FILE, none);
        assertThat(csv).doesNotExist();
        assertSentence(console.run("export", model, "--onnx", photos.test()), Exit.BAD_FILE, photos.test());
    }

    @Test
    void noUnlabelledPhotos() {
        assertSentence(
                console.run("train", "--labelled", photos.labelled(), "--out", model, "--encoder", ENCODER),
                Exit.BAD_OPTION,
                "--unlabelled",
                "--method=supervised");
        assertThat(console.run(
                        "train",
                        "--labelled",
                        photos.labelled(),
                        "--out",
                        model,
                        "--encoder",
                        ENCODER,
                        "--method=supervised",
                        "--steps=2"))
                .as(console.err())
                .isEqualTo(Exit.OK);
    }

    @Test
    void anImageInTwoClasses() throws IOException {
        Path first = photos.of("red one").resolve("same.png");
        photos.write(first, 1, 77);
        Files.copy(first, photos.of("초록").resolve("again.png"));
        assertSentence(train(), Exit.BAD_FILE, "same.png", "again.png");
    }

    @Test
    void photosThatCannotBeReadAreLeftOutAndNamed() throws IOException {
        byte[] whole = Files.readAllBytes(photos.unlabelled().resolve("deeper 0/0.png"));
        Path half = photos.unlabelled().resolve("half.png");
        Files.write(half, java.util.Arrays.copyOf(whole, whole.length / 2));
        Files.writeString(photos.of("red one").resolve("text.jpg"), "no photo");
        Files.createFile(photos.unlabelled().resolve("empty.webp"));
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        assertThat(console.out()).contains("3 images", "cannot be read", "text.jpg");

        assertThat(console.run("predict", model, half, photos.unlabelled().resolve("deeper 0/0.png"), "--csv"))
                .isEqualTo(Exit.BAD_FILE);
        assertThat(console.err()).contains("half.png");
        assertThat(console.out().lines())
                .as("the other is answered all the same")
                .hasSize(2);
    }

    @Test
    void unreadablePhotosAreToldByReasonAndListed() throws IOException {
        Files.createFile(photos.of("red one").resolve("zero.jpg"));
        Files.createFile(photos.unlabelled().resolve("zero \"2\".jpg"));
        Files.writeString(photos.unlabelled().resolve("text.jpg"), "no photo");
        Files.createSymbolicLink(photos.unlabelled().resolve("gone.jpg"), directory.resolve("nowhere"));
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        Path list = model.resolve("unreadable.csv");
        assertThat(console.out())
                .contains("4 images of photos cannot be read and are left out:")
                .containsPattern("\n +2  .*zero.jpg is empty, for one\n")
                .containsPattern("\n +1  .*text.jpg is neither JPEG")
                .containsPattern("\n +1  .*gone.jpg is a link to nowhere\n")
                .containsOnlyOnce(list + " names them all")
                .doesNotContain("CheckData");
        assertThat(list)
                .content()
                .hasLineCount(5)
                .startsWith("image,reason\n" + photos.of("red one").resolve("zero.jpg") + ",is empty\n")
                .contains("zero \"\"2\"\".jpg\",is empty\n");
        RunRecord record = RunRecord.read(model.resolve("run.json"));
        assertThat(record.data().unreadable()).containsEntry("is empty", 2).containsEntry("is a link to nowhere", 1);
        assertThat(record.metrics().more()).containsEntry("skippedImages", 4.0);
        assertThat(Files.readString(model.resolve("report.html")))
                .contains("4\u00a0files could not be read", "href=\"unreadable.csv\"", "is a link to nowhere");
        for (String bad : List.of("zero \"2\".jpg", "text.jpg", "gone.jpg")) {
            Files.delete(photos.unlabelled().resolve(bad));
        }
        Files.delete(photos.of("red one").resolve("zero.jpg"));
        assertThat(train("--rerun")).as(console.err()).isEqualTo(Exit.OK);
        assertThat(list).doesNotExist();
        assertThat(RunRecord.read(model.resolve("run.json")).data().unreadable())
                .isNull();
    }

    @Test
    void oneUnusableInputKeepsTheOthersFromNoAnswers() throws IOException {
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        Path good = photos.unlabelled().resolve("deeper 0");
        Path unreadable = Files.createDirectory(directory.resolve("unreadable"));
        for (String bad : List.of("1.jpg", "2.jpg", "3.png")) {
            Files.writeString(unreadable.resolve(bad), "no photo");
        }
        Files.createSymbolicLink(unreadable.resolve("4.jpg"), directory.resolve("nowhere"));
        Path empty = Files.createDirectory(directory.resolve("empty"));
        Path none = directory.resolve("none.jpg");
        assertThat(console.run("predict", model, unreadable, empty, none, good, "--csv"))
                .isEqualTo(Exit.BAD_FILE);
        assertThat(console.out().lines()).hasSize(1 + 3);
        assertThat(console.err().lines()).hasSize(6);
        assertThat(console.err())
                .contains("1.jpg is neither", "2.jpg is neither", "3.png is neither", "4.jpg is a link to nowhere")
                .contains(empty + " must have images that can be decoded, but has no images.")
                .contains(none + " must be a file, but does not exist.");
        assertThat(console.run("predict", model, unreadable, "--json")).isEqualTo(Exit.BAD_FILE);
        assertThat(console.out().strip()).isEqualTo("[ ]");
        assertThat(console.err().lines()).hasSize(4);

        Path csv = directory.resolve("labels.csv");
        assertThat(console.run("pseudo-label", model, "--unlabelled", unreadable, "--out", csv))
                .isEqualTo(Exit.BAD_FILE);
        assertThat(console.err().lines()).hasSize(5);
        assertThat(console.err()).contains("2.jpg is neither", unreadable + " must have photos that can be read");
        assertThat(csv).doesNotExist();
        Path test = Files.createDirectory(directory.resolve("test"));
        Files.move(unreadable, test.resolve("red one"));
        assertThat(console.run("evaluate", model, "--test", test)).isEqualTo(Exit.BAD_FILE);
        assertThat(console.err().lines()).hasSize(5);
        assertThat(console.err()).contains("2.jpg is neither", test + " must have photos that can be read");
    }

    @Test
    void namesDoNotSteerTheTerminal() throws IOException {
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        String name = "\u001b[2J\u001b]0;owned\u0007\u202e two\nlines\r";
        String shown = "\ufffd[2J\ufffd]0;owned\ufffd\ufffd two\ufffdlines\ufffd";
        Path folder = photos.unlabelled().resolve(name);
        photos.write(folder.resolve("good.png"), 0, 50);
        Path bad = Files.writeString(folder.resolve("bad.png"), "no photo");
        assertThat(console.run("predict", model, folder)).isEqualTo(Exit.BAD_FILE);
        assertThat(console.out().strip().lines()).singleElement().asString().contains(shown + "/good.png  ");
        assertThat(console.err().strip().lines()).singleElement().asString().contains(shown + "/bad.png is neither");
        assertThat(console.run("predict", model, bad)).isEqualTo(Exit.BAD_FILE);
        assertThat(console.err().strip().lines()).singleElement().asString().contains(shown + "/bad.png must be");
        assertThat(console.run("predict", model, folder, "--csv")).isEqualTo(Exit.BAD_FILE);
        assertThat(console.out()).as("for programs the names are as they are").contains(name);
        assertThat(console.run("inspect", folder)).isEqualTo(Exit.BAD_FILE);
        assertThat(console.err().strip().lines()).singleElement().asString().contains(shown);
        assertThat(train("--rerun")).as(console.err()).isEqualTo(Exit.OK);
        assertThat(console.out()).contains(shown + "/bad.png is neither").doesNotContain("\u001b");

        Files.createDirectories(photos.of(name));
        assertSentence(train("--out", directory.resolve("other")), Exit.BAD_FILE, shown, "a name of one line");
        assertThat(directory.resolve("other")).doesNotExist();
    }

    @Test
    void aMethodThatDoesNotExistEvenWithoutUnlabelledPhotos() {
        assertSentence(
                console.run("train", "--labelled", photos.labelled(), "--out", model, "--method=finesssl"),
                Exit.BAD_OPTION,
                "--method=finesssl cannot be used",
                "fixmatch");
        assertThat(model).doesNotExist();
    }

    @Test
    void oneLabelOfOneClass() throws IOException {
        for (String label : TestPhotos.CLASSES) {
            try (Stream<Path> files = Files.list(photos.of(label))) {
                Files.delete(files.findFirst().orElseThrow());
            }
        }
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        assertThat(console.out()).contains("No test images");
        assertSentence(
                train("--out", directory.resolve("other"), "--test-share=0.5"), Exit.BAD_FILE, photos.labelled());
        assertThat(directory.resolve("other")).doesNotExist();
    }

    @Test
    void aPlaceThatCannotBeWrittenTo() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "mine");
        assertSentence(train("--out", file), Exit.BAD_FILE, file);
        assertSentence(train("--out", file.resolve("below")), Exit.BAD_FILE, file.resolve("below"));
        assertThat(file).hasContent("mine");
        assertSentence(train("--out", "/proc/finessl"), Exit.BAD_FILE, "/proc/finessl");
        assertThat(console.err()).doesNotContain("Exception");
        assertSentence(train("--out", photos.labelled()), Exit.BAD_FILE, photos.labelled(), "outside of the photos");
        Path others = Files.createDirectory(directory.resolve("other program"));
        Files.writeString(others.resolve(ModelFolder.CARD), "{}");
        assertSentence(train("--out", others), Exit.BAD_FILE, others, "new or empty folder");
    }

    @Test
    void aFolderOfAnotherProgramStays() throws IOException {
        Files.createDirectory(model);
        for (String name : List.of("model.json", "curve.csv", "events.out.tfevents.1", ".weights.part")) {
            Files.writeString(model.resolve(name), "mine");
        }
        assertSentence(train("--rerun"), Exit.BAD_FILE, model, "new or empty folder");
        assertThat(model.toFile().list())
                .containsExactlyInAnyOrder("model.json", "curve.csv", "events.out.tfevents.1", ".weights.part");
    }

    @Test
    void aDiskThatIsFull() throws IOException, InterruptedException {
        Path disk = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk.toString()) == 0, "needs root");
        try {
            assertSentence(train("--out", disk.resolve("model")), Exit.BAD_FILE, disk, "No space left on device");
            assertThat(run("mount", "-o", "remount,size=256k", disk.toString())).isZero();
            assertSentence(train("--out", disk.resolve("model")), Exit.BAD_FILE, disk, "No space left on device");
            assertThat(disk.resolve("model").resolve(ModelFolder.CARD)).doesNotExist();
            try (Stream<Path> left = Files.walk(disk)) {
                assertThat(left.filter(file -> file.toString().endsWith(".part")))
                        .isEmpty();
            }
            assertThat(run("mount", "-o", "remount,size=64m", disk.toString())).isZero();
            assertThat(train("--out", disk.resolve("model"))).as(console.err()).isEqualTo(Exit.OK);
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    @Test
    void twoTrainingsInOneFolder() throws IOException {
        Files.createDirectory(model);
        try (FileChannel channel = FileChannel.open(
                        model.resolve(".training.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                java.nio.channels.FileLock held = channel.lock()) {
            assertThat(held.isValid()).isTrue();
            assertSentence(train(), Exit.BAD_FILE, "Another training is at work in " + model);
        }
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
    }

    @Test
    void anotherTrainingsModelStays() throws IOException {
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        byte[] card = Files.readAllBytes(model.resolve(ModelFolder.CARD));
        assertSentence(train("--seed=2"), Exit.BAD_FILE, model, "--rerun");
        assertThat(model.resolve(ModelFolder.CARD)).hasBinaryContent(card);
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        assertThat(console.out()).contains("finished before");
        assertSentence(
                train("--test", photos.test()), Exit.BAD_FILE, model, "tested on 0 images, not on these 6", "--rerun");
        assertSentence(train("--rerun", "--encoder", directory.resolve("none.onnx")), Exit.BAD_FILE, "none.onnx");
        assertSentence(
                train("--rerun", "--method=semikd", "--teacher", directory.resolve("none")), Exit.BAD_FILE, "none");
        assertSentence(train("--rerun", "--method=v-pet"), Exit.BAD_OPTION, "--method=v-pet", "experiments");
        assertThat(model.resolve(ModelFolder.CARD)).hasBinaryContent(card);
        assertThat(train("--seed=2", "--rerun")).as(console.err()).isEqualTo(Exit.OK);
        assertThat(console.run("inspect", model)).isEqualTo(Exit.OK);
        assertThat(console.out()).contains("seed 2");
    }

    @Test
    void photosThatChangedAfterAnInterrupt() throws IOException {
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        for (String file : List.of("run.json", ModelFolder.CARD)) { // as an interrupt leaves the folder
            Files.delete(model.resolve(file));
        }
        Path added = photos.unlabelled().resolve("new.png");
        photos.write(added, 0, 99);
        assertSentence(train(), Exit.BAD_FILE, model.resolve("checkpoint.zip"), "data", "--rerun");
        Files.delete(added);
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
    }

    @Test
    void aModelWithMissingOrAlteredFiles() throws IOException {
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        Path photo = photos.unlabelled().resolve("deeper 0/0.png");
        assertThat(console.run("predict", model, photo)).as(console.err()).isEqualTo(Exit.OK);
        for (String name : List.of("model.json", "checkpoint.zip", "encoder/" + ENCODER.getFileName())) {
            Path file = model.resolve(name);
            Path aside = directory.resolve("aside");
            Files.move(file, aside);
            assertSentence(console.run("predict", model, photo), Exit.BAD_FILE, model, file.getFileName());
            if (!name.equals(ModelFolder.CARD)) {
                assertSentence(train(), Exit.BAD_FILE, model, file.getFileName(), "--rerun");
            }
            Files.copy(aside, file);
            try (RandomAccessFile changed = new RandomAccessFile(file.toFile(), "rw")) {
                changed.seek(changed.length() / 2);
                changed.write(1 ^ changed.read());
                changed.seek(changed.length() / 2);
                changed.write('\n');
            }
            assertSentence(console.run("predict", model, photo), Exit.BAD_FILE, file);
            Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(console.run("predict", model, photo)).as(console.err()).isEqualTo(Exit.OK);
    }

    @Test
    void aCardThatWasAltered() throws IOException {
        assertThat(train()).as(console.err()).isEqualTo(Exit.OK);
        Path card = model.resolve(ModelFolder.CARD);
        String whole = Files.readString(card);
        Path photo = photos.unlabelled().resolve("deeper 0/0.png");
        for (String[] change : List.of(
                new String[] {"\"prompts\" : 3", "\"prompts\" : 0"},
                new String[] {"\"resolution\" : 32", "\"resolution\" : 33"},
                new String[] {"\"resolution\" : 32", "\"resolution\" : 1000000"},
                new String[] {"\"tuning\" : \"vpt-deep\"", "\"tuning\" : \"unknown\""},
                new String[] {"\"method\" : \"finessl\"", "\"method\" : \"unknown\""},
                new String[] {"\"mean\" : [ 0.5,", "\"mean\" : [ null,"},
                new String[] {"\"classes\" : [", "\"classes\" : null, \"others\" : ["},
                new String[] {"\"encoder\" : \"", "\"encoder\" : \"../../"})) {
            assertThat(whole).contains(change[0]);
            Files.writeString(card, whole.replace(change[0], change[1]));
            assertSentence(console.run("predict", model, photo), Exit.BAD_FILE, model, ModelFolder.CARD);
        }
    }

    @Test
    void anEncoderThatLiesOrIsNone() throws IOException {
        byte[] whole = Files.readAllBytes(ENCODER);
        Path file = directory.resolve("encoder.onnx");
        for (int length : new int[] {0, 100, whole.length / 2, whole.length - 1}) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertSentence(train("--encoder", file), Exit.BAD_FILE, file);
        }
        assertSentence(train("--encoder", photos.labelled()), Exit.BAD_FILE, photos.labelled());
        assertThat(model.resolve("run.json")).doesNotExist();
    }
}
