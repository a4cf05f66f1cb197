package io.github.finessl.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import io.github.finessl.report.Json;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.Classification.Guess;
import io.github.finessl.serve.Decision;
import io.github.finessl.serve.PhotoSorter.Place;
import io.github.finessl.serve.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** A printer of predictions in one output format. */
interface PredictionPrinter {

    /** Prints the answer to a photo, and where the photo is sorted, if it is. */
    void print(String image, Decision answer, Optional<Place> place) throws IOException;

    default void end() throws IOException {}

    /** A printer of lines for people. */
    static PredictionPrinter lines(PrintWriter out, int guesses) {
        return (image, answer, place) -> out.printf(
                Locale.ROOT,
                "%s  %s%s%s%n",
                image,
                answer.isClass() ? "" : answer.word() + ": ",
                answer.classification().top(guesses).stream()
                        .map(PredictionPrinter::percent)
                        .collect(Collectors.joining(", ")),
                place.map(of -> "  -> " + of.target() + (of.there() ? " (there already)" : ""))
                        .orElse(""));
    }

    /** The class, or none; empty where the model is unsure. */
    private static Optional<String> label(Decision answer) {
        return answer instanceof Decision.Unsure ? Optional.empty() : Optional.of(answer.word());
    }

    private static String percent(Guess guess) {
        return String.format(Locale.ROOT, "%s %.1f %%", guess.label(), 100 * guess.probability());
    }

    /** A column of CSV: its name, and what is in it. */
    record Column(String name, Function<Classification, String> value) {

        /** Whether the photo is of no class by a rule; empty where there is none. */
        static Column refused(Optional<Refusal> rule) {
            return new Column(
                    "refused",
                    classification -> rule.map(each -> each.refuses(classification.fit()) ? "yes" : "no")
                            .orElse(""));
        }
    }

    /**
     * A printer of CSV with a header: image, label, confidence.
     *
     * @param guesses columns of guesses and their probabilities after these; 0 for none
     * @param more columns after these
     * @param sorted whether the last column is where the photo is sorted
     */
    static PredictionPrinter csv(PrintWriter out, int guesses, List<Column> more, boolean sorted) throws IOException {
        List<String> header = new ArrayList<>(List.of("image", "label", "confidence"));
        for (int n = 1; n <= guesses; n++) {
            header.add("guess" + n);
            header.add("probability" + n);
        }
        more.forEach(column -> header.add(column.name()));
        if (sorted) {
            header.add("sorted");
        }
        CSVPrinter csv = CSVFormat.RFC4180
                .builder()
                .setRecordSeparator('\n')
                .setHeader(header.toArray(String[]::new))
                .get()
                .print(out);
        return (image, answer, place) -> {
            Classification classification = answer.classification();
            List<Object> row = new ArrayList<>(List.of(image, label(answer).orElse(""), classification.confidence()));
            for (Guess guess : classification.top(guesses)) {
                row.add(guess.label());
                row.add(guess.probability());
            }
            more.forEach(column -> row.add(column.value().apply(classification)));
            place.ifPresent(of -> row.add(of.target()));
            csv.printRecord(row);
        };
    }

    /** A printer of a JSON array of objects. */
    static PredictionPrinter json(PrintWriter out) throws IOException {
        JsonGenerator json = Json.MAPPER.createGenerator(out).useDefaultPrettyPrinter();
        json.writeStartArray();
        return new PredictionPrinter() {
            @Override
            public void print(String image, Decision answer, Optional<Place> place) throws IOException {
                write(json, image, answer, place);
            }

            @Override
            public void end() throws IOException {
                json.writeEndArray();
                json.flush();
                out.println();
            }
        };
    }

    /** A printer of JSON objects, each on a line of its own, which need no end. */
    static PredictionPrinter jsonLines(PrintWriter out) throws IOException {
        JsonGenerator json = Json.MAPPER.createGenerator(out).setPrettyPrinter(null);
        json.setRootValueSeparator(new SerializedString(""));
        return (image, answer, place) -> {
            write(json, image, answer, place);
            json.flush();
            out.println();
        };
    }

    private static void write(JsonGenerator json, String image, Decision answer, Optional<Place> place)
            throws IOException {
        Classification classification = answer.classification();
        json.writeStartObject();
        json.writeStringField("image", image);
        json.writeFieldName("label");
        json.writeString(label(answer).orElse(null));
        json.writeNumberField("confidence", classification.confidence());
        if (place.isPresent()) {
            json.writeStringField("sorted", place.get().target().toString());
        }
        json.writeObjectFieldStart("probabilities");
        for (int k = 0; k < classification.classes().size(); k++) {
            json.writeNumberField(
                    classification.classes().get(k),
                    classification.probabilities().get(k));
        }
        json.writeEndObject();
        json.writeEndObject();
    }
}
