package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.evidence.Block.Purpose;
import io.github.finessl.experiments.evidence.Difference.Numbers;
import io.github.finessl.report.Provenance;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Estimated;
import io.github.finessl.report.ResultTable.Missing;
import io.github.finessl.report.ResultTable.Stated;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.SeedDifferences.Interval;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** The tables of the protocol: accuracies of each block, then the differences of each family. */
record Tables(Protocol protocol, Analysis analysis) {
    private static final String DIFFERENCES =
            "Points of top-1, paired by seed. Interval: t, 95 %, over seeds; p: t-test, adjusted by Holm within this"
                    + " table; signs: exact sign-flip test; McNemar: images that one method alone names right, over all"
                    + " seeds, exact p, and p of whether the seeds agree; bootstrap: 95 %, over seeds and images.";

    /** All tables for which there is a run. */
    List<ResultTable> all() throws IOException {
        List<ResultTable> tables = new ArrayList<>();
        for (Family family : protocol.families()) {
            List<Difference> differences = analysis.differences(family);
            if (differences.stream().anyMatch(each -> each.numbers().isPresent())) {
                tables.add(differences(family, differences));
            }
        }
        for (Block block : protocol.blocks()) {
            if (block.purpose() != Purpose.MATCHING) {
                ResultTable table = block.purpose() == Purpose.TUNING ? tuning(block) : accuracy(block);
                if (table.rows().stream()
                        .flatMap(row -> row.cells().stream())
                        .anyMatch(cell -> !(cell instanceof Missing))) {
                    tables.add(table);
                }
            }
        }
        return tables;
    }

    private ResultTable accuracy(Block block) {
        List<RunRecord> all = new ArrayList<>();
        List<ResultTable.Row> rows = new ArrayList<>();
        for (Row row : block.rows()) {
            List<Cell> cells = new ArrayList<>();
            for (Setting setting : block.settings()) {
                Collection<RunRecord> runs =
                        analysis.finished(row, setting, block.seeds()).values();
                all.addAll(runs);
                cells.add(cell(List.copyOf(runs), block.seeds().size()));
            }
            rows.add(new ResultTable.Row(row.name(), cells));
        }
        return new ResultTable(
                "Stage %d, %s: top-1 in %%".formatted(block.stage(), block.title()),
                "method",
                block.settings().stream().map(Setting::name).toList(),
                rows,
                "Mean ± half of the 95 % t interval over seeds. " + Provenance.of(all));
    }

    private static Cell cell(List<RunRecord> runs, int seeds) {
        if (runs.isEmpty()) {
            return Missing.NOT_RUN;
        }
        return new Estimated(
                Analysis.summary(runs), runs.size() == seeds ? "" : " (%d of %d seeds)".formatted(runs.size(), seeds));
    }

    private ResultTable tuning(Block block) {
        List<RunRecord> all = new ArrayList<>();
        Setting setting = block.settings().get(0);
        List<ResultTable.Row> rows = new ArrayList<>();
        for (Row row : block.rows()) {
            Collection<RunRecord> runs =
                    analysis.finished(row, setting, block.seeds()).values();
            all.addAll(runs);
            Cell cell = runs.isEmpty()
                    ? Missing.NOT_RUN
                    : new Stated(String.format(
                            Locale.ROOT,
                            "%.2f%s",
                            100 * Choices.heldOut(runs.iterator().next()),
                            analysis.isChosen(row, setting) ? " chosen" : ""));
            rows.add(new ResultTable.Row(row.name(), List.of(cell)));
        }
        return new ResultTable(
                "Stage %d, %s: accuracy on held-out images in %%".formatted(block.stage(), block.title()),
                "method, settings",
                List.of(setting.name()),
                rows,
                Provenance.of(all));
    }

    private static ResultTable differences(Family family, List<Difference> differences) {
        return new ResultTable(
                family.title(),
                "setting, rival",
                List.of(
                        "method",
                        "rival",
                        "difference",
                        "interval",
                        "p, Holm",
                        "signs",
                        "McNemar",
                        "bootstrap",
                        "seeds",
                        "reading"),
                differences.stream().map(Tables::row).toList(),
                DIFFERENCES);
    }

    private static ResultTable.Row row(Difference each) {
        Contrast contrast = each.contrast();
        String name = contrast.setting().name()
                + (contrast.method().equals(Methods.FINESSL)
                        ? ""
                        : ", " + contrast.method().name());
        if (each.numbers().isEmpty()) {
            List<Cell> cells = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                cells.add(Missing.NOT_RUN);
            }
            cells.add(new Missing("missing: " + String.join(", ", each.missing())));
            return new ResultTable.Row(name, cells);
        }
        Numbers numbers = each.numbers().get();
        return new ResultTable.Row(
                name + " − " + numbers.rival().name(),
                List.of(
                        new Estimated(numbers.method(), ""),
                        new Estimated(numbers.ofRival(), ""),
                        stated("%+.2f", numbers.difference().mean()),
                        new Stated(interval(numbers.difference().interval(Analysis.LEVEL))),
                        stated("%.4f", numbers.holm()),
                        stated("%.3f", numbers.difference().signFlip()),
                        numbers.mcNemar()
                                .<Cell>map(test -> stated(
                                        "%d : %d, p %.2g, agreement %.2g",
                                        test.pooled().onlyFirst(),
                                        test.pooled().onlySecond(),
                                        test.pValue(),
                                        test.heterogeneity()))
                                .orElse(Missing.NOT_KNOWN),
                        numbers.bootstrap()
                                .<Cell>map(interval -> new Stated(interval(interval)))
                                .orElse(Missing.NOT_KNOWN),
                        new Stated(
                                Integer.toString(numbers.difference().values().size())),
                        new Stated(reading(each))));
    }

    /** The reading of a difference, with what is missing of it. */
    static String reading(Difference each) {
        return each.missing().isEmpty()
                ? each.verdict().toString()
                : each.verdict() + "; missing: " + String.join(", ", each.missing());
    }

    /** An interval in points. */
    static String interval(Interval interval) {
        return Double.isInfinite(interval.low())
                ? "one seed"
                : String.format(Locale.ROOT, "[%+.2f, %+.2f]", interval.low(), interval.high());
    }

    private static Stated stated(String format, Object... values) {
        return new Stated(String.format(Locale.ROOT, format, values));
    }
}
