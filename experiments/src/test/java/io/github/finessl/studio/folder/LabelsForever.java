package io.github.finessl.studio.folder;

import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.LabelledFolder.Wish;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A process that labels, corrects and undoes at random until it is killed. */
final class LabelsForever {

    private static final List<String> CLASSES = List.of("cat", "dog", "새");

    private LabelsForever() {}

    public static void main(String[] args) throws IOException {
        Random random = new Random(Long.parseLong(args[1]));
        LabelledFolder labels = LabelledFolder.open(PhotoFolder.open(Path.of(args[0])));
        System.out.println("open");
        while (true) {
            if (random.nextInt(4) == 0) {
                labels.undo();
                continue;
            }
            List<PhotoFolder.Found> photos = labels.folder().scan();
            List<Wish> wishes = new ArrayList<>();
            for (int n = random.nextInt(4) == 0 ? 5 : 1; n > 0; n--) {
                String path = photos.get(random.nextInt(photos.size())).path();
                Place place = random.nextInt(5) == 0
                        ? Place.NO_CLASS
                        : Place.labelled(CLASSES.get(random.nextInt(CLASSES.size())));
                if (wishes.stream().noneMatch(wish -> wish.from().equals(path))) {
                    wishes.add(
                            new Wish(path, sha256(labels, path), labels.folder().folderOf(place)));
                }
            }
            labels.move(wishes, By.HAND);
        }
    }

    private static String sha256(LabelledFolder labels, String path) throws IOException {
        return Sha256.hex(Files.readString(labels.folder().inside(path)).getBytes(StandardCharsets.UTF_8));
    }
}
