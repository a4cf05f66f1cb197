package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.evidence.Difference.Numbers;
import io.github.finessl.experiments.option.Member;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.Holm;
import io.github.finessl.report.PairedBootstrap;
import io.github.finessl.report.PairedTest;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.SeedDifferences;
import io.github.finessl.report.SeedDifferences.Interval;
import io.github.finessl.report.StratifiedMcNemar;
import io.github.finessl.report.Summary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The statistics of the protocol, from the records and the classes of the test images. */
final class Analysis {
    static final double LEVEL = 0.95;
    private static final double SECONDS_A_MINUTE = 60;
    private static final int REPLICATES = 4000;
    private static final long BOOTSTRAP_SEED = 20260101;

    private final Runs runs;
    private final Truth truth;
    private final Choices choices;
    private final Options base;

    Analysis(Runs runs, Truth truth, Choices choices, Options base) {
        this.runs = runs;
        this.truth = truth;
        this.choices = choices;
        this.base = base;
    }

    /** Runs of a method and its rival with equal seeds. */
    private record Pair(Row rival, List<RunRecord> method, List<RunRecord> ofRival) {
        SeedDifferences difference() {
            List<Double> values = new ArrayList<>();
            for (int s = 0; s < method.size(); s++) {
                values.add(top1(method.get(s)) - top1(ofRival.get(s)));
            }
            return new SeedDifferences(values);
        }
    }

    /** The finished runs of a method on a setting, by seed. */
    Map<Long, RunRecord> finished(Row row, Setting setting, List<Long> seeds) {
        Map<Long, RunRecord> finished = new LinkedHashMap<>();
        choices.options(row, setting, base)
                .ifPresent(options ->
                        seeds.forEach(seed -> runs.find(options, seed).ifPresent(run -> finished.put(seed, run))));
        return finished;
    }

    /**
     * The mean processor time of a method's runs in minutes of one core, evaluation included, and that of the models whose
     * votes they learn from; empty where no run has one.
     */
    Optional<Double> processorMinutes(Row row, Setting setting, List<Long> seeds) {
        Optional<Options> options = choices.options(row, setting, base);
        List<Double> minutes = finished(row, setting, seeds).values().stream()
                .map(run -> processorSeconds(run, options.orElseThrow()))
                .flatMap(Optional::stream)
                .map(seconds -> seconds / SECONDS_A_MINUTE)
                .toList();
        return minutes.isEmpty()
                ? Optional.empty()
                : Optional.of(Summary.of(minutes).mean());
    }

    private Optional<Double> processorSeconds(RunRecord run, Options options) {
        Optional<Double> seconds = Optional.ofNullable(run.times().processorSeconds());
        if (!options.settings().method().polls()) {
            return seconds;
        }
        for (Member member : options.get(Option.MEMBERS)) {
            Optional<Double> ofMember =
                    List.of(Option.SURVEY.fallback(), Integer.toString(options.get(Option.SURVEY))).stream()
                            .map(survey -> runs.find(
                                    options.with(Map.of(
                                            Option.METHOD.name(),
                                            "supervised",
                                            Option.TUNING.name(),
                                            member.tuning(),
                                            Option.SURVEY.name(),
                                            survey)),
                                    run.seed()))
                            .flatMap(Optional::stream)
                            .findFirst()
                            .map(found -> found.times().processorSeconds());
            seconds = seconds.flatMap(own -> ofMember.map(more -> own + more));
        }
        return seconds;
    }

    /** Whether a tuning's candidate has the settings that were chosen. */
    boolean isChosen(Row candidate, Setting setting) {
        return choices.isChosen(candidate, setting.set());
    }

    /** The differences of a family, in its order. */
    List<Difference> differences(Family family) throws IOException {
        List<Optional<Pair>> pairs = family.contrasts().stream().map(this::pair).toList();
        List<Double> adjusted = Holm.adjusted(pairs.stream()
                .flatMap(Optional::stream)
                .map(pair -> pair.difference().tTest())
                .toList());
        List<Difference> differences = new ArrayList<>();
        int known = 0;
        for (int i = 0; i < pairs.size(); i++) {
            Contrast contrast = family.contrasts().get(i);
            Optional<Numbers> numbers = Optional.empty();
            if (pairs.get(i).isPresent()) {
                numbers = Optional.of(numbers(pairs.get(i).get(), adjusted.get(known++)));
            }
            differences.add(new Difference(contrast, missing(contrast), numbers));
        }
        return differences;
    }

    /** The method and the best of those rivals that have all of its finished seeds. */
    private Optional<Pair> pair(Contrast contrast) {
        Map<Long, RunRecord> method = finished(contrast.method(), contrast.setting(), contrast.seeds());
        if (method.isEmpty()) {
            return Optional.empty();
        }
        return contrast.rivals().stream()
                .map(rival -> new Pair(
                        rival,
                        List.copyOf(method.values()),
                        List.copyOf(finished(rival, contrast.setting(), contrast.seeds()).entrySet().stream()
                                .filter(run -> method.containsKey(run.getKey()))
                                .map(Map.Entry::getValue)
                                .toList())))
                .filter(pair -> pair.ofRival().size() == method.size())
                .max(Comparator.comparingDouble(pair -> mean(pair.ofRival(), Choices::heldOut)));
    }

    private List<String> missing(Contrast contrast) {
        List<String> missing = new ArrayList<>();
        List<Row> rows = new ArrayList<>(List.of(contrast.method()));
        rows.addAll(contrast.rivals());
        for (Row row : rows) {
            int open = contrast.seeds().size()
                    - finished(row, contrast.setting(), contrast.seeds()).size();
            if (open > 0) {
                missing.add(row.name() + " (" + open + ")");
            }
        }
        return missing;
    }

    private Numbers numbers(Pair pair, double holm) throws IOException {
        List<byte[]> compared = new ArrayList<>();
        for (int s = 0; s < pair.method().size(); s++) {
            compared(pair.method().get(s), pair.ofRival().get(s)).ifPresent(compared::add);
        }
        boolean all = compared.size() == pair.method().size();
        return new Numbers(
                pair.rival(),
                summary(pair.method()),
                summary(pair.ofRival()),
                pair.difference(),
                holm,
                all
                        ? Optional.of(new StratifiedMcNemar(
                                compared.stream().map(PairedTest::of).toList()))
                        : Optional.empty(),
                all ? Optional.of(bootstrap(compared)) : Optional.empty());
    }

    private Optional<byte[]> compared(RunRecord method, RunRecord rival) throws IOException {
        String test = method.data().testSha256();
        if (!test.equals(rival.data().testSha256())) {
            return Optional.empty();
        }
        return truth.of(test).map(classes -> PairedBootstrap.compared(classes, method.predicted(), rival.predicted()));
    }

    private static Interval bootstrap(List<byte[]> compared) {
        Interval interval = new PairedBootstrap(compared).interval(LEVEL, REPLICATES, BOOTSTRAP_SEED);
        return new Interval(100 * interval.low(), 100 * interval.high());
    }

    static Summary summary(List<RunRecord> runs) {
        return Summary.of(runs.stream().map(Analysis::top1).toList());
    }

    /** Top-1 in %. */
    static double top1(RunRecord run) {
        return 100 * run.metrics().top1();
    }

    private static double mean(List<RunRecord> runs, ToDoubleFunction<RunRecord> figure) {
        return runs.stream().mapToDouble(figure).average().orElseThrow();
    }
}
