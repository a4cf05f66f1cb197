package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.Charts.Line;
import io.github.finessl.report.Charts.Lines;
import io.github.finessl.report.Charts.Panel;
import io.github.finessl.report.Confidence;
import java.util.ArrayList;
import java.util.List;

/**
 * The comparison in Figures 2, 3 and 6: how evenly methods spread pseudo-labels over the classes, and with which
 * confidence.
 */
final class PseudoLabelBias {
    static final List<Row> METHODS = List.of(
            Row.method("FixMatch", "fixmatch"), Row.method("FlexMatch", "flexmatch"), Row.method("FineSSL", "finessl"));

    private static final Metric CONFIDENCE = Metric.weighing("confidence in %", Confidence::mean);

    private PseudoLabelBias() {}

    static CrossTable table(String title, List<Column> columns) {
        return new CrossTable(
                title,
                "method",
                METHODS,
                columns,
                List.of(Metric.MISPLACED, Metric.PSEUDO_LABEL_ACCURACY, CONFIDENCE),
                Quotes.NONE);
    }

    /**
     * The panels of a figure: the shares of the classes for every column, then confidence over labels per class for
     * every data set.
     */
    static List<Panel> panels(CrossTable table, Grid grid) {
        List<Panel> panels = new ArrayList<>();
        for (Column column : table.columns()) {
            List<Line> shares = new ArrayList<>();
            for (Row row : table.rows()) {
                Surveys.classShares(row.name(), table.records(grid, row, column))
                        .ifPresent(shares::add);
            }
            if (!shares.isEmpty()) {
                panels.add(new Lines(
                        "Pseudo-labels of a class, " + column.name(),
                        "classes, most frequent first",
                        "even share = 1",
                        shares));
            }
        }
        for (String data : table.columns().stream()
                .map(column -> column.options().get("data"))
                .distinct()
                .toList()) {
            CrossTable part =
                    table.withColumns(column -> column.options().get("data").equals(data));
            List<Line> lines = part.lines(grid, CONFIDENCE, PaperProfile::labelsOf);
            if (!lines.isEmpty()) {
                panels.add(new Lines("Mean confidence, " + data, "labels per class", "%", lines));
            }
        }
        return panels;
    }
}
