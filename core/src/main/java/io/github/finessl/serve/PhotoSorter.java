package io.github.finessl.serve;

import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A sorter of photos into a folder for each class. The photos stay where they are; the folders get copies or links.
 *
 * <pre>{@code
 * PhotoSorter sorter = new PhotoSorter(Path.of("sorted"), PhotoSorter.Means.COPY);
 * sorter.sort(photo, model.classify(photo).label());
 * }</pre>
 *
 * <p>Nothing is overwritten or removed: where {@code photo.jpg} is taken, the photo is called {@code photo-2.jpg}. A photo
 * that is there already, with the same content under one of these names, is not sorted again. Not thread-safe.
 */
public final class PhotoSorter {

    private final Path into;
    private final Means means;

    /** The photos that names were given to, by the files of these names. */
    private final Map<Path, Path> named = new HashMap<>();

    /** The way in which a photo gets into a folder. */
    public enum Means {
        /** A copy with the photo's time, which has its name once it is complete. */
        COPY,
        /** A second name of the same file, which must be on the same disk. */
        HARD_LINK,
        /** A pointer to the photo's path, which leads nowhere once the photo is moved. */
        SYMBOLIC_LINK
    }

    /**
     * The place of a photo in the folders.
     *
     * @param there whether the photo was there before
     */
    public record Place(Path photo, Path target, boolean there) {}

    /**
     * A sorter into a folder.
     *
     * @param into is made when the first photo is sorted
     */
    public PhotoSorter(Path into, Means means) {
        this.into = into;
        this.means = means;
    }

    /**
     * Puts a photo into the folder of its class.
     *
     * @param label the name of the class
     * @throws ModelException if the class cannot be the name of a folder
     * @throws IOException naming the file that cannot be read or written
     */
    public Place sort(Path photo, String label) throws IOException {
        while (true) {
            Place place = place(photo, label);
            if (place.there()) {
                return place;
            }
            AtomicFile.makeDirectories(place.target().getParent());
            try {
                make(place);
                return place;
            } catch (FileAlreadyExistsException e) { // another program took the name just now
                named.remove(place.target());
            }
        }
    }

    /**
     * The place that a photo would get after those that were asked for before it. Nothing is written.
     *
     * @param label the name of the class
     * @throws ModelException if the class cannot be the name of a folder
     * @throws IOException if a file cannot be read
     */
    public Place place(Path photo, String label) throws IOException {
        Path folder = into.resolve(folderName(label));
        String name = photo.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String stem = dot > 0 ? name.substring(0, dot) : name;
        for (int n = 1; ; n++) {
            Path target = folder.resolve(n == 1 ? name : stem + "-" + n + name.substring(stem.length()));
            boolean exists = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
            if (!exists && !named.containsKey(target)) {
                named.put(target, photo);
                return new Place(photo, target, false);
            }
            if (haveSameContent(photo, exists ? target : named.get(target))) {
                return new Place(photo, target, true);
            }
        }
    }

    private static boolean haveSameContent(Path photo, Path other) throws IOException {
        return Files.isRegularFile(other) && Files.mismatch(photo, other) < 0;
    }

    private void make(Place place) throws IOException {
        switch (means) {
            case COPY -> copy(place);
            case HARD_LINK -> link(place, "hard", () -> Files.createLink(place.target(), real(place.photo())));
            case SYMBOLIC_LINK ->
                link(place, "symbolic", () -> Files.createSymbolicLink(place.target(), real(place.photo())));
        }
    }

    private static void copy(Place place) throws IOException {
        try {
            AtomicFile.copy(place.photo(), place.target());
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(
                    "%s cannot be copied to %s: %s.".formatted(place.photo(), place.target(), AtomicFile.reason(e)), e);
        }
    }

    /** The making of a link. */
    private interface Link {
        void make() throws IOException;
    }

    private static void link(Place place, String kind, Link link) throws IOException {
        try {
            link.make();
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException e) {
            throw new IOException(
                    "%s cannot be a %s link to %s: %s. Copies work everywhere."
                            .formatted(place.target(), kind, place.photo(), AtomicFile.reason(e)),
                    e);
        }
    }

    /** The path of the file itself, so that no link leads to a link. */
    private static Path real(Path photo) throws IOException {
        return photo.toRealPath();
    }

    private static Path folderName(String label) {
        Path name;
        try {
            name = Path.of(label);
        } catch (InvalidPathException e) {
            throw new ModelException(
                    "A class must have the name of a folder for photos to be sorted into it, but '%s' cannot be one: %s."
                            .formatted(label, e.getReason()),
                    e);
        }
        boolean one = name.getNameCount() == 1
                && name.getRoot() == null
                && name.toString().equals(label);
        if (!one || label.isBlank() || label.equals(".") || label.equals("..")) {
            throw new ModelException(
                    "A class must have the name of a folder for photos to be sorted into it, but '%s' cannot be one."
                            .formatted(label));
        }
        return name;
    }
}
