package io.github.finessl.report;

import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * An image that was left out because it cannot be read.
 *
 * @param image its file
 * @param reason completes the sentence "the file ..."
 */
public record Unreadable(String image, String reason) {

    /** The list's usual name, in the model's folder. */
    public static final String FILE = "unreadable.csv";

    /** Writes the list as CSV {@code image,reason}. */
    public static void writeCsv(Path file, List<Unreadable> images) throws IOException {
        AtomicFile.write(file, out -> {
            Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
            CSVPrinter csv = CSVFormat.RFC4180
                    .builder()
                    .setRecordSeparator('\n')
                    .setHeader("image", "reason")
                    .get()
                    .print(text);
            for (Unreadable each : images) {
                csv.printRecord(each.image(), each.reason());
            }
            csv.flush();
        });
    }
}
