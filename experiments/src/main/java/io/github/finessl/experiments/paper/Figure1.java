package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.Charts;
import io.github.finessl.report.Charts.Lines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Figure 1: FixMatch with visual prompts, full fine-tuning, a linear probe and a WideResNet, over labels per class. */
final class Figure1 implements PaperExperiment {
    @Override
    public String name() {
        return "Figure1";
    }

    @Override
    public String summary() {
        return "Figure 1: ways of fine-tuning over labels per class";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        List<Row> rows = List.of(
                row("VPT-deep", "vpt-deep", options),
                row("FFT", "full", options),
                row("LP", "linear", options),
                Row.missing("WideResNet", "training a WideResNet is not built"));
        List<Column> columns = PaperProfile.cifar10(options);
        return List.of(
                table("Figure 1: FixMatch on CIFAR-10, top-1 accuracy in %", rows, columns),
                table("Figure 1: FixMatch on CIFAR-100, top-1 accuracy in %", rows, PaperProfile.cifar100(options)));
    }

    private static Row row(String name, String tuning, Options options) {
        Map<String, String> settings = PaperProfile.tuning(tuning, options.get(Option.PROFILE));
        return new Row(name, PaperProfile.with(settings, Map.of("method", "fixmatch")));
    }

    private static CrossTable table(String title, List<Row> rows, List<Column> columns) {
        return new CrossTable(title, "tuning", rows, columns, Quotes.NONE);
    }

    @Override
    public void draw(List<CrossTable> tables, Grid grid, Path directory) throws IOException {
        Charts.write(
                directory.resolve("figure1.png"),
                "Figure 1: FixMatch with ways of fine-tuning",
                tables.stream()
                        .<Charts.Panel>map(table -> new Lines(
                                table.columns().get(0).options().get("data"),
                                "labels per class",
                                "top-1 in %",
                                table.lines(grid, Metric.TOP1, PaperProfile::labelsOf)))
                        .toList());
    }
}
