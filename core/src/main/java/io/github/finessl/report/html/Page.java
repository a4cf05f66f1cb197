package io.github.finessl.report.html;

import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.Charts;
import io.github.finessl.report.Comparison;
import io.github.finessl.report.Machine;
import io.github.finessl.report.ModelChoice;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.Unreadable;
import io.github.finessl.report.Versions;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.interval.ConfidenceInterval;

/**
 * The page of the report, whose parts {@code report.html.mustache} asks for by name.
 *
 * @param accuracy on the test images; empty where there are none
 * @param facts what was trained on what
 * @param mistakes test images that were named wrong
 * @param labelled images that the model learnt from
 * @param choice of the folder's model, in one sentence, where it was asked for
 * @param certainty how far the probabilities can be trusted, and what thresholds cost
 * @param doubtful the unlabelled images whose labels would teach the most
 * @param sure those that the model is most sure of
 * @param worth the comparison with models without training; empty without test images
 * @param wrongLabels labelled images whose labels look wrong
 * @param strangers unlabelled images that seem to be of no class, where there are many
 * @param folders what is in the folders
 * @param sample how many unlabelled images this is about, where not about all
 * @param list whether {@value PseudoLabelled#FILE} lies beside the report
 * @param leftOut the files that could not be read; empty where there were none
 * @param changed options that differ from their defaults
 * @param settings the other options
 * @param provenance what the run was computed with
 */
