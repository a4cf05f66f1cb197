package io.github.finessl.studio.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.io.FineSslException;
import io.github.finessl.studio.folder.JournalEntry.By;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Labels in a table. */
class LabelledTableTest {

    @TempDir
    Path photos;

    @TempDir
    Path elsewhere;

    private Path table;

    @BeforeEach
    void photos() throws IOException {
        table = elsewhere.resolve("labels.csv");
        for (String path : List.of("a.jpg", "b.jpg", "deep/c.jpg", "test/cat/t.jpg")) {
            Files.createDirectories(photos.resolve(path).getParent());
            Files.writeString(photos.resolve(path), path);
        }
    }

    private Labels open() {
        return Labels.open(photos, Optional.of(table));
    }

    private Labels.Outcome label(Labels labels, Place place, String... paths) {
        return labels.label(
                Arrays.stream(paths).map(path -> new Labels.Photo(path, "0")).toList(), place, By.HAND);
    }

    private void table(String text) throws IOException {
        Files.writeString(table, text);
    }

    @Test
    void aLabelWritesTheTableAndThePhotosStay() throws IOException {
        try (Labels labels = open()) {
            assertThat(table).doesNotExist();
            label(labels, Place.labelled("고양이"), "a.jpg", "deep/c.jpg");
            label(labels, Place.NO_CLASS, "b.jpg");
            assertThat(table).hasContent("image,label\r\na.jpg,고양이\r\ndeep/c.jpg,고양이\r\nb.jpg,none\r\n");
            assertThat(labels.place("a.jpg")).isEqualTo(Place.labelled("고양이"));
            assertThat(labels.place("b.jpg")).isEqualTo(Place.NO_CLASS);
            assertThat(labels.place("test/cat/t.jpg")).isEqualTo(new Place.Test("cat"));
            assertThat(labels.classes()).containsExactly("고양이");
            label(labels, Place.UNLABELLED, "a.jpg");
            assertThat(labels.place("a.jpg")).isEqualTo(Place.UNLABELLED);
            assertThat(table).content().contains("\r\na.jpg,\r\n");
        }
        try (Stream<Path> all = Files.walk(photos)) {
            assertThat(all.filter(Files::isRegularFile)).hasSize(4);
        }
        assertThat(elsewhere.resolve("labels.csv.journal.jsonl")).content().hasLineCount(5);
    }

    @Test
    void rowsAndColumnsOfOthersAreKept() throws IOException {
        String others = "who,label,image\r\nkim, cat ,a.jpg\r\n\"lee, j.\",owl,/gone/x.jpg\r\n,,b.jpg\r\n";
        table(others);
        try (Labels labels = open()) {
            assertThat(labels.place("a.jpg")).isEqualTo(Place.labelled("cat"));
            assertThat(labels.classes()).containsExactly("cat", "owl");
            assertThat(((LabelledTable) labels).elsewhere()).isOne();
            label(labels, Place.labelled("dog"), "deep/c.jpg");
            assertThat(table).hasContent(others + "\"\",dog,deep/c.jpg\r\n");
            label(labels, Place.labelled("cat"), "a.jpg", "b.jpg");
            assertThat(table).content().contains("kim, cat ,a.jpg", "\"\",cat,b.jpg");
            labels.undo();
            labels.undo();
            assertThat(table).content().contains("kim, cat ,a.jpg", "\"lee, j.\",owl,/gone/x.jpg", ",,b.jpg");
        }
    }

    @Test
    void undoTakesBackOneOperationAfterTheOtherAlsoAfterARestart() throws IOException {
        try (Labels labels = open()) {
            label(labels, Place.labelled("cat"), "a.jpg", "b.jpg");
            label(labels, Place.labelled("dog"), "a.jpg");
            label(labels, Place.labelled("dog"), "a.jpg");
            labels.undo();
            assertThat(labels.place("a.jpg")).isEqualTo(Place.labelled("cat"));
        }
        try (Labels labels = open()) {
            assertThat(labels.undo().orElseThrow().changes()).hasSize(2);
            assertThat(labels.place("b.jpg")).isEqualTo(Place.UNLABELLED);
            assertThat(labels.canUndo()).isFalse();
            assertThat(labels.undo()).isEmpty();
        }
    }

