package io.github.finessl.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * FOOD-101 (Bossard, Guillaumin and Van Gool 2014) as its archive unpacks: {@code images/<class>/<id>.jpg}, lists of
 * {@code <class>/<id>} in {@code meta/train.txt} and {@code meta/test.txt}, and {@code meta/classes.txt}. Without the last
 * the classes are the folders that {@code train.txt} names. The order is that of {@link ImageFolders}.
 */
final class Food101 {

    static final Path TRAIN = Path.of("meta", "train.txt");

    private Food101() {}

    static Layout read(Path root) {
        Path names = root.resolve("meta").resolve("classes.txt");
        Path source = Files.exists(names) ? names : root.resolve(TRAIN);
        List<String> lines = InputFiles.lines(source);
        List<String> classes = ClassNames.listed(
                        source,
                        source.equals(names)
                                ? lines
                                : lines.stream().map(Food101::folder).distinct().toList())
                .stream()
                .sorted()
                .toList();
        Map<String, Integer> labels = new HashMap<>();
        classes.forEach(name -> labels.put(name, labels.size()));
        List<ImageFiles.Entry> train = entries(root, root.resolve(TRAIN), labels);
        Path testList = root.resolve("meta").resolve("test.txt");
        List<ImageFiles.Entry> test = entries(root, testList, labels);
        ListFile.requireApart(testList, test, "train.txt", train);
        return new Layout(DataSource.Kind.FOOD101, root, false, classes, train, test);
    }

    private static List<ImageFiles.Entry> entries(Path root, Path list, Map<String, Integer> labels) {
        List<ImageFiles.Entry> entries = InputFiles.lines(list).stream()
                .map(line -> {
                    Integer label = labels.get(folder(line));
                    if (label == null) {
                        throw new DataException(
                                "%s must have lines of a class, a slash and a name, with one of the %d classes, but has '%s'."
                                        .formatted(list, labels.size(), line));
                    }
                    return new ImageFiles.Entry(ListFile.resolved(list, root.resolve("images"), line + ".jpg"), label);
                })
                .sorted(Comparator.comparingInt(ImageFiles.Entry::label).thenComparing(ImageFiles.Entry::file))
                .toList();
        for (int i = 1; i < entries.size(); i++) {
            if (entries.get(i).equals(entries.get(i - 1))) {
                throw new DataException("%s must list an image once, but has %s twice."
                        .formatted(list, entries.get(i).file()));
            }
        }
        return entries;
    }

    private static String folder(String line) {
        return ClassNames.composed(line.substring(0, Math.max(0, line.indexOf('/'))));
    }
}
