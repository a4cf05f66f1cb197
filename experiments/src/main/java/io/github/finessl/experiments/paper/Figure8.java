package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.Charts;
import io.github.finessl.report.Charts.Lines;
import io.github.finessl.report.Confidence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Figure 8: calibration error of the auxiliary head over λ, and how well its confidence separates right pseudo-labels from
 * wrong ones and from those of images of unseen classes, which half of the classes are, as in {@link OpenSsl}.
 */
final class Figure8 implements PaperExperiment {
    @Override
    public String name() {
        return "Figure8";
    }

    @Override
    public String summary() {
        return "Figure 8: calibration and separability over λ";
    }

    private static final List<Metric> METRICS = List.of(
            Metric.weighing("ECE in %", Confidence::calibrationError),
            Metric.weighing("AUROC right/wrong in %", Confidence::rightFromWrong),
            Metric.weighing("AUROC right/strangers in %", Confidence::rightFromStrangers));

    @Override
    public List<CrossTable> tables(Options options) {
        return List.of(Sweep.table(
                        "Figure 8: confidence of the auxiliary head",
                        "half seen",
                        Option.LAMBDA,
                        List.of("0", "0.25", "0.5", "0.75", "1"),
                        options,
                        Map.of("seenClasses", "half"))
                .withMetrics(METRICS));
    }

    @Override
    public void draw(List<CrossTable> tables, Grid grid, Path directory) throws IOException {
        Charts.write(
                directory.resolve("figure8.png"),
                "Figure 8: calibration and separability of the auxiliary head",
                METRICS.stream()
                        .<Charts.Panel>map(metric -> new Lines(
                                metric.name(),
                                "λ",
                                metric.name(),
                                tables.get(0).lines(grid, metric, Sweep.x(Option.LAMBDA))))
                        .toList());
    }
}
