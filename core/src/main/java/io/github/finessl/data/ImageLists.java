package io.github.finessl.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Image files that {@code train.txt} and {@code test.txt} list, with class names in {@code classes.txt}, one a line.
 *
 * <p>A line is a path, relative to the lists, then a space and the label: its number from 0, or -1 in {@code train.txt} for
 * an image whose class is not known. Paths may have spaces. An image must not be listed twice.
 */
final class ImageLists {

    private ImageLists() {}

    /** Reads the lists, not the images. */
    static DataSource read(String name, Path root) {
        List<String> classes = InputFiles.lines(root.resolve("classes.txt"));
        List<ImageFiles.Entry> train = entries(root, "train.txt", classes.size(), Dataset.UNKNOWN);
        List<ImageFiles.Entry> test = entries(root, "test.txt", classes.size(), 0);
        Set<Path> training = train.stream().map(ImageFiles.Entry::file).collect(Collectors.toSet());
        for (ImageFiles.Entry entry : test) {
            if (training.contains(entry.file())) {
                throw new DataException("%s must not share images with train.txt, but has %s too."
                        .formatted(root.resolve("test.txt"), entry.file()));
            }
        }
        return new DataSource(
                name, new ImageFiles(name + "/train", classes, train), new ImageFiles(name + "/test", classes, test));
    }

    private static List<ImageFiles.Entry> entries(Path root, String list, int classes, int lowest) {
        List<ImageFiles.Entry> entries = new ArrayList<>();
        Set<Path> seen = new HashSet<>();
        for (String line : InputFiles.lines(root.resolve(list))) {
            int space = line.lastIndexOf(' ');
            String label = line.substring(space + 1);
            if (space < 1
                    || !label.matches("-?\\d{1,9}")
                    || Integer.parseInt(label) < lowest
                    || Integer.parseInt(label) >= classes) {
                throw new DataException("%s must have lines of a path and a label from %d to %d, but has '%s'."
                        .formatted(root.resolve(list), lowest, classes - 1, line));
            }
            Path file = root.resolve(line.substring(0, space).strip()).normalize();
            if (!seen.add(file)) {
                throw new DataException(
                        "%s must list an image once, but has %s twice.".formatted(root.resolve(list), file));
            }
            entries.add(new ImageFiles.Entry(file, Integer.parseInt(label)));
        }
        if (entries.isEmpty()) {
            throw new DataException("%s must list images, but is empty.".formatted(root.resolve(list)));
        }
        return entries;
    }
}
