package io.github.finessl.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Image files in {@code train/<class>/} and {@code test/<class>/}.
 *
 * <p>Classes are numbered in the order of their names (by code unit, as torchvision's ImageFolder does), images of a class
 * come in the order of their file names. Images may lie in deeper folders. Files that do not end like an image, and hidden
 * ones, are passed over.
 */
final class ImageFolders {

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
        List<ImageFiles.Entry> entries = new ArrayList<>();
        for (int label = 0; label < classes.size(); label++) {
            Path folder = part.resolve(classes.get(label));
            for (Path file : Files.isDirectory(folder) ? images(folder, endings) : List.<Path>of()) {
                entries.add(new ImageFiles.Entry(file, label));
            }
        }
        return entries;
    }

    /** Names of the class folders in a folder, in order. */
    static List<String> names(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new DataException("%s must be a folder with one folder for each class, but %s."
                    .formatted(folder, Files.exists(folder) ? "is a file" : "does not exist"));
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(Files::isDirectory)
                    .map(child -> child.getFileName().toString())
                    .filter(child -> !child.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw unlisted(folder, e);
        } catch (UncheckedIOException e) {
            throw unlisted(folder, e.getCause());
        }
    }

    /** Images in a folder, in any depth, in the order of their paths. */
    static List<Path> images(Path folder, Set<String> endings) {
        try (Stream<Path> files = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(file -> isImage(file, endings)).sorted().toList();
        } catch (IOException e) {
            throw unlisted(folder, e);
        } catch (UncheckedIOException e) {
            throw unlisted(folder, e.getCause());
        }
    }

    static DataException unlisted(Path folder, IOException e) {
        return new DataException("%s cannot be listed: %s".formatted(folder, InputFiles.reason(e)), e);
    }

    /** Whether it is a file that ends like an image. */
    static boolean isImage(Path file, Set<String> endings) {
        String name = file.getFileName().toString();
        return !name.startsWith(".")
                && endings.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT))
                && Files.isRegularFile(file);
    }
}
