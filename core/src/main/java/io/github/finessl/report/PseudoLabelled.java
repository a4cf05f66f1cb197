package io.github.finessl.report;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;

import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * The pseudo-label of one unlabelled image by the finished model.
 *
 * @param image the image's name in its data set, such as its path in the folder
 * @param label index of the class with the largest logit: the pseudo-label
 * @param confidence its probability, 0 to 1
 * @param weight what the method weighs the image by; null for a method without weights
 * @param margin m(ŷ), by which training wants the class's logit above all others; null for a method without margins
 * @param fit the largest logit: how well the image fits its nearest class
 * @param second the class with the next largest probability
 * @param truth index of the true class, as far as the data set tells it
 */
public record PseudoLabelled(
        String image,
        int label,
        double confidence,
        Double weight,
        Double margin,
        double fit,
        Guess second,
        OptionalInt truth) {

    /** A class and its probability. */
    public record Guess(int label, double confidence) {}

    /** The two likeliest classes. */
    public TopTwo topTwo() {
        return new TopTwo(label, confidence, second.label(), second.confidence());
    }

    /** The file's usual name, in the model's folder. */
    public static final String FILE = "pseudo-labels.csv";

    /** The order by confidence, the least first, of which a true label would teach the most. */
    public static final Comparator<PseudoLabelled> MOST_DOUBTFUL_FIRST =
            comparingDouble(PseudoLabelled::confidence).thenComparing(comparing(PseudoLabelled::image));

    /**
     * Writes pseudo-labels as CSV {@code image,label,confidence,weight,margin}, with the classes' names, the most
     * doubtful first.
     */
    public static void writeCsv(Path file, List<PseudoLabelled> images, List<String> classes) throws IOException {
        AtomicFile.write(file, out -> {
            Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
            CSVPrinter csv = CSVFormat.RFC4180
                    .builder()
                    .setRecordSeparator('\n')
                    .setHeader("image", "label", "confidence", "weight", "margin")
                    .get()
                    .print(text);
            for (PseudoLabelled each :
                    images.stream().sorted(MOST_DOUBTFUL_FIRST).toList()) {
                csv.printRecord(
                        each.image(), classes.get(each.label()), each.confidence(), each.weight(), each.margin());
            }
            csv.flush();
        });
    }
}
