package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.Charts;
import io.github.finessl.report.Charts.Lines;
import io.github.finessl.report.Confidence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Figure 7: the confidence that weights pseudo-labels, over labels per class, with and without decoupled label
 * smoothing.
 */
final class Figure7 implements PaperExperiment {
    @Override
    public String name() {
        return "Figure7";
    }

    @Override
    public String summary() {
        return "Figure 7: confidence over labels per class, with and without DLS";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        List<Column> columns = PaperProfile.cifar10(options);
        return List.of(new CrossTable(
                "Figure 7: confidence by which pseudo-labels are weighed, and how many are right",
                "method",
                List.of(Row.method("FineSSL", "finessl"), Row.method("FineSSL w/o DLS", "finessl-without-dls")),
                columns,
                List.of(Metric.weighing("confidence in %", Confidence::mean), Metric.PSEUDO_LABEL_ACCURACY),
                Quotes.NONE));
    }

    @Override
    public void draw(List<CrossTable> tables, Grid grid, Path directory) throws IOException {
        Charts.write(
                directory.resolve("figure7.png"),
                "Figure 7: with and without decoupled label smoothing",
                tables.get(0).metrics().stream()
                        .<Charts.Panel>map(metric -> new Lines(
                                metric.name(),
                                "labels per class",
                                "%",
                                tables.get(0).lines(grid, metric, PaperProfile::labelsOf)))
                        .toList());
    }
}
