package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.Charts;
import io.github.finessl.report.Charts.Line;
import io.github.finessl.report.Charts.Lines;
import io.github.finessl.report.Charts.Panel;
import io.github.finessl.report.CurvePoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Figure 3: accuracy and entropy of pseudo-labels over training, and the sensitivity of FineSSL to λ and α. */
final class Figure3 implements PaperExperiment {
    @Override
    public String name() {
        return "Figure3";
    }

    @Override
    public String summary() {
        return "Figure 3: pseudo-labels over training, sensitivity to λ and α";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        CrossTable training = new CrossTable(
                "Figure 3: pseudo-labels at the end of training",
                "method",
                PseudoLabelBias.METHODS,
                PaperProfile.cifar100(options).subList(0, 1),
                List.of(Metric.TOP1, Metric.PSEUDO_LABEL_ACCURACY),
                Quotes.NONE);
        return List.of(
                training,
                Sweep.table("Figure 3", Option.LAMBDA, List.of("0", "0.25", "0.5", "0.75", "1"), options),
                Sweep.table("Figure 3", Option.ALPHA, List.of("0", "4", "8", "12", "16"), options));
    }

    @Override
    public void draw(List<CrossTable> tables, Grid grid, Path directory) throws IOException {
        List<Panel> panels = new ArrayList<>();
        overSteps("Pseudo-labels that are right", "%", Surveys::accuracy, tables.get(0), grid)
                .ifPresent(panels::add);
        overSteps("Entropy of the pseudo-labels' classes", "nats", Surveys::classEntropy, tables.get(0), grid)
                .ifPresent(panels::add);
        overSteps("Mean entropy of a prediction", "nats", Surveys::predictionEntropy, tables.get(0), grid)
                .ifPresent(panels::add);
        panels.add(Sweep.panel(tables.get(1), grid, Option.LAMBDA));
        panels.add(Sweep.panel(tables.get(2), grid, Option.ALPHA));
        Charts.write(directory.resolve("figure3.png"), "Figure 3: training, and sensitivity", panels);
    }

    private static Optional<Panel> overSteps(
            String title, String unit, Function<List<CurvePoint>, Double> figure, CrossTable table, Grid grid) {
        Column column = table.columns().get(0);
        List<Line> lines = new ArrayList<>();
        for (Row row : table.rows()) {
            Surveys.curve(row.name(), table.records(grid, row, column), figure).ifPresent(lines::add);
        }
        return lines.isEmpty()
                ? Optional.empty()
                : Optional.of(new Lines(title + ", " + column.name(), "step", unit, lines));
    }
}
