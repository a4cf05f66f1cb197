package io.github.finessl.studio.folder;

import io.github.finessl.data.HiddenFiles;
import io.github.finessl.data.KnownStrangers;
import io.github.finessl.data.PhotoFolders;
import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder of photos: {@code labelled/<class>/}, {@code labelled/none/} and {@code test/<class>/}, and all other photos in any
 * depth, which are the unlabelled ones. Paths in it are relative to it, with slashes.
 *
 * @param root its real path, without links
 * @param home the folder that the studio writes its own files into, such as models: the root itself, unless that is only read
 */
public record PhotoFolder(Path root, Path home) {

    /** The folder of the folders of classes. */
    public static final String LABELLED = "labelled";

    /** The folder that photos return to whose label is taken away. */
    public static final String UNLABELLED = "unlabelled";

    private static final String MODELS = "models";

    private static final String TEST = "test";

    /**
     * A photo's file as it was found.
     *
     * @param path relative to the folder, with slashes
     * @param key what the file system knows the file by wherever it is moved to; null where it has no such thing
     */
    public record Found(String path, long bytes, long modified, Object key) {

        /** Whether another look at a file found what this one did, as far as can be told without reading it. */
        public boolean isUnchanged(Found other) {
            return bytes == other.bytes && modified == other.modified;
        }
    }

    /**
     * Opens a folder.
     *
     * @throws StudioException if it is none
     */
    public static PhotoFolder open(Path folder) {
        Path root = real(folder);
        return new PhotoFolder(root, root);
    }

