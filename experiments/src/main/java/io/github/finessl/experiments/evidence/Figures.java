package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.evidence.Block.Purpose;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.paper.Surveys;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.Charts;
import io.github.finessl.report.Charts.Line;
import io.github.finessl.report.Charts.Lines;
import io.github.finessl.report.Charts.Panel;
import io.github.finessl.report.Confidence;
import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.Summary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** The figures of the protocol; what has no run yet is left out. */
record Figures(Protocol protocol, Analysis analysis) {
    private static final String PERCENT = "top-1 in %";
    private static final Metric CONFIDENCE = Metric.weighing("confidence in %", Confidence::mean);

    /** A setting with the seeds that the protocol has for it. */
    private record Seeded(Setting setting, List<Long> seeds) {}

    /** Draws all figures that there are runs for. */
    void draw(Path directory) throws IOException {
        Charts.write(directory.resolve("labels.png"), "Accuracy over labels per class", overLabels());
        Charts.write(directory.resolve("time.png"), "Accuracy over minutes of one core", overTime());
        Charts.write(directory.resolve("figure2.png"), "Figure 2: pseudo-labels of the classes", shares());
        Charts.write(directory.resolve("figure3.png"), "Figure 3: pseudo-labels over training", overTraining());
        Charts.write(directory.resolve("figure7.png"), "Figure 7: with and without decoupled label smoothing", dls());
        Charts.write(
                directory.resolve("figure8.png"), "Figure 8: calibration and separability over λ", overSmoothing());
    }

    /** Settings of few labels and of more, of all stages that compare the same methods. */
    private List<Seeded> settings() {
        List<Seeded> settings = new ArrayList<>();
        for (Block block : protocol.blocks()) {
            if (block.purpose() == Purpose.COMPARISON && block.rows().contains(Methods.PILE)) {
                block.settings().stream()
                        .filter(setting -> setting.options()
                                .keySet()
                                .equals(setting.set().labels(1).options().keySet()))
                        .map(setting -> new Seeded(setting, block.seeds()))
                        .forEach(settings::add);
            }
        }
        return settings;
    }

    private List<Panel> overLabels() {
        List<Panel> panels = new ArrayList<>();
        List<Seeded> settings = settings();
        for (Setting.Set set :
                settings.stream().map(each -> each.setting().set()).distinct().toList()) {
            List<Seeded> ofSet = settings.stream()
                    .filter(each -> each.setting().set().equals(set))
                    .sorted(Comparator.comparing(each -> each.setting().labels()))
                    .toList();
            List<Line> lines = new ArrayList<>();
            for (Row row : Methods.ALL) {
                line(row, ofSet).ifPresent(lines::add);
            }
            panels.add(new Lines(set.name(), "labels per class", PERCENT, lines));
        }
        return panels;
    }

    private Optional<Line> line(Row row, List<Seeded> settings) {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        List<Double> halves = new ArrayList<>();
        for (Seeded each : settings) {
            List<RunRecord> runs = runs(row, each);
            if (!runs.isEmpty()) {
                x.add((double) each.setting().labels());
                add(Analysis.summary(runs), y, halves);
            }
        }
        return x.isEmpty() ? Optional.empty() : Optional.of(new Line(row.name(), x, y, halves));
    }

    private static void add(Summary summary, List<Double> y, List<Double> halves) {
        y.add(summary.mean());
        halves.add(summary.runs() == 1 ? 0 : summary.halfInterval());
    }

    private List<RunRecord> runs(Row row, Seeded each) {
        return List.copyOf(analysis.finished(row, each.setting(), each.seeds()).values());
    }

    private List<Panel> overTime() {
        List<Panel> panels = new ArrayList<>();
        for (Seeded each : settings()) {
            List<Line> points = new ArrayList<>();
            for (Row row : Methods.ALL) {
                List<RunRecord> runs = runs(row, each);
                analysis.processorMinutes(row, each.setting(), each.seeds()).ifPresent(minutes -> {
                    List<Double> y = new ArrayList<>();
                    List<Double> halves = new ArrayList<>();
                    add(Analysis.summary(runs), y, halves);
                    points.add(new Line(row.name(), List.of(minutes), y, halves));
                });
            }
            panels.add(new Lines(each.setting().name(), "minutes of one core", PERCENT, points));
        }
        return panels;
    }

