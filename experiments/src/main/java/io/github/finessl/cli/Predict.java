package io.github.finessl.cli;

import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.KnownStrangers;
import io.github.finessl.data.PhotoFolders;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.io.Overwriting;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.Decision;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Photo;
import io.github.finessl.serve.PhotoSorter.Place;
import io.github.finessl.serve.PhotoWatch;
import io.github.finessl.serve.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The subcommand that predicts the classes of photos. */
@Command(
        name = "predict",
        customSynopsis = {
            "finessl predict [OPTIONS] MODEL_DIR [IMAGES...]",
            "       finessl predict --classes=<names> --encoder=<file> --text-encoder=<file>",
            "                       [OPTIONS] IMAGES..."
        },
        description = {
            "Predicts the class of each photo, with probabilities.",
            "Photos that cannot be read are named on standard error and skipped; the exit code is then 3.",
            "Hidden files and folders are skipped, and system folders such as @eaDir."
        })
final class Predict implements Callable<Integer> {

    private static final int GUESSES_FOR_PEOPLE = 3;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments model;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "IMAGES", description = "photos, or folders of photos")
    private List<Path> images = List.of();

    @Option(
            names = "--threshold",
            paramLabel = "<probability>",
            description = {
                "answer 'unsure' and the guesses where the best has a lower probability than this, such as 0.7.",
                "In CSV the label is then empty, in JSON null. Default: what was chosen for the model in the studio,",
                "else 0: always name a class"
            })
    private Optional<Double> threshold = Optional.empty();

    @Option(
            names = "--unknown",
            description = {
                "answer 'none' where a photo fits no class of the model, by the threshold that its training has set.",
                "So is the label in CSV and JSON, and the folder that --sort-into puts it into"
            })
    private boolean unknown;

    @Option(
            names = "--top",
            paramLabel = "<number>",
            description = {
                "number of guesses for each photo; default 3.",
                "--csv has columns guess1,probability1,guess2,... for them, by default none; JSON always has all"
            })
    private Optional<Integer> top = Optional.empty();

    @Option(
            names = "--watch",
            paramLabel = "<folder>",
            description = {
                "go on with photos that appear or change in this folder, until Ctrl-C (exit code 130).",
                "IMAGES are answered first and may be left out. A photo still being written is waited for"
            })
    private Optional<Path> watched = Optional.empty();

    @ArgGroup
    private Form form = new Form();

    @ArgGroup(exclusive = false)
    private Sorting sorting;

    @ArgGroup(exclusive = false, heading = "%nWithout a trained model:%n", order = 1)
    private ZeroShot zeroShot;

    /** The output format of predictions: CSV, JSON, or else lines for people. */
    private static final class Form {
        @Option(
                names = "--csv",
                description = {
                    "print CSV: image,label,confidence; file names are not escaped,",
                    "even if a spreadsheet would take them for formulas (= + - @)"
                })
        private boolean csv;

        @Option(
                names = "--json",
                description =
                        "print a JSON array of objects with the probabilities of all classes; with --watch, an object a line")
        private boolean json;

        @Option(
                names = "--out",
                paramLabel = "<file>",
                description = {
                    "write CSV to this file, once all photos are answered, and print how many there are. Its columns are",
                    "those of --csv --top=3 (or another --top), and refused: whether --unknown would answer 'none', empty",
                    "where the model has no threshold for that"
                })
        private Optional<Path> out = Optional.empty();
    }

    @Override
    public Integer call() throws IOException {
        if (zeroShot != null) {
            images = Stream.concat(Stream.of(model.first()), images.stream()).toList();
        }
        requireUsable();
        LeftOut leftOut = new LeftOut(spec.commandLine().getErr());
        try (FineSslModel loaded = zeroShot == null ? model.load() : model.load(zeroShot::load)) {
            if (sorting != null) {
                if (zeroShot == null) {
                    model.requireFolderOutside(sorting.into());
                }
                sorting.open(Stream.concat(images.stream(), watched.stream()).toList());
                requireNoClassLikeAWord(loaded);
            }
            if (form.out.isPresent()) {
                requireWritable(form.out.get());
            }
            Optional<PhotoWatch> watch =
                    watched.map(PhotoWatch::of); // from before IMAGES are listed, so that none is missed
            List<Photo> photos = new ArrayList<>();
            for (Path path : images) {
                photos.addAll(Files.isDirectory(path) ? photosIn(path, loaded, leftOut) : List.of(Photo.of(path)));
            }
            PredictionPrinter printer = printer(loaded);
            FineSslModel.Listener listener = listener(printer, leftOut, threshold(loaded), refusal(loaded));
            loaded.classify(photos, listener);
            Exit exit = watch.isPresent() ? follow(watch.get(), loaded, listener) : leftOut.exit();
            printer.end();
            if (sorting != null) {
                PrintWriter summary = form.csv || form.json
                        ? spec.commandLine().getErr()
                        : spec.commandLine().getOut();
                summary.printf("%s%n", sorting.summary(leftOut.count()));
            }
            return exit.code();
        }
    }

    private void requireUsable() {
        if (images.isEmpty() && watched.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "Missing required parameter: 'IMAGES', or else --watch=<folder>");
        }
        if (form.out.isPresent() && watched.isPresent()) {
            throw new OptionException("--out and --watch cannot be used together, for a watch has no end:"
                    + " --watch --csv > " + form.out.get() + " writes as photos appear.");
        }
        if (threshold.isPresent() && !(threshold.get() >= 0 && threshold.get() <= 1)) {
            throw new OptionException("--threshold=" + threshold.get()
                    + " cannot be used: it is a probability from 0 to 1, such as 0.7.");
        }
        if (top.isPresent() && top.get() < 1) {
            throw new OptionException("--top=" + top.get() + " cannot be used: it is a whole number from 1.");
        }
    }

    private double threshold(FineSslModel loaded) {
        return threshold.or(() -> loaded.card().unsureBelow()).orElse(0.0);
    }

    private void requireNoClassLikeAWord(FineSslModel loaded) {
        requireNoClass(loaded.classes(), threshold(loaded) > 0, "--threshold", Decision.Unsure.WORD);
        requireNoClass(loaded.classes(), unknown, "--unknown", KnownStrangers.NAME);
    }

    private static void requireNoClass(List<String> classes, boolean given, String option, String word) {
        if (given && classes.contains(word)) {
            throw new OptionException(option + " and --sort-into cannot be used together with this model:"
                    + " it has a class of the name " + word + ", whose folder other photos would get into.");
        }
    }

    private Optional<Refusal> refusal(FineSslModel loaded) {
        if (!unknown) {
            return Optional.empty();
        }
        return Optional.of(loaded.card()
                .refusal()
                .orElseThrow(() -> new OptionException("--unknown cannot be used with " + loaded.folder()
                        + ": the model has no threshold for photos of no class, which " + Refusal.ENOUGH
                        + " unlabelled or held-out photos at training would have set.")));
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

    private void requireWritable(Path out) throws IOException {
        if (Files.isDirectory(out)) {
            throw new IOException(out + " cannot be written: it is a folder.");
        }
        if (zeroShot == null) {
            model.requireOutside(out);
        }
        Overwriting.PHOTO_LIST.require(out);
    }

    private PredictionPrinter printer(FineSslModel loaded) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        int classes = loaded.classes().size();
        if (form.out.isPresent()) {
            return new AnswerFile(
                    form.out.get(),
                    out,
                    Math.min(top.orElse(GUESSES_FOR_PEOPLE), classes),
                    loaded.card().refusal(),
                    sorting != null);
        } else if (form.csv) {
            return PredictionPrinter.csv(out, Math.min(top.orElse(0), classes), List.of(), sorting != null);
        } else if (form.json) {
            return watched.isPresent() ? PredictionPrinter.jsonLines(out) : PredictionPrinter.json(out);
        }
        return PredictionPrinter.lines(out, top.orElse(GUESSES_FOR_PEOPLE));
    }

    private FineSslModel.Listener listener(
            PredictionPrinter printer, LeftOut leftOut, double unsureBelow, Optional<Refusal> refusal) {
        return new FineSslModel.Listener() {
            @Override
            public void classified(Photo photo, Classification classification) {
                try {
                    answer(photo, Decision.of(classification, unsureBelow, refusal), printer);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public void unreadable(Photo photo, String reason) {
                leftOut.add(reason);
            }
        };
    }

    /** Sorts and prints; where nobody reads what is printed any more, photos that are to be sorted still are. */
    private void answer(Photo photo, Decision answer, PredictionPrinter printer) throws IOException {
        Optional<Place> place =
                sorting == null ? Optional.empty() : Optional.of(sorting.sort(Path.of(photo.name()), answer.word()));
        printer.print(photo.name(), answer, place);
        boolean onlyPrints = sorting == null || sorting.isDryRun();
        if (spec.commandLine().getOut().checkError() && onlyPrints) {
            throw new OutputClosed();
        }
    }

    /** Classifies the photos that appear, until the thread is interrupted or, for the most part, the process ends. */
    private Exit follow(PhotoWatch watch, FineSslModel model, FineSslModel.Listener listener) {
        spec.commandLine()
                .getErr()
                .printf(
                        "Watching %s until Ctrl-C.%s%n",
                        watched.get(),
                        sorting != null && sorting.isDryRun() ? " Nothing is written; --yes does it." : "");
        try {
            while (true) {
                model.classify(watch.next().stream().map(Photo::of).toList(), listener);
            }
        } catch (InterruptedException e) {
            return Exit.INTERRUPTED;
        }
    }
}
