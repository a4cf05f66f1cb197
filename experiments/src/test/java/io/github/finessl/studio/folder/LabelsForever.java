package io.github.finessl.studio.folder;

import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.PhotoFolder.Found;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A process that labels, corrects, undoes and makes one class of two at random until it is killed. */
final class LabelsForever {

    private static final List<String> CLASSES = List.of("cat", "dog", "새");

    private LabelsForever() {}

    /** Takes the photos' folder, a seed and maybe a table. */
    public static void main(String[] args) throws IOException {
        Random random = new Random(Long.parseLong(args[1]));
        Labels labels =
                Labels.open(Path.of(args[0]), args.length > 2 ? Optional.of(Path.of(args[2])) : Optional.empty());
        System.out.println("open");
        while (true) {
            int what = random.nextInt(12);
            if (what < 3) {
                labels.undo();
            } else if (what == 3) {
                List<String> names = new ArrayList<>(CLASSES);
                Collections.shuffle(names, random);
                labels.renameClass(names.get(0), names.get(1), photos(labels, Place.labelled(names.get(0))));
            } else {
                label(labels, random);
            }
        }
    }

    private static void label(Labels labels, Random random) throws IOException {
        List<Found> photos = new ArrayList<>(labels.folder().scan());
        Collections.shuffle(photos, random);
        Place place =
                random.nextInt(5) == 0 ? Place.NO_CLASS : Place.labelled(CLASSES.get(random.nextInt(CLASSES.size())));
        List<Labels.Photo> some = new ArrayList<>();
        for (Found photo : photos.subList(0, random.nextInt(4) == 0 ? 5 : 1)) {
            some.add(photo(labels, photo.path()));
        }
        labels.label(some, place, By.HAND);
    }

    private static List<Labels.Photo> photos(Labels labels, Place place) throws IOException {
        List<Labels.Photo> photos = new ArrayList<>();
        for (Found photo : labels.folder().scan()) {
            if (labels.place(photo.path()).equals(place)) {
                photos.add(photo(labels, photo.path()));
            }
        }
        return photos;
    }

    private static Labels.Photo photo(Labels labels, String path) throws IOException {
        return new Labels.Photo(path, Sha256.hex(labels.folder().inside(path)));
    }
}
