package io.github.finessl.studio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Photos of the twelve largest classes of Grocery Store, as {@code data/README.md} says how to make them. */
final class GroceryPhotos {

    /** Where they must be. */
    static final String WHERE = "data/grocery-12 is not there: data/README.md says how to make it";

    private static final Path DATA = Path.of("data/grocery-12");
    private static final int LABELLED = 3;
    private static final int UNLABELLED = 25;
    private static final int TEST = 15;

    private GroceryPhotos() {}

    static boolean areThere() {
        return Files.isDirectory(DATA);
    }

    /**
     * Writes a few labelled photos of each class, more unlabelled ones and some that test models.
     *
     * @return the classes of the unlabelled ones, by their names
     */
    static Map<String, String> write(Path folder) throws IOException {
        List<String> classes = Files.readAllLines(DATA.resolve("classes.csv")).stream()
                .skip(1)
                .map(line -> line.substring(0, line.indexOf(',')))
                .toList();
        Map<String, String> truth = new HashMap<>();
        copy("train", LABELLED + UNLABELLED, classes, (file, of, number) -> {
            boolean labelled = number < LABELLED;
            String name = "%s-%s".formatted(of, number);
            String given = "%08x.jpg".formatted(name.hashCode());
            if (!labelled) {
                truth.put(given, of);
            }
            put(file, folder.resolve(labelled ? "labelled/" + of : "unlabelled").resolve(given));
        });
        copy(
                "test",
                TEST,
                classes,
                (file, of, number) -> put(file, folder.resolve("test/%s/%d.jpg".formatted(of, number))));
        return truth;
    }

    /** What is done with a photo. */
    private interface Use {
        void with(Path file, String className, int number) throws IOException;
    }

    private static void copy(String part, int most, List<String> classes, Use use) throws IOException {
        Map<String, Integer> counts = new HashMap<>();
        for (String line : Files.readAllLines(DATA.resolve(part + ".txt"))) {
            String[] fields = line.split(", *", -1);
            String of = classes.get(Integer.parseInt(fields[1]));
            int number = counts.merge(of, 1, Integer::sum) - 1;
            if (number < most) {
                use.with(DATA.resolve(fields[0]), of, number);
            }
        }
    }

    private static void put(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.copy(from, to);
    }
}
