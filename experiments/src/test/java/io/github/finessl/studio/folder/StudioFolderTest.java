package io.github.finessl.studio.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.LabelledFolder.Wish;
import io.github.finessl.studio.folder.Labels.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The photos' folder, its journal and its lock. */
class StudioFolderTest {

    @TempDir
    Path root;

    private PhotoFolder folder;

    @BeforeEach
    void open() {
        folder = PhotoFolder.open(root);
    }

    private void photo(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private Wish wish(String path, Place place) throws IOException {
        return new Wish(path, Sha256.hex(root.resolve(path)), folder.folderOf(place));
    }

    private List<String> paths() {
        return folder.scan().stream().map(PhotoFolder.Found::path).toList();
    }

    private String journal() throws IOException {
        return Files.readString(root.resolve(LabelJournal.FILE));
    }

    @Test
    void aLabelMovesThePhotoAndIsInTheJournal() throws IOException {
        photo("unlabelled/deep/x.jpg", "x");
        photo("y.jpg", "y");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            Outcome outcome = labels.move(
                    List.of(wish("unlabelled/deep/x.jpg", Place.labelled("고양이")), wish("y.jpg", Place.NO_CLASS)),
                    By.ACCEPTED);
            assertThat(outcome.faults()).isEmpty();
            assertThat(paths()).containsExactly("labelled/none/y.jpg", "labelled/고양이/x.jpg");
            assertThat(folder.classes()).containsExactly("고양이");
            assertThat(folder.place("labelled/고양이/x.jpg")).isEqualTo(Place.labelled("고양이"));
            assertThat(folder.place("labelled/none/y.jpg")).isEqualTo(Place.NO_CLASS);
        }
        assertThat(journal().lines())
                .hasSize(3)
                .allMatch(line -> line.contains("\"operation\":1"))
                .first()
                .asString()
                .contains(
                        Sha256.hex("x".getBytes(StandardCharsets.UTF_8)),
                        "\"from\":\"unlabelled/deep/x.jpg\"",
                        "\"by\":\"accepted\"");
        assertThat(journal()).endsWith("\"closed\":true}\n");
    }