record Page(
        String title,
        List<Colour> colours,
        Optional<Accuracy> accuracy,
        List<Fact> facts,
        List<Plot> curves,
        Optional<Confusion> confusion,
        List<Pictures> mistakes,
        List<Pictures> labelled,
        Optional<String> choice,
        Optional<ClassShares> shares,
        Optional<Histograms> confidence,
        Optional<Certainty> certainty,
        List<Tile> doubtful,
        List<Tile> sure,
        Optional<Worth> worth,
        List<Tile> wrongLabels,
        Optional<Strangers> strangers,
        Optional<Folders> folders,
        Optional<String> sample,
        boolean list,
        String file,
        Optional<LeftOut> leftOut,
        List<Setting> changed,
        List<Setting> settings,
        List<Fact> provenance) {

    private static final int SURE = 12;

    /** A colour of the palette. */
    record Colour(int index, String hex) {}

    /** A name and what it is. */
    record Fact(String name, String value) {}

    /**
     * Files that could not be read.
     *
     * @param images how many, in words
     * @param reasons for which how many, the most frequent first
     * @param file that lists them all, where it lies beside the report
     */
    record LeftOut(String images, List<Fact> reasons, Optional<String> file) {}

    /** An option; its default where that is known and another. */
    record Setting(String name, String value, Optional<String> fallback) {}

    /**
     * The part of the test images that was named right.
     *
     * @param low of the 95 % interval
     * @param lowAt the same in percent, for drawing
     * @param guess what guessing would give
     */
    record Accuracy(
            String percent,
            String images,
            String low,
            String high,
            String at,
            String lowAt,
            String width,
            String guess,
            String guessAt) {}

    /**
     * The comparison with models without training.
     *
     * @param verdict in one sentence
     */
    record Worth(String verdict, List<Model> models) {}

    /**
     * A model of the comparison.
     *
     * @param chance how often equally good models would differ as much, in words; empty for the trained model
     */
    record Model(String name, String percent, String low, String high, Optional<String> chance) {}

    /** Images of no class: their share among the unlabelled ones, and the likeliest. */
    record Strangers(String share, String images, List<Tile> likeliest) {}

    private static Optional<Worth> worth(ReportContent content) {
        return Comparison.of(content.test(), content.before().rivals()).map(comparison -> {
            List<Model> models = new ArrayList<>();
            models.add(model("this model", comparison.right(), comparison.images(), Optional.empty()));
            comparison
                    .rows()
                    .forEach(row -> models.add(model(
                            row.name(),
                            row.right(),
                            comparison.images(),
                            Optional.of(row.pValue() < 0.001 ? "< 0.001" : Wording.number("%.3f", row.pValue())))));
            return new Worth(comparison.verdict(), models);
        });
    }

    private static Model model(String name, int right, int images, Optional<String> chance) {
        ConfidenceInterval interval = Confusion.interval(right, images);
        return new Model(
                name,
                Wording.percent((double) right / images),
                Wording.percent(interval.getLowerBound()),
                Wording.percent(interval.getUpperBound()),
                chance);
    }

    private static Optional<Strangers> strangers(ReportContent content) throws IOException {
        Optional<BeforeTraining.Strangers> many =
                content.before().strangers().filter(BeforeTraining.Strangers::areMany);
        if (many.isEmpty()) {
            return Optional.empty();
        }
        List<String> images = many.get().images();
        return Optional.of(new Strangers(
                Wording.wholePercent(many.get().share()),
                Wording.count(images.size(), "image", "images"),
                Tile.ofStrangers(images.subList(0, Math.min(SURE, images.size())), content.thumbnails())));
    }

    static Page of(ReportContent content, boolean list, boolean unreadableList) throws IOException {
        RunRecord run = content.run();
        Set<String> strangers = content.before().manyStrangers();
        Set<String> next = content.next().stream().map(PseudoLabelled::image).collect(Collectors.toSet());
        int all = content.unlabelled().size();
        List<PseudoLabelled> surest = content.unlabelled().stream()
                .filter(each -> !strangers.contains(each.image()) && !next.contains(each.image()))
                .sorted(PseudoLabelled.MOST_DOUBTFUL_FIRST.reversed())
                .limit(SURE)
                .toList();
        List<Pictures> mistakes = Pictures.ofMistakes(content.test(), content.classes(), content.thumbnails());
        List<Setting> options = settings(run.configuration(), content.defaults());
        return new Page(
                run.variant() + " on " + run.data().name(),
                IntStream.range(0, Charts.COLOURS.size())
                        .mapToObj(k -> new Colour(
                                k, "#%06x".formatted(Charts.COLOURS.get(k).getRGB() & 0xffffff)))
                        .toList(),
                accuracy(run, content.classes().size()),
                facts(run, content.classes().size()),
                Curves.of(run),
                Confusion.of(content.test(), content.classes(), mistakes),
                mistakes,
                Pictures.ofLabelled(content.labelled(), content.classes(), content.thumbnails()),
                content.choice().map(ModelChoice::text),
                ClassShares.of(run.curve(), content.unlabelled(), content.classes()),
                content.test().isEmpty() && all == 0
                        ? Optional.empty()
                        : Optional.of(Histograms.of(content.test(), content.unlabelled())),
                Certainty.of(content.certainty()),
                Tile.ofDoubtful(content.next(), content.classes(), content.thumbnails()),
                Tile.of(surest, content.classes(), content.thumbnails()),
                worth(content),
                Tile.ofLabels(
                        content.before()
                                .doubtfulLabels()
                                .subList(
                                        0,
                                        Math.min(
                                                SURE,
                                                content.before()
                                                        .doubtfulLabels()
                                                        .size())),
                        content.classes(),
                        content.thumbnails()),
                strangers(content),
                Folders.of(content.before().folders(), content.thumbnails()),
                all > 0 && all < run.data().unlabelled()
                        ? Optional.of(Wording.count(all) + " of the "
                                + Wording.count(run.data().unlabelled()) + " unlabelled images were looked at.")
                        : Optional.empty(),
                list,
                PseudoLabelled.FILE,
                leftOut(run.data(), unreadableList),
                options.stream().filter(each -> each.fallback().isPresent()).toList(),
                options.stream().filter(each -> each.fallback().isEmpty()).toList(),
                provenance(run));
    }

    private static Optional<LeftOut> leftOut(RunRecord.Data data, boolean listed) {
        if (data.unreadable() == null) {
            return Optional.empty();
        }
        int images =
                data.unreadable().values().stream().mapToInt(Integer::intValue).sum();
        return Optional.of(new LeftOut(
                Wording.count(images, "file", "files"),
                data.unreadable().entrySet().stream()
                        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                        .map(reason -> new Fact(reason.getKey(), Wording.count(reason.getValue())))
                        .toList(),
                listed ? Optional.of(Unreadable.FILE) : Optional.empty()));
    }

    private static Optional<Accuracy> accuracy(RunRecord run, int classes) {
        Double top1 = run.metrics().top1();
        int images = run.data().test();
        if (top1 == null || images == 0) {
            return Optional.empty();
        }
        ConfidenceInterval interval = Confusion.interval((int) Math.round(top1 * images), images);
        double low = interval.getLowerBound();
        double high = interval.getUpperBound();
        return Optional.of(new Accuracy(
                Wording.percent(top1),
                Wording.count(images, "test image", "test images"),
                Wording.percent(low),
                Wording.percent(high),
                Axis.length(100 * top1),
                Axis.length(100 * low),
                Axis.length(100 * (high - low)),
                Wording.percent(1.0 / classes),
                Axis.length(100.0 / classes)));
    }

    private static List<Fact> facts(RunRecord run, int classes) {
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("Labelled images", Wording.count(run.data().labelled())));
        facts.add(new Fact("Classes", Wording.count(classes)));
        facts.add(new Fact("Unlabelled images", Wording.count(run.data().unlabelled())));
        facts.add(new Fact("Test images", Wording.count(run.data().test())));
        facts.add(new Fact("Method", run.method()));
        Optional.ofNullable(run.configuration().get("tuning"))
                .ifPresent(tuning -> facts.add(new Fact("Tuned", tuning)));
        facts.add(new Fact("Encoder", run.encoder().name()));
        facts.add(new Fact("Took", Wording.duration(run.times().totalSeconds())));
        return facts;
    }

    private static List<Setting> settings(Map<String, String> configuration, Map<String, String> defaults) {
        return configuration.entrySet().stream()
                .map(option -> new Setting(
                        option.getKey(),
                        option.getValue(),
                        Optional.ofNullable(defaults.get(option.getKey()))
                                .filter(fallback -> !fallback.equals(option.getValue()))))
                .toList();
    }

    private static List<Fact> provenance(RunRecord run) {
        Versions versions = run.versions();
        Machine machine = run.machine();
        RunRecord.Times times = run.times();
        List<Fact> facts = new ArrayList<>(List.of(
                new Fact("Run", run.id()),
                new Fact("Seed", Long.toString(run.seed())),
                new Fact("Steps", Wording.count(run.steps())),
                new Fact(
                        "Started",
                        DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'")
                                .withZone(ZoneOffset.UTC)
                                .format(times.start())),
                new Fact(
                        "Time",
                        Wording.duration(times.totalSeconds()) + ": training "
                                + Wording.duration(times.trainSeconds()) + ", evaluation "
                                + Wording.duration(times.evaluationSeconds())),
                new Fact(
                        "Speed",
                        Wording.figure(times.secondsPerStep()) + " s a step, " + Wording.figure(times.imagesPerSecond())
                                + " images a second"),
                new Fact("Memory at most", Wording.number("%.1f GiB", run.peakResidentBytes() / (double) (1L << 30))),
                new Fact(
                        "Machine",
                        Wording.count(machine.cores(), "core", "cores") + " of " + machine.cpu() + ", "
                                + machine.memoryGiB() + " GiB"),
                new Fact("System", versions.os()),
                new Fact("Java", versions.java()),
                new Fact("ND4J", versions.nd4j() + ", " + versions.backend()),
                new Fact("oneDNN", versions.onednn()),
                new Fact("Arithmetic", run.arithmetic()),
                new Fact("Code", versions.commit().orElse("not from a clone")),
                new Fact("Encoder", run.encoder().file()),
                new Fact("its SHA-256", run.encoder().sha256()),
                new Fact("Data", run.data().name()),
                new Fact("SHA-256 of its training part", run.data().sha256())));
        run.metrics().more().forEach((name, value) -> facts.add(new Fact(name, Wording.figure(value))));
        return facts;
    }
}
