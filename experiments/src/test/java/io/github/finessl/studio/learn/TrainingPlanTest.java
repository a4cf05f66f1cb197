package io.github.finessl.studio.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.studio.ColouredPhotos;
import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.LabelledFolder;
import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.learn.TrainingPlan.Entry;
import io.github.finessl.studio.learn.TrainingPlan.Part;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Pictures;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.studio.photo.StudioPhoto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The labels of one moment, by content. */
class TrainingPlanTest {

    @TempDir
    Path photos;

    private PhotoLibrary library;

    @AfterEach
    void close() {
        library.close();
    }

    private void open() throws InterruptedException {
        library = PhotoLibrary.of(LabelledFolder.open(PhotoFolder.open(photos)));
        try (Preparation preparation = new Preparation(library, new Pictures(library.folder()), () -> {
            throw new StudioException("no encoder");
        })) {
            preparation.start();
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (preparation.state().done() < preparation.state().all()) {
                assertThat(System.nanoTime()).isLessThan(end);
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
    }

    private ColouredPhotos labelled(int each) throws IOException {
        ColouredPhotos all = new ColouredPhotos(photos).unlabelled(1);
        for (int i = 0; i < each; i++) {
            all.write("labelled/red/%d.png".formatted(i), 1, 20 + i)
                    .write("labelled/blue/%d.png".formatted(i), 0, 20 + i);
        }
        return all;
    }

    private static long count(TrainingPlan plan, Part part) {
        return plan.photos().stream().filter(photo -> photo.part() == part).count();
    }

    @Test
    void itIsReadAsItWasWritten(@TempDir Path other) throws IOException, InterruptedException {
        labelled(2)
                .write("labelled/none/x.png", 2, 40)
                .write("test/red/t.png", 1, 41)
                .write("test/strange/t.png", 1, 42);
        open();
        TrainingPlan plan = TrainingPlan.of(library, 12, true);
        Path file = other.resolve("001.training.json");
        plan.write(file);
        assertThat(TrainingPlan.read(file)).contains(plan);
        assertThat(plan.steps()).isEqualTo(12);
        assertThat(plan.classes()).containsExactly("blue", "red");
        assertThat(count(plan, Part.LABELLED)).isEqualTo(4); // there are test photos: none is set aside
        assertThat(count(plan, Part.UNLABELLED)).isEqualTo(3);
        assertThat(count(plan, Part.NONE)).isOne();
        assertThat(plan.photos().stream()
                        .filter(photo -> photo.part() == Part.TEST)
                        .map(Entry::path))
                .containsExactly("test/red/t.png");
        assertThat(TrainingPlan.read(other.resolve("none"))).isEmpty();
        Files.writeString(file, "{}");
        assertThatThrownBy(() -> TrainingPlan.read(file)).hasMessageContaining(file + " must list the photos");
    }

    @Test
    void labelsThatWereGuessesAcceptedTogetherAreNotSetAside() throws IOException, InterruptedException {
        ColouredPhotos all = labelled(2);
        for (int i = 0; i < 40; i++) {
            all.write("unlabelled/more/%d.png".formatted(i), 1, 60 + i);
        }
        open();
        List<String> more = library.all().stream()
                .filter(photo -> photo.path().startsWith("unlabelled/more"))
                .map(StudioPhoto::id)
                .toList();
        library.label(more.subList(0, 20), Place.labelled("red"), By.ACCEPTED);
        more.subList(20, 40).forEach(one -> library.label(List.of(one), Place.labelled("red"), By.ACCEPTED));
        assertThat(library.acceptedTogether()).hasSize(20);
        TrainingPlan plan = TrainingPlan.of(library, 1, true);
        assertThat(plan.tested())
                .isNotEmpty()
                .doesNotContainKeys(library.acceptedTogether().toArray(String[]::new));
        for (int i = 0; i < 21; i++) {
            library.undo();
        }
        assertThat(library.acceptedTogether()).isEmpty();
    }

    @Test
    void aboutAFifthIsSetAsideTheSameEveryTimeAndNeverTheLastOfAClass() throws IOException, InterruptedException {
        labelled(20).write("labelled/green/only.png", 2, 50);
        open();
        TrainingPlan plan = TrainingPlan.of(library, 1, true);
        List<Entry> aside = plan.photos().stream()
                .filter(photo -> photo.part() == Part.TEST)
                .toList();
        assertThat(aside).hasSizeBetween(2, 16);
        assertThat(plan.classes()).containsExactly("blue", "green", "red");
        assertThat(plan.learnt())
                .doesNotContainKeys(aside.stream().map(Entry::sha256).toArray(String[]::new));
        StudioPhoto unlabelled =
                library.all().stream().filter(StudioPhoto::isOpen).findFirst().orElseThrow();
        library.label(List.of(unlabelled.id()), Place.labelled("red"), By.HAND);
        assertThat(TrainingPlan.of(library, 1, true).photos().stream().filter(photo -> photo.part() == Part.TEST))
                .containsAll(aside);
        assertThat(count(TrainingPlan.of(library, 1, false), Part.TEST)).isZero();
    }

    @Test
    void whatChangedIsToldByContent() throws IOException, InterruptedException {
        labelled(3);
        open();
        TrainingPlan before = TrainingPlan.of(library, 1, false);
        List<StudioPhoto> red = library.all().stream()
                .filter(photo -> photo.place().equals(Place.labelled("red")))
                .toList();
        List<StudioPhoto> open =
                library.all().stream().filter(StudioPhoto::isOpen).toList();
        library.label(List.of(red.get(0).id()), Place.labelled("blue"), By.HAND);
        library.label(List.of(red.get(1).id()), Place.UNLABELLED, By.HAND);
        library.label(List.of(open.get(0).id(), open.get(1).id()), Place.labelled("red"), By.HAND);
        assertThat(LabelChanges.between(before, TrainingPlan.of(library, 1, false)))
                .isEqualTo(new LabelChanges(2, 1, 1));
    }

    @Test
    void onePhotoOfTwoClassesOrOneClassAloneIsRefused() throws IOException, InterruptedException {
        new ColouredPhotos(photos).write("labelled/red/a.png", 1, 1).write("labelled/blue/b.png", 1, 1);
        open();
        assertThatThrownBy(() -> TrainingPlan.of(library, 1, false))
                .hasMessageContaining("must be a photo of one class");
        Files.delete(photos.resolve("labelled/blue/b.png"));
        library.rescan();
        assertThatThrownBy(() -> TrainingPlan.of(library, 1, false))
                .hasMessage("Two classes or more must have labelled photos, but there are 1.");
    }

    @Test
    void aTrainingDoesNotGoOnWithoutItsPhotos() throws IOException, InterruptedException {
        labelled(2);
        open();
        TrainingPlan plan = TrainingPlan.of(library, 1, false);
        Files.delete(photos.resolve("labelled/red/0.png"));
        library.rescan();
        assertThatThrownBy(() -> LabelledSnapshot.of(plan, library))
                .hasMessageContaining(
                        "1 of its 7 photos are not in the folder as they were, labelled/red/0.png for one");
    }
}