    @Test
    void whatIsWrittenByHandMeanwhileIsReadAndNotTakenBack() throws IOException {
        try (Labels labels = open()) {
            label(labels, Place.labelled("cat"), "a.jpg");
            label(labels, Place.labelled("cat"), "b.jpg");
            table("image,label,note\na.jpg,cat,\nb.jpg,owl,by hand\ndeep/c.jpg,owl,\n");
            assertThat(labels.reread()).isTrue();
            assertThat(labels.reread()).isFalse();
            assertThat(labels.place("b.jpg")).isEqualTo(Place.labelled("owl"));
            assertThat(labels.undo().orElseThrow())
                    .isEqualTo(new Labels.Outcome(
                            List.of(),
                            List.of("The label of b.jpg is not taken back: labels.csv gives it another one now.")));
            assertThat(labels.undo().orElseThrow().changes())
                    .singleElement()
                    .satisfies(change -> assertThat(change.from()).isEqualTo("a.jpg"));
            assertThat(table).hasContent("image,label,note\na.jpg,,\nb.jpg,owl,by hand\ndeep/c.jpg,owl,\n");
            table("image,label\nb.jpg,elk\n");
            label(labels, Place.labelled("elk"), "deep/c.jpg");
            assertThat(table).hasContent("image,label\nb.jpg,elk\ndeep/c.jpg,elk\n");
            assertThat(labels.classes()).containsExactly("elk");
        }
    }

    @Test
    void aTableThatIsBrokenMeanwhileIsLeftAlone() throws IOException {
        try (Labels labels = open()) {
            label(labels, Place.labelled("cat"), "a.jpg");
            table("no table");
            assertThatThrownBy(() -> label(labels, Place.labelled("cat"), "b.jpg"))
                    .isInstanceOf(FineSslException.class)
                    .hasMessageContaining("must begin with a line that names the columns image and label");
            assertThatThrownBy(labels::undo).isInstanceOf(FineSslException.class);
            assertThat(table).hasContent("no table");
            table("image,label\na.jpg,cat\n");
            assertThat(labels.undo()).isPresent();
        }
    }

    @Test
    void aClassIsRenamedInAllRowsAndTwoBecomeOne() throws IOException {
        table("image,label\na.jpg,cat\nb.jpg,dog\ngone.jpg,cat\n");
        try (Labels labels = open()) {
            labels.addClass("new");
            assertThat(labels.classes()).containsExactly("cat", "dog", "new");
            labels.renameClass("cat", "dog", List.of(new Labels.Photo("a.jpg", "0")));
            assertThat(table).hasContent("image,label\na.jpg,dog\nb.jpg,dog\ngone.jpg,dog\n");
            labels.renameClass("new", "newer", List.of());
            assertThat(labels.classes()).containsExactly("dog", "newer");
            assertThatThrownBy(() -> labels.renameClass("dog", "a/b", List.of()))
                    .isInstanceOf(StudioException.class);
            labels.undo();
            assertThat(table).hasContent("image,label\na.jpg,cat\nb.jpg,dog\ngone.jpg,cat\n");
        }
    }

    @Test
    void namesOfOthersStayAndNewOnesAreChecked() throws IOException {
        table("image,label\na.jpg,fish/small\nb.jpg,e\u0301t\u00e9\n");
        try (Labels labels = open()) {
            assertThat(labels.classes()).containsExactly("fish/small", "\u00e9t\u00e9");
            label(labels, Place.labelled("fish/small"), "b.jpg");
            label(labels, Place.labelled("e\u0301t\u00e9"), "a.jpg");
            assertThat(table).content().contains("a.jpg,\u00e9t\u00e9", "b.jpg,fish/small");
            assertThatThrownBy(() -> label(labels, Place.labelled("fish/large"), "b.jpg"))
                    .isInstanceOf(StudioException.class);
        }
    }

    @Test
    void aNameThatWasInTheTableCanBeGivenBack() throws IOException {
        table("image,label\na.jpg,\"big \"\"cat\"\"\"\nb.jpg,dog\n");
        try (Labels labels = open()) {
            labels.renameClass("big \"cat\"", "cat", List.of());
            assertThat(table).hasContent("image,label\na.jpg,cat\nb.jpg,dog\n");
        }
        try (Labels labels = open()) {
            labels.renameClass("cat", "big \"cat\"", List.of());
            assertThat(table).hasContent("image,label\na.jpg,\"big \"\"cat\"\"\"\nb.jpg,dog\n");
            assertThatThrownBy(() -> labels.renameClass("dog", "big \"dog\"", List.of()))
                    .isInstanceOf(StudioException.class);
        }
    }

