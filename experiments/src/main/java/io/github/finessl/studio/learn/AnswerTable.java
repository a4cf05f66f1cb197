package io.github.finessl.studio.learn;

import io.github.finessl.data.KnownStrangers;
import io.github.finessl.serve.Decision;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.StudioPhoto;
import java.io.IOException;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * A table of all photos as CSV: {@code image,label,confidence,given}, the label being the model's, empty where it is unsure, and
 * {@code given} what people say. Names that a spreadsheet would take for formulas begin with an apostrophe.
 */
public record AnswerTable(PhotoLibrary library, Decisions decisions) {

    private static final String FORMULAS = "=+-@\t\r";

    /** Writes the photos that are answered. */
    public void write(Appendable out) throws IOException {
        CSVPrinter csv = CSVFormat.RFC4180
                .builder()
                .setRecordSeparator('\n')
                .setHeader("image", "label", "confidence", "given")
                .get()
                .print(out);
        for (StudioPhoto photo : library.all()) {
            Optional<Decision> decision = decisions.of(photo);
            if (decision.isPresent()) {
                csv.printRecord(
                        safe(photo.path()),
                        decision.filter(answer -> !(answer instanceof Decision.Unsure))
                                .map(answer -> safe(answer.word()))
                                .orElse(""),
                        decision.get().classification().confidence(),
                        safe(given(photo)));
            }
        }
    }

    private static String given(StudioPhoto photo) {
        return photo.place() instanceof Place.NoClass
                ? KnownStrangers.NAME
                : photo.className().orElse("");
    }

    private static String safe(String text) {
        return !text.isEmpty() && FORMULAS.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }
}
