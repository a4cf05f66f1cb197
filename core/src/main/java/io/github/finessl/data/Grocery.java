package io.github.finessl.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The Grocery Store data set (Klasson, Zhang and Kjellström 2019), its 81 fine classes: {@code train.txt} and
 * {@code test.txt} with lines of a path, the fine and the coarse label, and {@code classes.csv}. Its {@code val.txt} is
 * passed over.
 */
final class Grocery {

    private static final Pattern LINE = Pattern.compile("(?<path>[^,]+),\\s*(?<label>\\d{1,9}),\\s*\\d+");

    private Grocery() {}

    static Layout read(Path root) {
        List<String> classes = classes(root.resolve("classes.csv"));
        List<ImageFiles.Entry> train = ListFile.read(root, "train.txt", LINE, classes.size(), 0);
        List<ImageFiles.Entry> test = ListFile.read(root, "test.txt", LINE, classes.size(), 0);
        ListFile.requireApart(root.resolve("test.txt"), test, "train.txt", train);
        return new Layout(DataSource.Kind.GROCERY, root, false, classes, train, test);
    }

    /** Below a line of titles: name, number, and more. */
    private static List<String> classes(Path file) {
        List<String> lines = InputFiles.lines(file);
        List<String> classes = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] fields = line.split(",", 3);
            if (fields.length < 2 || !fields[1].equals(Integer.toString(classes.size()))) {
                throw new DataException("%s must have the name and number of class %d, but has '%s'."
                        .formatted(file, classes.size(), line));
            }
            classes.add(fields[0]);
        }
        return classes;
    }
}