    @Test
    void aTableThatIsTakenAwayMeanwhileIsWrittenWithAllItsRows() throws IOException {
        table("image,label,note\na.jpg,cat,old\ngone.jpg,dog,\n");
        try (Labels labels = open()) {
            Files.delete(table);
            assertThat(labels.reread()).isFalse();
            assertThat(labels.place("a.jpg")).isEqualTo(Place.labelled("cat"));
            label(labels, Place.labelled("dog"), "b.jpg");
            assertThat(table).hasContent("image,label,note\na.jpg,cat,old\ngone.jpg,dog,\nb.jpg,dog,\n");
            table("image,label\na.jpg,owl\n");
            assertThat(labels.reread()).isTrue();
            Files.delete(table);
            labels.undo();
            label(labels, Place.NO_CLASS, "a.jpg");
            assertThat(table).hasContent("image,label\na.jpg,none\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"line alone", "line and table", "line cut", "closed"})
    void theNextStartFinishesWhatAKilledProcessBegan(String killed) throws IOException {
        String before = "image,label\na.jpg,dog\n";
        String line =
                "{\"operation\":1,\"time\":\"t\",\"sha256\":\"0\",\"from\":\"a.jpg\",\"to\":\"a.jpg\",\"before\":\"dog\",\"after\":\"cat\",\"by\":\"hand\"}\n";
        table(killed.equals("line and table") ? before.replace("dog", "cat") : before);
        Path journal = elsewhere.resolve("labels.csv.journal.jsonl");
        Files.writeString(
                journal,
                switch (killed) {
                    case "line cut" -> line.substring(0, 60);
                    case "closed" -> line + "{\"operation\":1,\"time\":\"t\",\"closed\":true}\n";
                    default -> line;
                });
        boolean made = killed.startsWith("line a");
        try (Labels labels = open()) {
            assertThat(labels.place("a.jpg")).isEqualTo(Place.labelled(made ? "cat" : "dog"));
            assertThat(labels.undo()
                            .filter(outcome -> !outcome.changes().isEmpty())
                            .isPresent())
                    .isEqualTo(made);
        }
        assertThat(table).hasContent(before);
    }

    @Test
    void oneStudioAtATimeHasATable() throws IOException {
        try (Labels labels = open()) {
            assertThat(labels.folder().home()).isEqualTo(elsewhere.toRealPath());
            assertThatThrownBy(this::open).hasMessageContaining("open in a studio of this process already");
        }
        open().close();
    }

    @Test
    void aTableBesideThePhotosKeepsAStudioThatMovesThemOut() throws IOException {
        table = photos.resolve("labels.csv");
        try (Labels labels = open()) {
            label(labels, Place.labelled("cat"), "a.jpg");
            assertThatThrownBy(() -> Labels.open(photos, Optional.empty()))
                    .hasMessageContaining("open in a studio of this process already");
        }
        assertThat(table).hasContent("image,label\r\na.jpg,cat\r\n");
    }

    @Test
    void whatIsNoTableIsRefused() throws IOException {
        assertThatThrownBy(() -> Labels.open(photos, Optional.of(photos)))
                .hasMessage(photos + " must be a table of labels, but is a folder.");
        Path nowhere = elsewhere.resolve("no/labels.csv");
        assertThatThrownBy(() -> Labels.open(photos, Optional.of(nowhere)))
                .hasMessage("%s must lie in a folder, but %s is none.".formatted(nowhere, nowhere.getParent()));
        table("a,b\n");
        assertThatThrownBy(this::open).hasMessageContaining("must begin with a line that names the columns");
        table("image,label\na.jpg,cat\n./a.jpg,dog\n");
        assertThatThrownBy(this::open).hasMessageContaining("must name a photo once");
        table("image,label\n");
        open().close();
    }

    @Test
    void aPhotoThatIsGoneIsSaid() throws IOException {
        try (Labels labels = open()) {
            Labels.Outcome outcome = label(labels, Place.labelled("cat"), "a.jpg", "gone.jpg");
            assertThat(outcome.faults()).containsExactly("gone.jpg is not there any more.");
            assertThat(outcome.changes()).hasSize(1);
        }
    }
}
