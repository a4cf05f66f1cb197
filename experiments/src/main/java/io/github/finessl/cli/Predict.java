package io.github.finessl.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.PhotoFolders;
import io.github.finessl.report.Json;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.Classification.Guess;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Photo;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The subcommand that predicts the classes of photos. */
@Command(
        name = "predict",
        description = {
            "Predicts the class of each photo, with probabilities.",
            "Photos that cannot be read are named on standard error and skipped; the exit code is then 3.",
            "Hidden files and folders are skipped, and system folders such as @eaDir."
        })
final class Predict implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments model;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "IMAGES", description = "photos, or folders of photos")
    private List<Path> images;

    @ArgGroup
    private Form form = new Form();

    /** The output format of predictions: CSV, JSON, or else lines for people. */
    private static final class Form {
        @Option(
                names = "--csv",
                description = {
                    "print CSV: image,label,confidence; file names are not escaped,",
                    "even if a spreadsheet would take them for formulas (= + - @)"
                })
        private boolean csv;

        @Option(names = "--json", description = "print a JSON array of objects with the probabilities of all classes")
        private boolean json;
    }

    /** A printer of predictions in one output format. */
    private interface Printer {
        void print(String image, Classification answer) throws IOException;

        default void end() throws IOException {}
    }

    @Override
    public Integer call() throws IOException {
        LeftOut leftOut = new LeftOut(spec.commandLine().getErr());
        try (FineSslModel loaded = model.load()) {
            List<Photo> photos = new ArrayList<>();
            for (Path path : images) {
                photos.addAll(Files.isDirectory(path) ? photosIn(path, loaded, leftOut) : List.of(Photo.of(path)));
            }
            Printer printer = printer(spec.commandLine().getOut());
            loaded.classify(photos, new FineSslModel.Listener() {
                @Override
                public void classified(Photo photo, Classification answer) {
                    try {
                        printer.print(photo.name(), answer);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }

                @Override
                public void unreadable(Photo photo, String reason) {
                    leftOut.add(reason);
                }
            });
            printer.end();
        }
        return leftOut.exit().code();
    }

    /**
     * The photos in a folder; a folder that cannot be used is named and has none, so that the others are still
     * classified.
     */
    private static List<Photo> photosIn(Path folder, FineSslModel model, LeftOut leftOut) {
        try {
            Dataset dataset = PhotoFolders.unlabelled(folder, model.classes());
            leftOut.addAll(dataset);
            return Photo.all(dataset);
        } catch (DataException e) {
            leftOut.add(e.getMessage());
            return List.of();
        }
    }

    private Printer printer(PrintWriter out) throws IOException {
        if (form.csv) {
            CSVPrinter csv = CSVFormat.RFC4180
                    .builder()
                    .setRecordSeparator('\n')
                    .setHeader("image", "label", "confidence")
                    .get()
                    .print(out);
            return new Printer() {
                @Override
                public void print(String image, Classification answer) throws IOException {
                    csv.printRecord(image, answer.label(), answer.confidence());
                }

                @Override
                public void end() throws IOException {
                    csv.flush();
                }
            };
        } else if (form.json) {
            return json(out);
        }
        return (image, answer) -> out.printf(
                Locale.ROOT,
                "%s  %s%n",
                image,
                answer.top(3).stream().map(Predict::percent).collect(Collectors.joining(", ")));
    }

    private static String percent(Guess guess) {
        return String.format(Locale.ROOT, "%s %.1f %%", guess.label(), 100 * guess.probability());
    }

    private static Printer json(PrintWriter out) throws IOException {
        JsonGenerator json = Json.MAPPER.createGenerator(out).useDefaultPrettyPrinter();
        json.writeStartArray();
        return new Printer() {
            @Override
            public void print(String image, Classification answer) throws IOException {
                json.writeStartObject();
                json.writeStringField("image", image);
                json.writeStringField("label", answer.label());
                json.writeNumberField("confidence", answer.confidence());
                json.writeObjectFieldStart("probabilities");
                for (int k = 0; k < answer.classes().size(); k++) {
                    json.writeNumberField(
                            answer.classes().get(k), answer.probabilities().get(k));
                }
                json.writeEndObject();
                json.writeEndObject();
            }

            @Override
            public void end() throws IOException {
                json.writeEndArray();
                json.flush();
                out.println();
            }
        };
    }
}
