package io.github.finessl.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Image files in {@code train/<class>/} and {@code test/<class>/}.
 *
 * <p>Classes are numbered in the order of their names (by code unit, as torchvision's ImageFolder does), images of a class
 * come in the order of their file names. Images may lie in deeper folders. Files that do not end like an image are passed
 * over, and so are {@link HiddenFiles}, with all that lies in hidden folders.
 */
final class ImageFolders {

    private static final Logger log = LoggerFactory.getLogger(ImageFolders.class);

    static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png", "bmp", "webp", "tif", "tiff", "ppm", "pgm", "jp2");

    private ImageFolders() {}

    static Layout read(Path root) {
        List<String> classes = classes(root);
        return new Layout(
                DataSource.Kind.FOLDERS,
                root,
                false,
                classes,
                entries(root.resolve("train"), classes, ENDINGS),
                entries(root.resolve("test"), classes, ENDINGS));
    }

    private static List<String> classes(Path root) {
        List<String> train = names(root.resolve("train"));
        List<String> test = names(root.resolve("test"));
        if (train.isEmpty()) {
            throw new DataException(
                    "%s must have a folder for each class, but has none.".formatted(root.resolve("train")));
        }
        if (!train.equals(test)) {
            Set<String> missing = new TreeSet<>(train);
            test.forEach(missing::remove);
            Set<String> extra = new TreeSet<>(test);
            train.forEach(extra::remove);
            throw new DataException("%s must have the class folders of %s, but lacks %s and has %s besides."
                    .formatted(root.resolve("test"), root.resolve("train"), missing, extra));
        }
        return train;
    }

    /** Images in the folders of the classes, so far as these are there, in the order of the classes. */
    static List<ImageFiles.Entry> entries(Path part, List<String> classes, Set<String> endings) {
        Map<String, List<Path>> folders = classFolders(part);
        List<ImageFiles.Entry> entries = new ArrayList<>();
        for (int label = 0; label < classes.size(); label++) {
            for (Path file : images(folders, classes.get(label), endings)) {
                entries.add(new ImageFiles.Entry(file, label));
            }
        }
        return entries;
    }

    /** Images in the folders of one name in a folder, if there are any. */
    static List<Path> images(Path part, String name, Set<String> endings) {
        return images(classFolders(part), name, endings);
    }

    private static List<Path> images(Map<String, List<Path>> folders, String name, Set<String> endings) {
        return folders.getOrDefault(ClassNames.composed(name), List.of()).stream()
                .flatMap(folder -> images(folder, endings).stream())
                .toList();
    }

    /** Names of the class folders in a folder, in order. */
    static List<String> names(Path folder) {
        return List.copyOf(classFolders(folder).keySet());
    }

    /**
     * Folders of classes by the classes' names, in the order of the names: two whose names are the same but for Unicode's
     * form are one class.
     */
    static SortedMap<String, List<Path>> classFolders(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new DataException("%s must be a folder with one folder for each class, but %s."
                    .formatted(folder, Files.exists(folder) ? "is a file" : "does not exist"));
        }
        SortedMap<String, List<Path>> folders = new TreeMap<>();
        for (Path child : children(folder)) {
            if (Files.isDirectory(child)) {
                folders.computeIfAbsent(ClassNames.of(child), name -> new ArrayList<>())
                        .add(child);
            } else if (isLinkToNowhere(child) && !endsLike(child, ENDINGS)) {
                throw new DataException("%s must be the folder of a class, but is a link to nowhere.".formatted(child));
            }
        }
        return folders;
    }

    /** The children of a folder that are not hidden, in the order of their names. */
    static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(child -> !HiddenFiles.isHidden(child))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw unlisted(folder, e);
        } catch (UncheckedIOException e) {
            throw unlisted(folder, e.getCause());
        }
    }

    /**
     * Images in a folder, in any depth, in the order of their paths. Links are followed, but not in a circle; one that leads
     * nowhere counts as an image, so that it is named as one that cannot be read.
     */
    static List<Path> images(Path folder, Set<String> endings) {
        List<Path> images = new ArrayList<>();
        try {
            Files.walkFileTree(
                    folder, Set.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(Path found, BasicFileAttributes attributes) {
                            return HiddenFiles.isHidden(found) && !found.equals(folder)
                                    ? FileVisitResult.SKIP_SUBTREE
                                    : FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFile(Path found, BasicFileAttributes attributes) {
                            boolean image = attributes.isRegularFile() && endsLike(found, endings);
                            if (!HiddenFiles.isHidden(found) && (image || attributes.isSymbolicLink())) {
                                images.add(found);
                            }
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFileFailed(Path found, IOException e) throws IOException {
                            if (e instanceof FileSystemLoopException) {
                                log.warn("{} leads back to where it lies, and is not followed", found);
                                return FileVisitResult.CONTINUE;
                            }
                            throw e;
                        }
                    });
        } catch (IOException e) {
            throw unlisted(folder, e);
        }
        images.sort(null);
        return images;
    }

    static DataException unlisted(Path folder, IOException e) {
        return new DataException("%s cannot be listed: %s".formatted(folder, InputFiles.reason(e)), e);
    }

    /** Whether the name ends like an image's. */
    static boolean endsLike(Path file, Set<String> endings) {
        String name = file.getFileName().toString();
        return endings.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    static boolean isLinkToNowhere(Path file) {
        return Files.isSymbolicLink(file) && !Files.exists(file);
    }
}
