package io.github.finessl.studio.photo;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.Labels;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.PhotoLibrary.Labelled;
import io.github.finessl.studio.photo.StudioPhoto.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Photos and what people do to them in their file manager. */
class PhotoLibraryTest {

    @TempDir
    Path root;

    private PhotoLibrary library;

    @BeforeEach
    void open() throws IOException {
        Files.writeString(root.resolve("a.jpg"), "first");
        library = PhotoLibrary.of(Labels.open(root, Optional.empty()));
    }

    @AfterEach
    void close() {
        library.close();
    }

    private StudioPhoto only() {
        assertThat(library.all()).hasSize(1);
        return library.all().get(0);
    }

    private Labelled label(String... ids) {
        return library.label(List.of(ids), Place.labelled("cat"), By.HAND);
    }

    @Test
    void aPhotoThatWasReplacedIsNotLabelledButLookedAtAgain() throws IOException {
        StudioPhoto shown = only();
        library.know(shown, new Content.Decodable(Sha256.hex(root.resolve("a.jpg")), 1, 1));
        Files.writeString(root.resolve("a.jpg"), "another one");
        Labelled refused = label(shown.id());
        assertThat(refused.photos()).isEmpty();
        assertThat(refused.faults()).containsExactly("a.jpg has changed since it was shown: look at it again.");
        assertThat(only().content()).isEqualTo(Content.UNKNOWN);
        assertThat(only().id()).isNotEqualTo(shown.id());

        assertThat(label(only().id()).photos()).hasSize(1);
        assertThat(root.resolve("journal.jsonl"))
                .content()
                .contains(Sha256.hex(root.resolve("labelled/cat/a.jpg")))
                .hasLineCount(1);
    }

    @Test
    void aPhotoThatIsGoneIsForgotten() throws IOException {
        StudioPhoto shown = only();
        Files.delete(root.resolve("a.jpg"));
        assertThat(label(shown.id()).faults()).containsExactly("a.jpg is not there any more.");
        assertThat(library.all()).isEmpty();
        Files.writeString(root.resolve("a.jpg"), "first");
        assertThat(library.rescan()).isTrue();
        assertThat(only().id()).isNotEqualTo(shown.id());
    }

    @Test
    void aPhotoThatWasReplacedGetsAnotherIdWhenTheFolderIsLookedAt() throws IOException {
        StudioPhoto shown = only();
        assertThat(library.rescan()).isFalse();
        Files.writeString(root.resolve("a.jpg"), "another one");
        assertThat(library.rescan()).isTrue();
        assertThat(only().id()).isNotEqualTo(shown.id());
        assertThat(library.rescan()).isFalse();
    }

    @Test
    void aClassIsRenamedWithThePhotosThatWereReplaced() throws IOException {
        StudioPhoto shown = only();
        library.know(shown, new Content.Decodable(Sha256.hex(root.resolve("a.jpg")), 1, 1));
        label(shown.id());
        Files.writeString(root.resolve("labelled/cat/a.jpg"), "another one");
        assertThat(library.renameClass("cat", "dog").faults()).isEmpty();
        assertThat(root.resolve("journal.jsonl")).content().contains(Sha256.hex(root.resolve("labelled/dog/a.jpg")));
    }

    @Test
    void anIdThatIsThereTwiceCountsOnce() throws IOException {
        Labelled labelled = label(only().id(), only().id());
        assertThat(labelled.photos()).hasSize(1);
        assertThat(labelled.faults()).isEmpty();
        assertThat(root.resolve("journal.jsonl")).content().hasLineCount(1);
    }

    @Test
    void aPhotoThatIsGoneIsNamed() throws IOException {
        String id = only().id();
        Files.delete(root.resolve("a.jpg"));
        assertThat(label(id).faults()).containsExactly("a.jpg is not there any more.");
    }
}
