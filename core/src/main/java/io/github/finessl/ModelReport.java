package io.github.finessl;

import io.github.finessl.PreparedRun.Surroundings;
import io.github.finessl.data.DataException;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.Comparison;
import io.github.finessl.report.Findings;
import io.github.finessl.report.ModelChoice;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.Work;
import io.github.finessl.report.html.HtmlReport;
import io.github.finessl.report.html.LabelledImage;
import io.github.finessl.report.html.ReportContent;
import io.github.finessl.report.html.Thumbnails;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.serve.Photo;
import io.github.finessl.serve.PseudoLabels;
import io.github.finessl.serve.Refusal;
import io.github.finessl.train.CoveringChoice;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The report on a trained model in its folder: {@code pseudo-labels.csv}, {@code findings.json} and {@code report.html}. */
final class ModelReport {

    /** Unlabelled images that are looked at, evenly spread over all. */
    private static final int SAMPLE = 2000;

    private static final int SUGGESTIONS = 24;

    private ModelReport() {}

    /**
     * Asks the model about unlabelled images and writes the files.
     *
     * @param defaults of the settings that are not left at them, by the names of options
     * @param features of images of the training part, frozen, by their indices
     * @throws CancellationException if it was stopped on the way
     */
    static void write(
            FineTuner.Result trained,
            FineSslModel model,
            BeforeTraining before,
            Function<int[], float[][]> features,
            Map<String, String> defaults,
            Surroundings around)
            throws IOException {
        Path folder = trained.folder();
        Dataset train = trained.source().train();
        int[] some = trained.split().unlabelled(SAMPLE);
        List<PseudoLabelled> unlabelled = PseudoLabels.of(
                model,
                IntStream.of(some).mapToObj(i -> Photo.of(train, i)).toList(),
                (photo, reason) -> around.listener().message(reason),
                done -> {
                    around.listener().working(Work.UNLABELLED_IMAGES, done, some.length);
                    if (around.stop().getAsBoolean()) {
                        throw new CancellationException();
                    }
                });
        List<String> classes = trained.source().classes();
        if (!unlabelled.isEmpty()) {
            PseudoLabelled.writeCsv(folder.resolve(PseudoLabelled.FILE), unlabelled, classes);
        }
        CertaintyFit.Result certainty =
                CertaintyFit.of(model, trained.source(), trained.split().heldOut(), unlabelled, before, around.stop());
        ModelFolder.write(folder, model.card().with(certainty.calibration(), certainty.refusal()));
        Map<String, Integer> ofTrain = indices(train);
        List<PseudoLabelled> next =
                next(trained, ofClasses(unlabelled, before, certainty.refusal()), ofTrain, features);
        Map<String, String> usual = new HashMap<>(trained.record().configuration()); // some are fitted to the data
        usual.putAll(defaults);
        List<Prediction> predictions = predictions(folder, classes);
        Findings.of(before, classes).write(folder);
        Optional<ModelChoice> choice = model.card().choice();
        Optional<Comparison> comparison = Comparison.of(predictions, before.rivals());
        if (comparison.isPresent()) {
            comparison.get().write(folder);
        }
        lines(comparison, choice, before).forEach(around.listener()::message);
        HtmlReport.write(
                folder.resolve(FineTuner.REPORT),
                new ReportContent(
                        trained.record(),
                        usual,
                        classes,
                        predictions,
                        labelled(trained),
                        unlabelled,
                        next,
                        certainty.test(),
                        choice,
                        before,
                        thumbnails(trained.source(), ofTrain)));
    }

    /** What people should know at once. */
    private static List<String> lines(
            Optional<Comparison> comparison, Optional<ModelChoice> choice, BeforeTraining before) {
        List<String> lines = new ArrayList<>(before.folders().warnings());
        comparison.ifPresent(compared -> lines.add(compared.verdict()));
        choice.ifPresent(chosen -> lines.add(chosen.text()));
        if (!before.doubtfulLabels().isEmpty()) {
            lines.add("%,d labels look wrong: the report shows them."
                    .formatted(before.doubtfulLabels().size()));
        }
        before.strangers()
                .filter(BeforeTraining.Strangers::areMany)
                .ifPresent(strangers -> lines.add(String.format(
                        Locale.ROOT,
                        "At least %.0f %% of the unlabelled images seem to be of no class: the report shows the likeliest.",
                        100 * strangers.share())));
        return lines;
    }

    /** The unlabelled images that may be of the classes: a label is not what strangers need. */
    private static List<PseudoLabelled> ofClasses(
            List<PseudoLabelled> unlabelled, BeforeTraining before, Optional<Refusal> refusal) {
        Set<String> strangers = before.manyStrangers();
        Optional<Refusal> told = refusal.filter(rule -> !strangers.isEmpty() || rule.strangers() > 0);
        return unlabelled.stream()
                .filter(each -> !strangers.contains(each.image()))
                .filter(each -> told.filter(rule -> rule.refuses(each.fit())).isEmpty())
                .toList();
    }

    /** The unlabelled images whose labels would teach the most. */
    private static List<PseudoLabelled> next(
            FineTuner.Result trained,
            List<PseudoLabelled> known,
            Map<String, Integer> ofTrain,
            Function<int[], float[][]> features) {
        double[] doubt =
                known.stream().mapToDouble(each -> each.topTwo().doubt()).toArray();
        float[][] ofKnown = features.apply(
                known.stream().mapToInt(each -> ofTrain.get(each.image())).toArray());
        float[][] ofLabelled = features.apply(trained.split().labelled());
        return CoveringChoice.of(doubt, ofKnown, ofLabelled, SUGGESTIONS).stream()
                .map(chosen -> known.get(chosen.image()))
                .toList();
    }

    private static List<LabelledImage> labelled(FineTuner.Result trained) {
        Dataset train = trained.source().train();
        return IntStream.of(trained.split().labelled())
                .mapToObj(i -> new LabelledImage(train.source(i), train.label(i)))
                .toList();
    }

    private static Map<String, Integer> indices(Dataset dataset) {
        Map<String, Integer> byName = new HashMap<>();
        IntStream.range(0, dataset.size()).forEach(i -> byName.put(dataset.source(i), i));
        return byName;
    }

    private static List<Prediction> predictions(Path folder, List<String> classes) throws IOException {
        Path file = folder.resolve(PreparedRun.PREDICTIONS);
        return Files.exists(file) ? Prediction.read(file, classes) : List.of();
    }

    private static Thumbnails thumbnails(DataSource source, Map<String, Integer> train) {
        Map<String, Integer> test = indices(source.test());
        return name -> train.containsKey(name)
                ? picture(source.train(), train.get(name))
                : Optional.ofNullable(test.get(name)).flatMap(i -> picture(source.test(), i));
    }

    private static Optional<BufferedImage> picture(Dataset dataset, int index) {
        try {
            return Optional.of(dataset.image(index).toBufferedImage());
        } catch (DataException e) {
            return Optional.empty(); // It was there a moment ago; the report shows its name.
        }
    }
}
