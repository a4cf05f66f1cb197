package io.github.finessl.data;

import java.nio.file.Path;
import java.util.List;

/**
 * Image files that {@code train.txt} and {@code test.txt} list, with class names in {@code classes.txt}, one a line.
 *
 * <p>A line is a path, relative to the lists, then a space and the label: its number from 0, or -1 in {@code train.txt} for
 * an image whose class is not known; a set that has such images brings its own split. An image must not be listed twice.
 */
final class ImageLists {

    private ImageLists() {}

    static Layout read(Path root) {
        Path names = root.resolve("classes.txt");
        List<String> classes = ClassNames.listed(names, InputFiles.lines(names));
        List<ImageFiles.Entry> train =
                ListFile.read(root, "train.txt", ListFile.PATH_LABEL, classes.size(), Dataset.UNKNOWN);
        List<ImageFiles.Entry> test = ListFile.read(root, "test.txt", ListFile.PATH_LABEL, classes.size(), 0);
        ListFile.requireApart(root.resolve("test.txt"), test, "train.txt", train);
        boolean bringsSplit = train.stream().anyMatch(entry -> entry.label() == Dataset.UNKNOWN);
        return new Layout(DataSource.Kind.LISTS, root, bringsSplit, classes, train, test);
    }
}
