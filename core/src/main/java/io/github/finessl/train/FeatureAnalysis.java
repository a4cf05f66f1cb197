package io.github.finessl.train;

import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.EvenlySpread;
import io.github.finessl.data.Split;
import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.BeforeTraining.DoubtfulLabel;
import io.github.finessl.report.BeforeTraining.Rival;
import io.github.finessl.report.BeforeTraining.Strangers;
import io.github.finessl.report.FolderFacts;
import io.github.finessl.report.LabelVotes;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.report.Work;
import io.github.finessl.ssl.LabelSpread;
import io.github.finessl.ssl.LabelSpread.Reached;
import io.github.finessl.ssl.WeakPredictions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** What the frozen features of a run's images tell without training: see {@link BeforeTraining}. */
public final class FeatureAnalysis {
    /** The part of labelled images, each taken for unlabelled, that would be called strangers. */
    private static final double FALSE_ALARMS = 0.05;
    /** The least number of labelled images from which that part can be told. */
    private static final int ENOUGH_LABELS = 20;
    /** Of more labelled images only so many are looked at, evenly spread. */
    private static final int MOST_LABELS = 1000;

    private final FeatureBank bank;
    private final DataSource source;
    private final Split split;
    private final int[] labelled;
    private final int[] unlabelled;
    private final int[] labels;
    private final TrainingListener listener;
    private final BooleanSupplier stop;

    private FeatureAnalysis(
            FeatureBank bank, DataSource source, Split split, TrainingListener listener, BooleanSupplier stop) {
        this.bank = bank;
        this.source = source;
        this.split = split;
        this.labelled = split.labelled();
        this.unlabelled = split.unlabelled();
        this.labels = Arrays.stream(labelled).map(source.train()::label).toArray();
        this.listener = listener;
        this.stop = stop;
    }

    /**
     * What was found, and the models that were made on the way.
     *
     * @param models on the frozen features, which {@code before} tells how good they are
     */
    public record Result(BeforeTraining before, List<SimpleModel> models) {}

    /**
     * Analyses a run's images.
     *
     * @throws java.util.concurrent.CancellationException if it was stopped
     */
    public static Result of(
            FeatureBank bank, DataSource source, Split split, TrainingListener listener, BooleanSupplier stop) {
        return new FeatureAnalysis(bank, source, split, listener, stop).analyse();
    }

    /**
     * Looks for strangers among a run's unlabelled images alone.
     *
     * @return empty where too few labels are known to tell
     * @throws java.util.concurrent.CancellationException if it was stopped
     */
    public static Optional<Strangers> strangers(
            FeatureBank bank, DataSource source, Split split, TrainingListener listener, BooleanSupplier stop) {
        FeatureAnalysis analysis = new FeatureAnalysis(bank, source, split, listener, stop);
        return analysis.spread(analysis.ofLabelled(), analysis.ofPile())
                .flatMap(each -> analysis.strangers(each, analysis.without(each)));
    }

    private Result analyse() {
        float[][] ofLabelled = ofLabelled();
        float[][] ofPile = ofPile();
        Optional<LabelSpread> spread = spread(ofLabelled, ofPile);
        Dataset test = source.test();
        float[][] ofTest = bank.features(test, IntStream.range(0, test.size()).toArray(), this::progress, stop);
        FolderFacts folders = FolderAnalysis.of(source, split, ofLabelled, ofPile, ofTest);
        List<SimpleModel> models =
                SimpleModel.of(ofLabelled, labels, spread, source.classes().size());
        List<Rival> rivals = test.size() == 0
                ? List.of()
                : models.stream()
                        .map(each -> new Rival(each.name(), predictions(each.probabilities(ofTest))))
                        .toList();
        if (spread.isEmpty()) {
            return new Result(new BeforeTraining(rivals, List.of(), Optional.empty(), folders), models);
        }
        List<WithoutLabel> without = without(spread.get());
        return new Result(
                new BeforeTraining(rivals, doubtful(without), strangers(spread.get(), without), folders), models);
    }

    private float[][] ofLabelled() {
        return bank.features(source.train(), labelled, this::progress, stop);
    }

    private float[][] ofPile() {
        return bank.features(source.train(), unlabelled, this::progress, stop);
    }

    private void progress(int done, int all) {
        listener.working(Work.FEATURES, done, all);
    }

    private Optional<LabelSpread> spread(float[][] ofLabelled, float[][] ofPile) {
        if (unlabelled.length == 0) {
            return Optional.empty();
        }
        return Optional.of(new LabelSpread(
                ofLabelled,
                labels,
                ofPile,
                source.classes().size(),
                (done, all) -> listener.working(Work.NEIGHBOURS, done, all)));
    }

    /** What would reach a labelled image if its own label were not known. */
    private record WithoutLabel(int image, Reached reached) {}

    private List<WithoutLabel> without(LabelSpread spread) {
        int[] some = EvenlySpread.places(labelled.length, MOST_LABELS);
        List<Optional<Reached>> reached = spread.reachedWithoutTheirLabels(some);
        return IntStream.range(0, some.length)
                .mapToObj(n -> reached.get(n).map(each -> new WithoutLabel(some[n], each)))
                .flatMap(Optional::stream)
                .toList();
    }

    private List<DoubtfulLabel> doubtful(List<WithoutLabel> without) {
        return without.stream()
                .map(each -> new DoubtfulLabel(
                        source.train().source(labelled[each.image()]),
                        LabelVotes.of(labels[each.image()], each.reached().shares())))
                .filter(label -> label.votes().lookWrong())
                .sorted(Comparator.comparingDouble(
                                (DoubtfulLabel label) -> label.votes().odds())
                        .reversed()
                        .thenComparing(DoubtfulLabel::image))
                .toList();
    }

    private List<Prediction> predictions(double[][] probabilities) {
        return IntStream.range(0, probabilities.length)
                .mapToObj(i -> {
                    int predicted = WeakPredictions.argmax(probabilities[i]);
                    return new Prediction(
                            source.test().source(i), source.test().label(i), predicted, probabilities[i][predicted]);
                })
                .toList();
    }

    /** The pile's images that are less reached than all but a few of the labelled ones would be without their labels. */
    private Optional<Strangers> strangers(LabelSpread spread, List<WithoutLabel> without) {
        if (without.size() < ENOUGH_LABELS) {
            return Optional.empty();
        }
        double[] sorted = without.stream()
                .mapToDouble(each -> each.reached().reach())
                .sorted()
                .toArray();
        double least = sorted[(int) (FALSE_ALARMS * sorted.length)];
        double[] reach = IntStream.range(0, unlabelled.length)
                .mapToDouble(i -> spread.reachedInPile(i).reach())
                .toArray();
        List<String> names = IntStream.range(0, unlabelled.length)
                .filter(i -> reach[i] < least)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> reach[i]))
                .map(i -> source.train().source(unlabelled[i]))
                .toList();
        double below = names.size() / (double) unlabelled.length;
        return Optional.of(new Strangers(Math.max(0, (below - FALSE_ALARMS) / (1 - FALSE_ALARMS)), names));
    }
}
