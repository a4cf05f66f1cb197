package io.github.finessl.train;

import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Split;
import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.BeforeTraining.DoubtfulLabel;
import io.github.finessl.report.BeforeTraining.Rival;
import io.github.finessl.report.BeforeTraining.Strangers;
import io.github.finessl.report.FolderFacts;
import io.github.finessl.report.Prediction;
import io.github.finessl.ssl.LabelSpread;
import io.github.finessl.ssl.LabelSpread.Reached;
import io.github.finessl.ssl.PileStart;
import io.github.finessl.ssl.WeakPredictions;
import java.util.ArrayList;
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
    /** The odds from which a label is doubted: of 76 labels of which 8 are wrong, these and as few others. */
    private static final double WRONG_FROM = 3;
    /** Of more labelled images only so many are looked at, evenly spread. */
    private static final int MOST_LABELS = 1000;

    private final FeatureBank bank;
    private final DataSource source;
    private final Split split;
    private final int[] labelled;
    private final int[] unlabelled;
    private final int[] labels;
    private final FeatureBank.Progress progress;
    private final BooleanSupplier stop;

    private FeatureAnalysis(
            FeatureBank bank, DataSource source, Split split, FeatureBank.Progress progress, BooleanSupplier stop) {
        this.bank = bank;
        this.source = source;
        this.split = split;
        this.labelled = split.labelled();
        this.unlabelled = split.unlabelled();
        this.labels = Arrays.stream(labelled).map(source.train()::label).toArray();
        this.progress = progress;
        this.stop = stop;
    }

    /**
     * Analyses a run's images.
     *
     * @throws java.util.concurrent.CancellationException if it was stopped
     */
    public static BeforeTraining of(
            FeatureBank bank, DataSource source, Split split, FeatureBank.Progress progress, BooleanSupplier stop) {
        return new FeatureAnalysis(bank, source, split, progress, stop).analyse();
    }

    private BeforeTraining analyse() {
        float[][] ofLabelled = bank.features(source.train(), labelled, progress, stop);
        float[][] ofPile = bank.features(source.train(), unlabelled, progress, stop);
        Optional<LabelSpread> spread = ofPile.length == 0
                ? Optional.empty()
                : Optional.of(new LabelSpread(
                        ofLabelled, labels, ofPile, source.classes().size()));
        Dataset test = source.test();
        float[][] ofTest = bank.features(test, IntStream.range(0, test.size()).toArray(), progress, stop);
        FolderFacts folders = FolderAnalysis.of(source, split, ofLabelled, ofPile, ofTest);
        List<Rival> rivals = test.size() == 0 ? List.of() : rivals(ofLabelled, ofTest, spread);
        return spread.map(each -> analyse(each, rivals, folders))
                .orElseGet(() -> new BeforeTraining(rivals, List.of(), Optional.empty(), folders));
    }

    private BeforeTraining analyse(LabelSpread spread, List<Rival> rivals, FolderFacts folders) {
        int looked = Math.min(labelled.length, MOST_LABELS);
        int[] some = IntStream.range(0, looked)
                .map(i -> (int) ((long) i * labelled.length / looked))
                .toArray();
        List<DoubtfulLabel> doubtful = new ArrayList<>();
        List<Double> reach = new ArrayList<>();
        List<Optional<Reached>> without = IntStream.of(some)
                .parallel()
                .mapToObj(spread::reachedWithoutItsLabel)
                .toList();
        for (int k = 0; k < looked; k++) {
            int i = some[k];
            without.get(k).ifPresent(reached -> {
                reach.add(reached.reach());
                int answer = WeakPredictions.argmax(reached.shares());
                var label = new DoubtfulLabel(
                        source.train().source(labelled[i]),
                        labels[i],
                        answer,
                        reached.shares()[labels[i]],
                        reached.shares()[answer]);
                if (label.odds() > WRONG_FROM) {
                    doubtful.add(label);
                }
            });
        }
        doubtful.sort(Comparator.comparingDouble(DoubtfulLabel::odds).reversed().thenComparing(DoubtfulLabel::image));
        return new BeforeTraining(rivals, List.copyOf(doubtful), strangers(spread, reach), folders);
    }

    private List<Rival> rivals(float[][] ofLabelled, float[][] ofTest, Optional<LabelSpread> spread) {
        int classes = source.classes().size();
        float[][] means = PileStart.of(ofLabelled, labels, new float[0][], classes);
        List<Rival> rivals = new ArrayList<>();
        rivals.add(new Rival("class means", predictions(ofTest, means)));
        spread.ifPresent(each -> rivals.add(new Rival("pile", predictions(ofTest, PileStart.of(each)))));
        rivals.add(new Rival("linear probe", predictions(ofTest, CosineProbe.of(ofLabelled, labels, means))));
        return rivals;
    }

    private List<Prediction> predictions(float[][] features, float[][] vectors) {
        double[][] probabilities = CosineProbe.probabilities(features, vectors);
        return IntStream.range(0, features.length)
                .mapToObj(i -> {
                    int predicted = WeakPredictions.argmax(probabilities[i]);
                    return new Prediction(
                            source.test().source(i), source.test().label(i), predicted, probabilities[i][predicted]);
                })
                .toList();
    }

    /** The pile's images that are less reached than all but a few of the labelled ones would be without their labels. */
    private Optional<Strangers> strangers(LabelSpread spread, List<Double> reachOfLabelled) {
        if (reachOfLabelled.size() < ENOUGH_LABELS) {
            return Optional.empty();
        }
        double[] sorted = reachOfLabelled.stream()
                .mapToDouble(Double::doubleValue)
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