    /**
     * The real path of a folder.
     *
     * @throws StudioException if it is none
     */
    static Path real(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new StudioException("%s must be a folder of photos, but %s."
                    .formatted(folder, Files.exists(folder) ? "is a file" : "does not exist"));
        }
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            throw new StudioException("%s cannot be opened: %s.".formatted(folder, AtomicFile.reason(e)), e);
        }
    }

    /** The folder of the trained models. */
    public Path models() {
        return home.resolve(MODELS);
    }

    /** The photos' files in the order of their paths, without those of models. */
    public List<Found> scan() {
        List<Found> found = new ArrayList<>();
        Path models = models();
        Map<Path, Boolean> elsewhere = new HashMap<>();
        for (Path file : PhotoFolders.files(root)) {
            if (file.startsWith(models) || elsewhere.computeIfAbsent(file.getParent(), this::isElsewhere)) {
                continue;
            }
            try {
                found.add(found(file, relative(file)));
            } catch (IOException e) { // a link to nowhere, or moved just now
                if (Files.isSymbolicLink(file)) {
                    found.add(new Found(relative(file), 0, 0, null));
                }
            }
        }
        return found;
    }

    /** Whether a folder is reached through a link, and lies in this one, where its photos are found without the link. */
    private boolean isElsewhere(Path there) {
        try {
            return isLinked(there) && there.toRealPath().startsWith(root);
        } catch (IOException e) { // moved just now
            return false;
        }
    }

    /** Whether there is a link on the way from this folder to another in it. */
    private boolean isLinked(Path there) {
        return Stream.iterate(there, at -> !at.equals(root), Path::getParent).anyMatch(Files::isSymbolicLink);
    }

    private static Found found(Path file, String path) throws IOException {
        BasicFileAttributes read = Files.readAttributes(file, BasicFileAttributes.class);
        return new Found(path, read.size(), read.lastModifiedTime().toMillis(), read.fileKey());
    }

    /**
     * A photo's file as it is now.
     *
     * @throws StudioException if it is not there, or leads out of the folder
     */
    public Found found(String path) {
        try {
            return found(inside(path), path);
        } catch (IOException e) {
            throw new StudioException("%s is not there any more.".formatted(path), e);
        }
    }

    /** Whether there is no file at a path any more, not even a link. */
    public boolean isGone(String path) {
        return Files.notExists(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
    }

    /** The path of a file in the folder, relative and with slashes. */
    String relative(Path file) {
        return root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
    }

    /** The place that a path says. */
    public Place place(String path) {
        String[] parts = path.split("/", 3);
        if (parts.length == 3 && parts[0].equals(LABELLED)) {
            return parts[1].equals(KnownStrangers.NAME) ? Place.NO_CLASS : Place.labelled(parts[1]);
        } else if (parts.length == 3 && parts[0].equals(TEST)) {
            return new Place.Test(parts[1]);
        }
        return Place.UNLABELLED;
    }

    /**
     * The names of the classes, in order: those of the folders in {@value #LABELLED}, with or without photos, but for links.
     */
    public List<String> classes() {
        return List.copyOf(classFolders().keySet());
    }

    private SortedMap<String, Path> classFolders() {
        SortedMap<String, Path> folders = new TreeMap<>();
        folders(LABELLED).stream()
                .filter(child -> !child.getFileName().toString().equals(KnownStrangers.NAME))
                .filter(child -> fault(child).isEmpty())
                .forEach(child ->
                        folders.putIfAbsent(Place.composed(child.getFileName().toString()), child));
        return folders;
    }

    /** The folders of classes that are none, for they are links: by path, with a sentence that says where they lead. */
    public SortedMap<String, String> unusable() {
        SortedMap<String, String> faults = new TreeMap<>();
        for (String part : List.of(LABELLED, TEST)) {
            for (Path child : folders(part)) {
                fault(child).ifPresent(fault -> faults.put(relative(child), fault));
            }
        }
        return faults;
    }

    /** The folders in a part, in order. */
    private List<Path> folders(String part) {
        Path folder = root.resolve(part);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(child -> !HiddenFiles.isHidden(child) && Files.isDirectory(child))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new StudioException("%s cannot be listed: %s.".formatted(folder, AtomicFile.reason(e)), e);
        }
    }

    private Optional<String> fault(Path there) {
        try {
            String path = relative(there);
            Path real = inside(path);
            return isLinked(there)
                    ? Optional.of("%s is a link to %s: photos there count as what lies there."
                            .formatted(path, relative(real)))
                    : Optional.empty();
        } catch (StudioException e) {
            return Optional.of(e.getMessage());
        }
    }

    /**
     * The folder, relative and with slashes, that photos of a place are moved to. The folder of a class that is there already is
     * taken as it is spelt.
     *
     * @throws StudioException if a class that is not there cannot have this name, or photos are not moved to the place
     */
    public String folderOf(Place place) {
        if (place instanceof Place.Labelled of) {
            return classFolder(of.className());
        } else if (place instanceof Place.NoClass) {
            return LABELLED + "/" + KnownStrangers.NAME;
        } else if (place instanceof Place.Test) {
            throw new StudioException("Photos in test/ are not labelled here.");
        }
        return UNLABELLED;
    }

    private String classFolder(String name) {
        Path there = classFolders().get(Place.composed(name));
        if (there != null) {
            return relative(there);
        }
        return LABELLED + "/" + new ClassName(name).text();
    }

    /**
     * The file at a path, which must lie in the folder even where links lead elsewhere.
     *
     * @throws StudioException if it does not, or is not there
     */
    public Path inside(String path) {
        Path file = root.resolve(path);
        try {
            Path real = file.toRealPath();
            if (!real.startsWith(root)) {
                throw new StudioException("%s leads out of %s and is not opened.".formatted(path, root));
            }
            return real;
        } catch (IOException e) {
            throw new StudioException("%s is not there any more.".formatted(path), e);
        }
    }

    /** The file that a path has or will have, whose nearest folder that is there must lie in this one. */
    Path target(String path) throws IOException {
        Path file = root.resolve(path).normalize();
        if (!file.startsWith(root) || file.equals(root)) {
            throw new StudioException("%s leads out of %s.".formatted(path, root));
        }
        Path there = file.getParent();
        while (!Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
            there = there.getParent();
        }
        Path real = there.toRealPath();
        if (!real.startsWith(root)) {
            throw new StudioException("%s leads out of %s.".formatted(path, root));
        } else if (isLinked(there)) {
            throw new StudioException("%s would lie in %s, to which a link leads.".formatted(path, relative(real)));
        }
        return file;
    }
}
