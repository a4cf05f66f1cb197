package io.github.finessl.cli;

import io.github.finessl.data.Dataset;
import io.github.finessl.data.KnownStrangers;
import io.github.finessl.data.PhotoFolders;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.io.Overwriting;
import io.github.finessl.report.EvaluationResult;
import io.github.finessl.report.Prediction;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Photo;
import io.github.finessl.serve.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The subcommand that measures a model's accuracy on photos whose classes are known. */
@Command(
        name = "evaluate",
        description = "Prints the model's accuracy on photos in <test>/<class>/, in all and per class.")
final class Evaluate implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments model;

    @Option(
            names = "--test",
            required = true,
            paramLabel = "<folder>",
            description = "folder of test photos, one subfolder per class")
    private Path test;

    @Option(
            names = "--predictions",
            paramLabel = "<file>",
            description = "CSV file to write: image,label,predicted,confidence")
    private Optional<Path> predictions = Optional.empty();

    @Option(names = "--confusion", paramLabel = "<file>", description = "CSV file to write the confusion matrix to")
    private Optional<Path> confusion = Optional.empty();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        LeftOut leftOut = new LeftOut(spec.commandLine().getErr());
        try (FineSslModel loaded = model.load()) {
            for (Path target :
                    Stream.of(predictions, confusion).flatMap(Optional::stream).toList()) {
                model.requireOutside(target);
            }
            if (predictions.isPresent()) {
                Overwriting.PHOTO_LIST.require(predictions.get());
            }
            if (confusion.isPresent()) {
                Overwriting.CONFUSION_MATRIX.require(confusion.get());
            }
            if (predictions.isPresent() && predictions.equals(confusion)) {
                throw new OptionException(
                        "--predictions and --confusion should be two files, but both are " + confusion.get() + ".");
            }
            List<String> classes = loaded.classes();
            Dataset photos = PhotoFolders.test(test, classes);
            leftOut.addSome(test, photos);
            List<Answered> answered = answers(loaded, photos, leftOut);
            List<Prediction> answers = answered.stream()
                    .map(each -> new Prediction(
                            each.photo().name(),
                            each.photo().truth(),
                            classes.indexOf(each.answer().label()),
                            each.answer().confidence()))
                    .toList();
            EvaluationResult result = EvaluationResult.of(answers, classes.size());
            print(result, classes, answers.size(), out);
            Optional<Dataset> strangers = PhotoFolders.testStrangers(test, classes);
            if (strangers.isPresent()) {
                leftOut.addSome(test, strangers.get());
                out.println(ofNone(loaded.card().refusal(), answered, answers(loaded, strangers.get(), leftOut)));
            }
            if (predictions.isPresent()) {
                Prediction.write(predictions.get(), answers, classes);
            }
            if (confusion.isPresent()) {
                result.writeConfusion(confusion.get(), classes);
            }
            return leftOut.exit().code();
        }
    }

    private record Answered(Photo photo, Classification answer) {}

    private static List<Answered> answers(FineSslModel model, Dataset photos, LeftOut leftOut) {
        List<Answered> answers = new ArrayList<>();
        model.classify(Photo.all(photos), new FineSslModel.Listener() {
            @Override
            public void classified(Photo photo, Classification answer) {
                answers.add(new Answered(photo, answer));
            }

            @Override
            public void unreadable(Photo photo, String reason) {
                leftOut.add(reason);
            }
        });
        return answers;
    }

    /** What the model makes of photos that are of no class. */
    private static String ofNone(Optional<Refusal> refusal, List<Answered> ofClasses, List<Answered> strangers) {
        return refusal.map(rule -> String.format(
                        Locale.ROOT,
                        "It would answer none (predict --unknown) for %s photos of the classes, and for %s in %s.",
                        refused(rule, ofClasses),
                        refused(rule, strangers),
                        KnownStrangers.NAME))
                .orElse("The " + strangers.size() + " photos in " + KnownStrangers.NAME
                        + " are passed over: this model has no threshold below which it answers none.");
    }

    private static String refused(Refusal rule, List<Answered> photos) {
        long refused = photos.stream()
                .filter(each -> rule.refuses(each.answer().fit()))
                .count();
        return String.format(Locale.ROOT, "%,d of %,d", refused, photos.size());
    }

    private static void print(EvaluationResult result, List<String> classes, int images, PrintWriter out) {
        int width = classes.stream().mapToInt(String::length).max().orElseThrow();
        for (int k = 0; k < classes.size(); k++) {
            int label = k;
            int all = IntStream.range(0, classes.size())
                    .map(predicted -> result.count(label, predicted))
                    .sum();
            out.printf(
                    Locale.ROOT,
                    "%-" + width + "s  %s%n",
                    classes.get(k),
                    all == 0
                            ? "no photos"
                            : String.format(Locale.ROOT, "%5.1f %% of %,d", 100.0 * result.count(k, k) / all, all));
        }
        out.printf(
                Locale.ROOT,
                "%nAccuracy: %.1f %% of %,d photos.%n",
                100 * result.top1().orElse(Double.NaN),
                images);
    }
}
