package io.github.finessl.report;

import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;

/**
 * The model's prediction for one test image.
 *
 * @param image the image's name in its data set
 * @param label index of the true class
 * @param predicted index of the class with the largest logit
 * @param confidence its probability
 */
public record Prediction(String image, int label, int predicted, double confidence) {

    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setRecordSeparator('\n')
            .setHeader("image", "label", "predicted", "confidence")
            .setSkipHeaderRecord(true)
            .get();

    /**
     * Reads predictions that {@link #write} wrote.
     *
     * @throws IOException naming the file, where it is not such a file of these classes
     */
    public static List<Prediction> read(Path file, List<String> classes) throws IOException {
        try (CSVParser csv = CSVParser.parse(file, StandardCharsets.UTF_8, FORMAT)) {
            List<Prediction> predictions = new ArrayList<>();
            for (CSVRecord row : csv) {
                int label = classes.indexOf(row.get("label"));
                int predicted = classes.indexOf(row.get("predicted"));
                if (label < 0 || predicted < 0) {
                    throw new IOException(file + " should hold predictions of this model's classes, but in line "
                            + csv.getCurrentLineNumber() + " does not.");
                }
                predictions.add(
                        new Prediction(row.get("image"), label, predicted, Double.parseDouble(row.get("confidence"))));
            }
            return predictions;
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " should hold predictions, but is damaged: " + e.getMessage() + ".", e);
        }
    }

    /**
     * Writes predictions as CSV {@code image,label,predicted,confidence}, with the classes' names as they are: a
     * spreadsheet may take one that begins with =, +, - or @ for a formula.
     */
    public static void write(Path file, List<Prediction> predictions, List<String> classes) throws IOException {
        AtomicFile.write(file, out -> {
            Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
            CSVPrinter csv = FORMAT.print(text);
            csv.printRecord(List.of(FORMAT.getHeader()));
            for (Prediction each : predictions) {
                csv.printRecord(
                        each.image(), classes.get(each.label()), classes.get(each.predicted()), each.confidence());
            }
            csv.flush();
        });
    }
}
