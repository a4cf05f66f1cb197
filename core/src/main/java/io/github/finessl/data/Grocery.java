package io.github.finessl.data;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * The Grocery Store data set (Klasson, Zhang and Kjellström 2019), its 81 fine classes: {@code train.txt} and
 * {@code test.txt} with lines of a path, the fine and the coarse label, and {@code classes.csv}. Its {@code val.txt} is
 * passed over.
 */
final class Grocery {

    private static final Pattern LINE =
            Pattern.compile("(?<path>\"(?:[^\"]|\"\")*\"|[^,]+),\\s*(?<label>\\d{1,9}),\\s*\\d+");

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
        List<String> classes = new ArrayList<>();
        try (CSVParser csv = CSVFormat.DEFAULT
                .builder()
                .setTrim(true)
                .get()
                .parse(new StringReader(InputFiles.text(InputFiles.bytes(file))))) {
            for (CSVRecord line : csv.stream().skip(1).toList()) {
                if (line.size() < 2 || !line.get(1).equals(Integer.toString(classes.size()))) {
                    throw new DataException("%s must have the name and number of class %d, but has '%s'."
                            .formatted(file, classes.size(), String.join(",", line)));
                }
                classes.add(line.get(0));
            }
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            throw new DataException("%s must be a CSV file, but is not: %s.".formatted(file, e.getMessage()), e);
        }
        return ClassNames.listed(file, classes);
    }
}