    @Test
    void aNameThatIsTakenGetsASuffix() throws IOException {
        photo("unlabelled/a/x.jpg", "1");
        photo("unlabelled/b/x.jpg", "2");
        photo("labelled/cat/x.jpg", "3");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            labels.move(
                    List.of(
                            wish("unlabelled/a/x.jpg", Place.labelled("cat")),
                            wish("unlabelled/b/x.jpg", Place.labelled("cat"))),
                    By.HAND);
        }
        assertThat(paths()).containsExactly("labelled/cat/x-2.jpg", "labelled/cat/x-3.jpg", "labelled/cat/x.jpg");
        assertThat(root.resolve("labelled/cat/x.jpg")).hasContent("3");
        assertThat(root.resolve("labelled/cat/x-2.jpg")).hasContent("1");
    }

    @Test
    void whatIsWhereItShouldBeStays() throws IOException {
        photo("labelled/cat/x.jpg", "1");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            labels.move(List.of(wish("labelled/cat/x.jpg", Place.labelled("cat"))), By.HAND);
        }
        assertThat(paths()).containsExactly("labelled/cat/x.jpg");
        assertThat(journal()).isEmpty();
    }

    @Test
    void undoTakesBackOneOperationAfterTheOtherAlsoAfterARestart() throws IOException {
        photo("unlabelled/x.jpg", "x");
        photo("unlabelled/y.jpg", "y");
        photo("unlabelled/z.jpg", "z");
        List<String> before = paths();
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            labels.move(List.of(wish("unlabelled/x.jpg", Place.labelled("cat"))), By.HAND);
            labels.move(
                    List.of(
                            wish("unlabelled/y.jpg", Place.labelled("dog")),
                            wish("unlabelled/z.jpg", Place.labelled("dog"))),
                    By.ACCEPTED);
            labels.move(List.of(wish("labelled/cat/x.jpg", Place.labelled("dog"))), By.HAND);
            labels.undo();
            assertThat(paths()).containsExactly("labelled/cat/x.jpg", "labelled/dog/y.jpg", "labelled/dog/z.jpg");
        }
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            assertThat(labels.undo().orElseThrow().changes()).hasSize(2);
            assertThat(labels.undo()).isPresent();
            assertThat(paths()).isEqualTo(before);
            assertThat(labels.undo()).isEmpty();
            assertThat(labels.canUndo()).isFalse();
        }
    }

    @Test
    void undoLeavesAloneWhatOthersHaveMovedSince() throws IOException {
        photo("unlabelled/x.jpg", "x");
        photo("unlabelled/y.jpg", "y");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            labels.move(List.of(wish("unlabelled/x.jpg", Place.labelled("cat"))), By.HAND);
            labels.move(List.of(wish("unlabelled/y.jpg", Place.labelled("cat"))), By.HAND);
            Files.move(root.resolve("labelled/cat/y.jpg"), root.resolve("elsewhere.jpg"));
            photo("unlabelled/x.jpg", "another");
            assertThat(labels.undo().orElseThrow())
                    .isEqualTo(
                            new Outcome(
                                    List.of(),
                                    List.of(
                                            "The label of labelled/cat/y.jpg is not taken back: labelled/cat/y.jpg is not there any more.")));
            assertThat(labels.undo().orElseThrow().changes()).hasSize(1);
            assertThat(labels.undo()).isEmpty();
        }
        assertThat(paths()).containsExactly("elsewhere.jpg", "unlabelled/x-2.jpg", "unlabelled/x.jpg");
        assertThat(root.resolve("unlabelled/x-2.jpg")).hasContent("x");
    }

    @Test
    void aPhotoThatIsGoneOrALinkIsNamedAndTheOthersAreMoved() throws IOException {
        photo("unlabelled/x.jpg", "x");
        Files.createSymbolicLink(root.resolve("unlabelled/link.jpg"), root.resolve("unlabelled/x.jpg"));
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            Outcome outcome = labels.move(
                    List.of(
                            new Wish("unlabelled/gone.jpg", "0", "labelled/cat"),
                            new Wish("unlabelled/link.jpg", "0", "labelled/cat"),
                            wish("unlabelled/x.jpg", Place.labelled("cat"))),
                    By.HAND);
            assertThat(outcome.faults())
                    .containsExactly(
                            "unlabelled/gone.jpg is not there any more.",
                            "unlabelled/link.jpg is a link, which is not moved: label the photo where it leads.");
            assertThat(outcome.changes()).hasSize(1);
        }
        assertThat(root.resolve("labelled/cat/x.jpg")).hasContent("x");
    }

    @Test
    void aFileInThePlaceOfAFolderIsSaidAndNothingMoves() throws IOException {
        photo("unlabelled/x.jpg", "x");
        photo("labelled/cat", "a file");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            Outcome outcome = labels.move(List.of(wish("unlabelled/x.jpg", Place.labelled("cat"))), By.HAND);
            assertThat(outcome.faults()).singleElement().asString().contains("labelled/cat");
            assertThat(labels.undo()).isEmpty();
        }
        assertThat(root.resolve("unlabelled/x.jpg")).hasContent("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"line alone", "name held", "line cut"})
    void theNextStartFinishesWhatAKilledProcessBegan(String killed) throws IOException {
        photo("unlabelled/x.jpg", "x");
        String line =
                "{\"operation\":1,\"time\":\"2026-01-01T00:00:00Z\",\"sha256\":\"%s\",\"from\":\"unlabelled/x.jpg\",\"to\":\"labelled/cat/x.jpg\",\"by\":\"hand\"}\n"
                        .formatted(Sha256.hex("x".getBytes(StandardCharsets.UTF_8)));
        Files.writeString(root.resolve(LabelJournal.FILE), killed.equals("line cut") ? line.substring(0, 60) : line);
        if (killed.equals("name held")) {
            photo("labelled/cat/x.jpg", "");
        }
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            assertThat(paths()).containsExactly(killed.equals("line cut") ? "unlabelled/x.jpg" : "labelled/cat/x.jpg");
            assertThat(labels.canUndo()).isEqualTo(!killed.equals("line cut"));
        }
        assertThat(root.resolve(paths().get(0))).hasContent("x");
    }

    @Test
    void anUnfinishedMoveOfAPhotoThatWasReplacedIsWithdrawn() throws IOException {
        photo("unlabelled/x.jpg", "another photo");
        photo("labelled/cat/x.jpg", "");
        Files.writeString(
                root.resolve(LabelJournal.FILE),
                "{\"operation\":1,\"time\":\"t\",\"sha256\":\"00\",\"from\":\"unlabelled/x.jpg\",\"to\":\"labelled/cat/x.jpg\",\"by\":\"hand\"}\n");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            assertThat(labels.canUndo()).isFalse();
        }
        assertThat(paths()).containsExactly("unlabelled/x.jpg");
        assertThat(journal()).contains("\"withdrawn\":true");
    }

    @Test
    void whatAFileManagerTookBackBetweenTwoVisitsIsNotMovedAgain() throws IOException {
        photo("unlabelled/x.jpg", "x");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            labels.move(List.of(wish("unlabelled/x.jpg", Place.labelled("cat"))), By.HAND);
        }
        Files.move(root.resolve("labelled/cat/x.jpg"), root.resolve("unlabelled/x.jpg"));
        for (int visit = 0; visit < 2; visit++) {
            try (LabelledFolder labels = LabelledFolder.open(folder)) {
                assertThat(paths()).containsExactly("unlabelled/x.jpg");
                assertThat(labels.undo().map(Outcome::changes).orElse(List.of()))
                        .isEmpty();
            }
        }
    }

    @Test
    void aForeignJournalIsRefusedByItsLine() throws IOException {
        Files.writeString(root.resolve(LabelJournal.FILE), "{\"a\":1}\n", StandardOpenOption.CREATE_NEW);
        assertThatThrownBy(() -> LabelledFolder.open(folder))
                .isInstanceOf(StudioException.class)
                .hasMessageStartingWith("Line 1 of " + folder.root().resolve("journal.jsonl") + " must be");
        FolderLock.of(folder.root()).close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aJournalThatLeadsOutIsRefusedByItsLine(boolean out, @TempDir Path outside) throws IOException {
        photo("unlabelled/a.png", "a");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            labels.move(List.of(wish("unlabelled/a.png", Place.labelled("cat"))), By.HAND);
        }
        Path others = Files.writeString(outside.resolve("others.png"), "others");
        String elsewhere = folder.root().relativize(others.toRealPath()).toString();
        Files.writeString(
                root.resolve(LabelJournal.FILE),
                "{\"operation\":5,\"time\":\"2026-11-28T10:09:22.542Z\",\"sha256\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"by\":\"hand\"}\n"
                        .formatted(
                                Sha256.hex(others),
                                out ? "unlabelled/b.png" : elsewhere,
                                out ? elsewhere : "unlabelled/b.png"),
                StandardOpenOption.APPEND);
        assertThatThrownBy(() -> LabelledFolder.open(folder))
                .hasMessageStartingWith("Line 3 of ")
                .hasMessageContaining("about photos in its folder");
        assertThat(paths()).containsExactly("labelled/cat/a.png");
        assertThat(others).hasContent("others");
    }

    @Test
    void undoFollowsNoLinkOutOfTheFolder(@TempDir Path outside) throws IOException {
        photo("unlabelled/a.png", "a");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            labels.move(List.of(wish("unlabelled/a.png", Place.labelled("cat"))), By.HAND);
            Path others = Files.writeString(outside.resolve("a.png"), "others");
            Files.move(root.resolve("labelled/cat"), root.resolve("mine"));
            Files.createSymbolicLink(root.resolve("labelled/cat"), outside);
            assertThat(labels.undo().orElseThrow().faults())
                    .singleElement()
                    .asString()
                    .startsWith("The label of labelled/cat/a.png is not taken back: labelled/cat/a.png leads out of");
            assertThat(labels.canUndo()).isFalse();
            assertThat(others).hasContent("others");
        }
    }

    @Test
    void undoNotesWhatThePhotoContainsNow() throws IOException {
        photo("unlabelled/a.png", "a");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            labels.move(List.of(wish("unlabelled/a.png", Place.labelled("cat"))), By.HAND);
            photo("labelled/cat/a.png", "edited");
            assertThat(labels.undo().orElseThrow().changes())
                    .singleElement()
                    .satisfies(change -> assertThat(change.sha256())
                            .isEqualTo(Sha256.hex("edited".getBytes(StandardCharsets.UTF_8))));
        }
    }

    @Test
    void aClassThatIsALinkIsNoneAndTheReasonIsSaid(@TempDir Path outside) throws IOException {
        photo("labelled/cat/x.jpg", "x");
        photo("elsewhere/y.jpg", "y");
        Files.createSymbolicLink(root.resolve("labelled/dog"), root.resolve("elsewhere"));
        Files.createSymbolicLink(root.resolve("labelled/zz"), outside);
        Files.createDirectories(root.resolve("test"));
        Files.createSymbolicLink(root.resolve("test/cat"), outside);
        assertThat(folder.classes()).containsExactly("cat");
        assertThat(folder.scan())
                .extracting(PhotoFolder.Found::path)
                .containsExactly("elsewhere/y.jpg", "labelled/cat/x.jpg");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            Labels.Outcome refused =
                    labels.label(List.of(new Labels.Photo("elsewhere/y.jpg", "")), Place.labelled("dog"), By.HAND);
            assertThat(refused.changes()).isEmpty();
            assertThat(refused.faults()).singleElement().asString().contains("elsewhere, to which a link leads");
        }
        assertThat(root.resolve("elsewhere/y.jpg")).exists();
        assertThat(folder.unusable())
                .containsOnlyKeys("labelled/dog", "labelled/zz", "test/cat")
                .containsEntry(
                        "labelled/dog", "labelled/dog is a link to elsewhere: photos there count as what lies there.")
                .containsEntry(
                        "labelled/zz", "labelled/zz leads out of %s and is not opened.".formatted(folder.root()));
    }

    @Test
    void oneStudioAtATimeHasAFolder() throws IOException {
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            assertThat(labels.folder()).isEqualTo(folder);
            assertThatThrownBy(() -> LabelledFolder.open(folder))
                    .isInstanceOf(StudioException.class)
                    .hasMessageContaining("open in a studio of this process already");
        }
        LabelledFolder.open(folder).close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ".",
                "..",
                "../x",
                "a/b",
                "a\\b",
                ".hidden",
                "a.",
                "CON",
                "com1.jpg",
                "none",
                "None",
                "a\nb",
                "a\u0000b",
                "a\u202eb",
                "@eaDir",
                "lost+found",
                "a:b",
                "\ud800"
            })
    void namesThatNoFolderShouldHaveAreRefused(String name) {
        assertThatThrownBy(() -> folder.folderOf(Place.labelled(name)))
                .isInstanceOf(StudioException.class)
                .hasMessageMatching("(?s)'.*' cannot be the name of a class: .+\\.");
    }

    @Test
    void aNameIsComposedAndAFolderThatIsThereKeepsItsSpelling() throws IOException {
        assertThat(folder.folderOf(Place.labelled(" e\u0301t\u00e9 "))).isEqualTo("labelled/\u00e9t\u00e9");
        Files.createDirectories(root.resolve("labelled/e\u0301t\u00e9"));
        assertThat(folder.folderOf(Place.labelled("\u00e9t\u00e9"))).isEqualTo("labelled/e\u0301t\u00e9");
        assertThat(folder.classes()).containsExactly("\u00e9t\u00e9");
        assertThatThrownBy(() -> new ClassName("x".repeat(201))).hasMessageContaining("longer than");
    }

    @Test
    void aLinkThatLeadsOutOfTheFolderIsNotFollowed(@TempDir Path outside) throws IOException {
        Files.writeString(outside.resolve("secret.jpg"), "s");
        photo("unlabelled/x.jpg", "x");
        Files.createSymbolicLink(root.resolve("unlabelled/link.jpg"), outside.resolve("secret.jpg"));
        Files.createDirectories(root.resolve("labelled"));
        Files.createSymbolicLink(root.resolve("labelled/cat"), outside);
        assertThatThrownBy(() -> folder.inside("unlabelled/link.jpg")).hasMessageContaining("leads out of");
        assertThatThrownBy(() -> folder.inside("../" + outside.getFileName() + "/secret.jpg"))
                .hasMessageContaining("leads out of");
        try (LabelledFolder labels = LabelledFolder.open(folder)) {
            assertThat(labels.move(List.of(wish("unlabelled/x.jpg", Place.labelled("cat"))), By.HAND)
                            .faults())
                    .singleElement()
                    .asString()
                    .contains("leads out of");
        }
        try (Stream<Path> there = Files.list(outside)) {
            assertThat(there).hasSize(1);
        }
        assertThat(root.resolve("unlabelled/x.jpg")).hasContent("x");
    }
}
