package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.report.Charts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Figure 2: how evenly FixMatch, FlexMatch and FineSSL spread their pseudo-labels on CIFAR-100, and their confidence. */
final class Figure2 implements PaperExperiment {
    @Override
    public String name() {
        return "Figure2";
    }

    @Override
    public String summary() {
        return "Figure 2: pseudo-labels per class and confidence on CIFAR-100";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        return List.of(PseudoLabelBias.table("Figure 2: pseudo-labels", PaperProfile.cifar100(options)));
    }

    @Override
    public void draw(List<CrossTable> tables, Grid grid, Path directory) throws IOException {
        Charts.write(
                directory.resolve("figure2.png"),
                "Figure 2: pseudo-labels of the classes, and confidence",
                PseudoLabelBias.panels(tables.get(0), grid));
    }
}
