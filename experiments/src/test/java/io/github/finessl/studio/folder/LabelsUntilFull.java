package io.github.finessl.studio.folder;

import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.JournalEntry.By;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A process that labels one photo after the other until that fails twice, and says why. */
final class LabelsUntilFull {

    private LabelsUntilFull() {}

    /** Takes the photos' folder and maybe a table. */
    public static void main(String[] args) throws IOException {
        Labels labels =
                Labels.open(Path.of(args[0]), args.length > 1 ? Optional.of(Path.of(args[1])) : Optional.empty());
        int failed = 0;
        for (PhotoFolder.Found photo : labels.folder().scan()) {
            String sha256 = Sha256.hex(labels.folder().inside(photo.path()));
            try {
                labels.label(List.of(new Labels.Photo(photo.path(), sha256)), Place.labelled("cat"), By.HAND);
            } catch (StudioException e) {
                System.out.println(e.getMessage());
                failed++;
            }
            if (failed == 2) {
                return;
            }
        }
    }
}
