package io.github.finessl.serve;

import io.github.finessl.data.DataException;
import io.github.finessl.data.ImageDecoder;
import io.github.finessl.data.PhotoFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A watch over a folder for photos that appear in it, in any depth, or change.
 *
 * <pre>{@code
 * PhotoWatch watch = PhotoWatch.of(Path.of("inbox"));
 * while (true) {
 *     for (Path photo : watch.next()) {
 *         System.out.println(photo + " " + model.classify(photo).label());
 *     }
 * }
 * }</pre>
 *
 * <p>A photo that is still being written is waited for: it is given once it can be decoded and has not changed for a
 * second. One that cannot be decoded is given after ten seconds without a change. The folder is looked at once a second,
 * so that it may lie on a network drive. Not thread-safe.
 */
public final class PhotoWatch {

    private static final Duration CALM = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Looks in a row that may fail, as when a subfolder is removed at that moment. */
    private static final int MOST_FAILURES = 10;

    private final Path folder;
    private final Duration calm;
    private final Duration patience;
    private final Map<Path, Seen> seen = new HashMap<>();
    private int failures;

    /** What tells that a file was changed. */
    private record State(long size, FileTime changed) {}

    /** A file as it is since a time of {@link System#nanoTime}, and whether it was given to the user. */
    private record Seen(State state, long since, boolean given) {}

    /**
     * A watch with times of its own.
     *
     * @param calm how long a photo must not have changed
     * @param patience how long a photo that cannot be decoded must not have changed
     * @throws DataException if the folder is missing or cannot be listed
     */
    public PhotoWatch(Path folder, Duration calm, Duration patience) {
        this.folder = folder;
        this.calm = calm;
        this.patience = patience;
        for (Path file : PhotoFolders.files(folder)) {
            State state = state(file);
            if (state != null) {
                seen.put(file, new Seen(state, System.nanoTime(), true));
            }
        }
    }

    /**
     * A watch over a folder for photos that appear after this call.
     *
     * @throws DataException if the folder is missing or cannot be listed
     */
    public static PhotoWatch of(Path folder) {
        return new PhotoWatch(folder, CALM, PATIENCE);
    }

    /**
     * Waits for the next photos; at least one is returned.
     *
     * @throws DataException if the folder is gone or can no longer be listed
     */
    public List<Path> next() throws InterruptedException {
        while (true) {
            List<Path> photos = look();
            if (!photos.isEmpty()) {
                return photos;
            }
            Thread.sleep(calm.toMillis());
        }
    }

    private List<Path> look() {
        List<Path> files;
        try {
            files = PhotoFolders.files(folder);
            failures = 0;
        } catch (DataException e) {
            if (!Files.isDirectory(folder) || ++failures == MOST_FAILURES) {
                throw e;
            }
            return List.of();
        }
        seen.keySet().retainAll(Set.copyOf(files));
        List<Path> complete = new ArrayList<>();
        for (Path file : files) {
            State state = state(file);
            if (state == null) {
                continue;
            }
            long now = System.nanoTime();
            Seen before = seen.get(file);
            if (before == null || !before.state().equals(state)) {
                seen.put(file, new Seen(state, now, false));
            } else if (!before.given() && isComplete(file, Duration.ofNanos(now - before.since()))) {
                seen.put(file, new Seen(state, before.since(), true));
                complete.add(file);
            }
        }
        return complete;
    }

    private boolean isComplete(Path file, Duration unchanged) {
        return unchanged.compareTo(patience) >= 0 || (unchanged.compareTo(calm) >= 0 && canBeDecoded(file));
    }

    private static boolean canBeDecoded(Path file) {
        try {
            ImageDecoder.PHOTO.decode(file);
            return true;
        } catch (DataException e) {
            return false;
        }
    }

    /** The file's state, or null while it is not there, as one that was just removed or a link to nowhere. */
    private static State state(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new State(attributes.size(), attributes.lastModifiedTime());
        } catch (IOException e) {
            return null;
        }
    }
}
