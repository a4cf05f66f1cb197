package io.github.finessl.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.serve.PhotoSorter.Means;
import io.github.finessl.serve.PhotoSorter.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PhotoSorterTest {
    @TempDir
    Path directory;

    private Path into;
    private PhotoSorter sorter;

    @BeforeEach
    void create() {
        into = directory.resolve("sorted");
        sorter = new PhotoSorter(into, Means.COPY);
    }

    private Path photo(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private List<String> sorted() throws IOException {
        try (Stream<Path> files = Files.walk(into)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> into.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aCopyHasContentAndTimeOfThePhoto() throws IOException {
        Path photo = photo("a.jpg", "a cat");
        Files.setLastModifiedTime(photo, FileTime.fromMillis(1_000_000_000_000L));
        Place place = sorter.sort(photo, "cat");
        assertThat(place).isEqualTo(new Place(photo, into.resolve("cat/a.jpg"), false));
        assertThat(place.target()).hasContent("a cat");
        assertThat(Files.getLastModifiedTime(place.target()).toMillis()).isEqualTo(1_000_000_000_000L);
        assertThat(photo).exists();
        assertThat(sorted()).containsExactly("cat/a.jpg");
    }

    @Test
    void nothingIsOverwritten() throws IOException {
        photo("sorted/cat/a.jpg", "of the user");
        assertThat(sorter.sort(photo("1/a.jpg", "one"), "cat").target()).isEqualTo(into.resolve("cat/a-2.jpg"));
        assertThat(sorter.sort(photo("2/a.jpg", "two"), "cat").target()).isEqualTo(into.resolve("cat/a-3.jpg"));
        assertThat(sorter.sort(photo("2/noending", "two"), "cat").target()).isEqualTo(into.resolve("cat/noending"));
        assertThat(sorter.sort(photo("3/noending", "3"), "cat").target()).isEqualTo(into.resolve("cat/noending-2"));
        assertThat(into.resolve("cat/a.jpg")).hasContent("of the user");
        assertThat(into.resolve("cat/a-2.jpg")).hasContent("one");
        assertThat(into.resolve("cat/a-3.jpg")).hasContent("two");
    }

    @Test
    void sortingAgainAddsNothing() throws IOException {
        List<Path> photos = List.of(photo("1/a.jpg", "one"), photo("2/a.jpg", "two"), photo("1/b.jpg", "b"));
        for (Path photo : photos) {
            assertThat(sorter.sort(photo, "cat").there()).isFalse();
        }
        List<String> before = sorted();
        PhotoSorter again = new PhotoSorter(into, Means.COPY);
        for (Path photo : photos) {
            assertThat(again.sort(photo, "cat").there()).isTrue();
        }
        assertThat(sorted()).isEqualTo(before).hasSize(3);
    }

    @Test
    void aDryRunFindsThePlacesOfTheRealOne() throws IOException {
        photo("sorted/cat/a.jpg", "there");
        List<Path> photos = List.of(
                photo("1/a.jpg", "one"),
                photo("2/a.jpg", "there"),
                photo("3/a.jpg", "three"),
                photo("4/a.jpg", "one"),
                photo("4/b.jpg", "one"));
        PhotoSorter dry = new PhotoSorter(into, Means.COPY);
        List<Place> expected = new ArrayList<>();
        for (Path photo : photos) {
            expected.add(dry.place(photo, "cat"));
        }
        assertThat(expected).extracting(Place::there).containsExactly(false, true, false, true, false);
        assertThat(sorted()).containsExactly("cat/a.jpg");
        List<Place> found = new ArrayList<>();
        for (Path photo : photos) {
            found.add(sorter.sort(photo, "cat"));
        }
        assertThat(found).isEqualTo(expected);
        assertThat(sorted()).containsExactly("cat/a-2.jpg", "cat/a-3.jpg", "cat/a.jpg", "cat/b.jpg");
    }

    @Test
    void hardLinksAreNamesOfThePhoto() throws IOException {
        PhotoSorter links = new PhotoSorter(into, Means.HARD_LINK);
        Path photo = photo("a.jpg", "a cat");
        Place place = links.sort(photo, "cat");
        assertThat(Files.isSameFile(place.target(), photo)).isTrue();
        assertThat(place.target()).isRegularFile();
        assertThat(links.sort(photo, "cat").there()).isTrue();
        assertThat(links.sort(photo("1/a.jpg", "other"), "cat").target()).isEqualTo(into.resolve("cat/a-2.jpg"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void symbolicLinksLeadToThePhotoItself() throws IOException {
        PhotoSorter links = new PhotoSorter(into, Means.SYMBOLIC_LINK);
        Path photo = photo("a.jpg", "a cat");
        Path toPhoto = Files.createSymbolicLink(directory.resolve("link.jpg"), photo);
        Path target = links.sort(toPhoto, "cat").target();
        assertThat(Files.readSymbolicLink(target)).isEqualTo(photo.toRealPath());
        assertThat(links.sort(toPhoto, "cat").there()).isTrue();
        Files.delete(photo);
        assertThat(links.sort(photo("1/link.jpg", "other"), "cat").target()).isEqualTo(into.resolve("cat/link-2.jpg"));
        assertThat(target).isSymbolicLink();
    }

    @Test
    void namesThatLeadElsewhereAreNoFolders() throws IOException {
        Path photo = photo("a.jpg", "a cat");
        for (String label : List.of("..", ".", "", " ", "a/b", "/etc", "a/", "../x", "nul\0")) {
            assertThatThrownBy(() -> sorter.sort(photo, label))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("'" + label + "' cannot be one");
        }
        assertThat(into).doesNotExist();
    }

    @Test
    void aFileInTheWayStays() throws IOException {
        photo("sorted/cat", "a file");
        Path photo = photo("a.jpg", "a cat");
        assertThatThrownBy(() -> sorter.sort(photo, "cat")).isInstanceOf(IOException.class);
        assertThat(into.resolve("cat")).hasContent("a file");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatAKilledProcessLeftIsRemoved() throws IOException, InterruptedException {
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Path part = photo("sorted/cat/.b.jpg." + dead.pid() + ".part", "half");
        Path own = photo("sorted/cat/.b.jpg.part", "of the user");
        sorter.sort(photo("a.jpg", "a cat"), "cat");
        assertThat(part).doesNotExist();
        assertThat(own).exists();
    }
}
