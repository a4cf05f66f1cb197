package io.github.finessl.experiments.paper;

import io.github.finessl.StrangerPolicy;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.Charts;
import io.github.finessl.report.Charts.Panel;
import io.github.finessl.report.Confidence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Figure 4, open-set semi-supervised learning: the first half of the classes has labels, and images of the other half are
 * among the unlabelled.
 *
 * <p>It shows the accuracy on the seen classes, and the confidence of pseudo-labels that are right, wrong, or of images of
 * unseen classes: the auxiliary head's, by which FineSSL weights them, or the main head's where there is no other.
 * Decoupled label smoothing (DLS) lowers the weight of the whole unlabelled loss besides; the row with a matched γ has
 * as much of it, but from the main head.
 *
 * <p>{@code mvn exec:java -Dexp=OpenSsl}
 */
final class OpenSsl implements PaperExperiment {
    private static final Row FINESSL = Row.method("FineSSL", "finessl");
    private static final Row FIXMATCH = Row.method("FixMatch", "fixmatch");
    private static final Row WITHOUT_DLS = Row.method("FineSSL w/o DLS", "finessl-without-dls");
    private static final List<Row> ROWS = List.of(
            Table1Benchmark.UNTRAINED.get(0),
            Table1Benchmark.UNTRAINED.get(1),
            Row.method("Supervised only", "supervised"),
            FIXMATCH,
            Row.method("SoftMatch", "softmatch"),
            Row.method("DebiasPL", "debiaspl"),
            WITHOUT_DLS,
            Row.method("FineSSL w/o DLS, γ matched", "finessl-matched-gamma"),
            FINESSL,
            new Row(
                    "FineSSL, strangers left out",
                    Map.of(
                            Option.METHOD.name(),
                            "finessl",
                            Option.STRANGERS.name(),
                            StrangerPolicy.LEAVE_OUT.toString())));

    @Override
    public String name() {
        return "OpenSsl";
    }

    @Override
    public String summary() {
        return "Figure 4: half of the classes are strangers among the unlabelled images";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        Profile profile = options.get(Option.PROFILE);
        List<Column> columns = new ArrayList<>();
        if (profile != Profile.PAPER) {
            columns.add(half(PaperProfile.labels("CIFAR-10", PaperProfile.cifar(10, profile), 4)));
        }
        PaperProfile.cifar100(options).stream()
                .filter(column -> profile != Profile.QUICK || column.name().contains("N4"))
                .forEach(column -> columns.add(half(column)));
        List<Metric> metrics = List.of(
                Metric.weighing("right", Confidence::meanRight),
                Metric.weighing("wrong", Confidence::meanWrong),
                Metric.weighing("strangers", Confidence::meanStranger),
                Metric.weighing("AUROC right/strangers", Confidence::rightFromStrangers));
        return List.of(
                new CrossTable(
                        "OpenSSL: top-1 accuracy on the seen classes in %", "method", ROWS, columns, Quotes.NONE),
                new CrossTable(
                        "OpenSSL: mean confidence of pseudo-labels in %, of the head that weighs them (FineSSL: the auxiliary one)",
                        "method", ROWS, columns, metrics, Quotes.NONE));
    }

    private static Column half(Column column) {
        return new Column(
                column.name() + ", half seen", PaperProfile.with(column.options(), Map.of("seenClasses", "half")));
    }

    @Override
    public void draw(List<CrossTable> tables, Grid grid, Path directory) throws IOException {
        CrossTable accuracy = tables.get(0);
        Column last = accuracy.columns().get(accuracy.columns().size() - 1);
        List<Panel> panels = new ArrayList<>();
        panels.add(accuracy.bars(grid, "Top-1 on the seen classes", Metric.TOP1));
        for (Row row : List.of(FIXMATCH, WITHOUT_DLS, FINESSL)) {
            Surveys.confidences(row.name() + ", " + last.name(), accuracy.records(grid, row, last))
                    .ifPresent(panels::add);
        }
        Charts.write(directory.resolve("figure4.png"), "Figure 4: strangers among the unlabelled images", panels);
    }
}
