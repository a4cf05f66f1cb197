package io.github.finessl.cli;

import io.github.finessl.data.KnownStrangers;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.serve.Decision;
import io.github.finessl.serve.PhotoSorter.Place;
import io.github.finessl.serve.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A printer of predictions into a CSV file, which is written once all photos are answered. */
final class AnswerFile implements PredictionPrinter {

    private final Path file;
    private final PrintWriter out;
    private final StringWriter rows = new StringWriter();
    private final PredictionPrinter csv;
    private int photos;
    private int unsure;
    private int none;

    /**
     * A file without answers.
     *
     * @param out where it is said how many they are in the end
     * @param guesses columns of guesses and their probabilities
     * @param rule by which a column says whether a photo is of no class
     * @param sorted whether the last column is where the photo is sorted
     */
    AnswerFile(Path file, PrintWriter out, int guesses, Optional<Refusal> rule, boolean sorted) throws IOException {
        this.file = file;
        this.out = out;
        csv = PredictionPrinter.csv(new PrintWriter(rows), guesses, List.of(Column.refused(rule)), sorted);
    }

    @Override
    public void print(String image, Decision answer, Optional<Place> place) throws IOException {
        csv.print(image, answer, place);
        photos++;
        unsure += answer instanceof Decision.Unsure ? 1 : 0;
        none += answer instanceof Decision.OfNone ? 1 : 0;
    }

    @Override
    public void end() throws IOException {
        AtomicFile.write(file, rows.toString());
        out.printf(
                Locale.ROOT,
                "%s: %,d photo%s%s%s.%n",
                file,
                photos,
                photos == 1 ? "" : "s",
                unsure == 0 ? "" : String.format(Locale.ROOT, ", %,d of them %s", unsure, Decision.Unsure.WORD),
                none == 0 ? "" : String.format(Locale.ROOT, ", %,d of them %s", none, KnownStrangers.NAME));
    }
}