    /** How evenly pseudo-labels are spread in the first stage's settings. */
    private List<Panel> shares() {
        List<Panel> panels = new ArrayList<>();
        for (Seeded each : settings()) {
            List<Line> lines = new ArrayList<>();
            for (Row row : List.of(Methods.FIXMATCH, Methods.FREEMATCH, Methods.FINESSL)) {
                Surveys.classShares(row.name(), runs(row, each)).ifPresent(lines::add);
            }
            panels.add(new Lines(each.setting().name(), "classes, most frequent first", "even share = 1", lines));
        }
        return panels;
    }

    private List<Panel> overTraining() {
        List<Panel> panels = new ArrayList<>();
        for (Seeded each : settings()) {
            panels.add(training("Right pseudo-labels, ", "%", Surveys::accuracy, each));
            panels.add(training("Entropy of their classes, ", "nats", Surveys::classEntropy, each));
        }
        return panels;
    }

    private Panel training(String title, String unit, Function<List<CurvePoint>, Double> figure, Seeded each) {
        List<Line> lines = new ArrayList<>();
        for (Row row : List.of(Methods.FIXMATCH, Methods.FREEMATCH, Methods.FINESSL)) {
            Surveys.curve(row.name(), runs(row, each), figure).ifPresent(lines::add);
        }
        return new Lines(title + each.setting().name(), "step", unit, lines);
    }

    private List<Panel> dls() {
        List<Panel> panels = new ArrayList<>();
        for (Metric metric : List.of(CONFIDENCE, Metric.PSEUDO_LABEL_ACCURACY)) {
            for (Setting.Set set : settings().stream()
                    .map(each -> each.setting().set())
                    .distinct()
                    .toList()) {
                List<Line> lines = new ArrayList<>();
                for (Row row : List.of(Methods.FINESSL, Methods.WITHOUT_DLS)) {
                    overLabels(row, set, metric).ifPresent(lines::add);
                }
                panels.add(new Lines(metric.name() + ", " + set.name(), "labels per class", "%", lines));
            }
        }
        return panels;
    }

    private Optional<Line> overLabels(Row row, Setting.Set set, Metric metric) {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        settings().stream()
                .filter(each -> each.setting().set().equals(set))
                .sorted(Comparator.comparing(each -> each.setting().labels()))
                .forEach(each -> mean(metric, runs(row, each)).ifPresent(value -> {
                    x.add((double) each.setting().labels());
                    y.add(value);
                }));
        return x.isEmpty() ? Optional.empty() : Optional.of(new Line(row.name(), x, y));
    }

    private static Optional<Double> mean(Metric metric, List<RunRecord> runs) {
        List<Double> values =
                runs.stream().map(metric.value()).filter(Objects::nonNull).toList();
        return values.isEmpty()
                ? Optional.empty()
                : Optional.of(Summary.of(values).mean());
    }

    private List<Panel> overSmoothing() {
        List<Panel> panels = new ArrayList<>();
        List<Metric> metrics = List.of(
                Metric.weighing("ECE in %", Confidence::calibrationError),
                Metric.weighing("AUROC right/wrong in %", Confidence::rightFromWrong),
                Metric.weighing("AUROC right/strangers in %", Confidence::rightFromStrangers));
        for (Block block : protocol.blocks()) {
            if (!block.rows().isEmpty()
                    && block.rows().stream().allMatch(row -> row.options().containsKey(Option.LAMBDA.name()))) {
                Seeded each = new Seeded(block.settings().get(0), block.seeds());
                metrics.forEach(metric -> panels.add(new Lines(
                        metric.name() + ", " + each.setting().name(),
                        "λ",
                        metric.name(),
                        overSmoothing(block, each, metric).stream().toList())));
            }
        }
        return panels;
    }

    private Optional<Line> overSmoothing(Block block, Seeded each, Metric metric) {
        List<Row> rows = new ArrayList<>(block.rows());
        rows.add(Methods.FINESSL.with("λ", Map.of(Option.LAMBDA.name(), Option.LAMBDA.fallback())));
        rows.sort(Comparator.comparing(Figures::lambda));
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        rows.forEach(row -> mean(metric, runs(row, each)).ifPresent(value -> {
            x.add(lambda(row));
            y.add(value);
        }));
        return x.isEmpty() ? Optional.empty() : Optional.of(new Line("FineSSL", x, y));
    }

    private static double lambda(Row row) {
        return Double.parseDouble(row.options().get(Option.LAMBDA.name()));
    }
}
