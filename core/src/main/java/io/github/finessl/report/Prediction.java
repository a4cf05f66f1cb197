package io.github.finessl.report;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * The model's answer for one test image.
 *
 * @param image the image's name in its data set
 * @param label index of the true class
 * @param predicted index of the class with the largest logit
 * @param confidence its probability
 */
public record Prediction(String image, int label, int predicted, double confidence) {

    /** Writes {@code image,label,predicted,confidence}, with the classes' names. */
    public static void write(Path file, List<Prediction> predictions, List<String> classes) throws IOException {
        AtomicFile.write(file, out -> {
            Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
            CSVPrinter csv = CSVFormat.RFC4180
                    .builder()
                    .setRecordSeparator('\n')
                    .setHeader("image", "label", "predicted", "confidence")
                    .get()
                    .print(text);
            for (Prediction each : predictions) {
                csv.printRecord(
                        each.image(), classes.get(each.label()), classes.get(each.predicted()), each.confidence());
            }
            csv.flush();
        });
    }
}
