import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Makes a data set of the classes of Grocery Store that have most training photos, with links to its folders.
 *
 *   java data/GroceryLargest.java data/grocery-81 data/grocery-12 12
 *
 * Of classes with as many photos the first by number is taken; they keep their order and are numbered anew.
 */
class GroceryLargest {

    public static void main(String[] args) throws IOException {
        Path from = Path.of(args[0]).toAbsolutePath();
        Path to = Files.createDirectories(Path.of(args[1]));
        Map<String, Long> counts = Files.readAllLines(from.resolve("train.txt")).stream()
                .collect(Collectors.groupingBy(GroceryLargest::label, Collectors.counting()));
        List<String> kept = counts.keySet().stream()
                .sorted(Comparator.comparingLong((String label) -> -counts.get(label)).thenComparingInt(Integer::parseInt))
                .limit(Integer.parseInt(args[2]))
                .sorted(Comparator.comparingInt(Integer::parseInt))
                .toList();
        List<String> classes = Files.readAllLines(from.resolve("classes.csv"));
        Files.writeString(to.resolve("classes.csv"), classes.get(0) + "\n" + IntStream.range(0, kept.size())
                .mapToObj(k -> classes.get(1 + Integer.parseInt(kept.get(k))).replaceFirst(",\\d+,", "," + k + ",") + "\n")
                .collect(Collectors.joining()));
        for (String part : List.of("train", "test")) {
            Files.writeString(to.resolve(part + ".txt"), Files.readAllLines(from.resolve(part + ".txt")).stream()
                    .filter(line -> kept.contains(label(line)))
                    .map(line -> line.substring(0, line.indexOf(',')) + ", " + kept.indexOf(label(line)) + ", 0\n")
                    .collect(Collectors.joining()));
            Path link = to.resolve(part);
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, from.resolve(part));
        }
    }

    private static String label(String line) {
        return line.split(", *")[1];
    }
}
