package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.report.Charts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Figure 6: how evenly FixMatch, FlexMatch and FineSSL spread their pseudo-labels on CIFAR-10 and FOOD-101, and their
 * confidence.
 */
final class Figure6 implements PaperExperiment {
    @Override
    public String name() {
        return "Figure6";
    }

    @Override
    public String summary() {
        return "Figure 6: pseudo-labels per class and confidence on CIFAR-10 and FOOD-101";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        return List.of(PseudoLabelBias.table("Figure 6: pseudo-labels", columns(options)));
    }

    private static List<Column> columns(Options options) {
        List<Column> columns = new ArrayList<>(PaperProfile.cifar10(options));
        for (int labels : List.of(2, 4, 10)) {
            columns.add(PaperProfile.labels("FOOD-101", "food101", labels));
        }
        return columns;
    }

    @Override
    public void draw(List<CrossTable> tables, Grid grid, Path directory) throws IOException {
        Charts.write(
                directory.resolve("figure6.png"),
                "Figure 6: pseudo-labels of the classes, and confidence",
                PseudoLabelBias.panels(tables.get(0), grid));
    }
}
