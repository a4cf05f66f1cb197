package io.github.finessl.experiments;

import io.github.finessl.experiments.PaperNumbers.AblationLoss;
import io.github.finessl.report.Provenance;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Measured;
import io.github.finessl.report.ResultTable.Missing;
import io.github.finessl.report.ResultTable.Row;
import io.github.finessl.report.RunRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Table 6: FineSSL without one of its parts at a time.
 *
 * <p>{@code mvn exec:java -Dexp=Table6Ablation}: CIFAR-10 (mini) and ViT-Ti/16, about 9 minutes on 2 cores.
 * {@code -Dprofile=paper}: CLIP ViT-B/16 and CIFAR-100.
 */
final class Table6Ablation implements Experiment {
    private static final List<RowDefinition> ROWS = List.of(
            new RowDefinition("FineSSL, full", "finessl", Optional.empty()),
            new RowDefinition("w/o BMS", "finessl-without-bms", Optional.of(AblationLoss.WITHOUT_BMS)),
            new RowDefinition(
                    "w/o margin in L_s",
                    "finessl-without-supervised-margin",
                    Optional.of(AblationLoss.MARGIN_NOT_IN_SUPERVISED_LOSS)),
            new RowDefinition("fixed α (not dynamic)", "finessl-fixed-alpha", Optional.empty()),
            new RowDefinition("w/o DLS (ψ from the main head)", "finessl-without-dls", Optional.empty()),
            new RowDefinition("auxiliary head w/o label smoothing", "finessl-without-smoothing", Optional.empty()),
            new RowDefinition("label smoothing on the main head instead", "finessl-main-smoothing", Optional.empty()),
            new RowDefinition("auxiliary head not detached", "finessl-attached", Optional.empty()));

    private record RowDefinition(String name, String method, Optional<AblationLoss> paper) {}

    @Override
    public String name() {
        return "Table6Ablation";
    }

    @Override
    public String summary() {
        return "Table 6: FineSSL without one of its parts at a time";
    }

    @Override
    public Set<Option<?>> fixed() {
        return Set.of(Option.METHOD, Option.DATA);
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        return PaperProfile.defaults(profile);
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        PaperProfile.requireEncoder(options);
        boolean quick = options.get(Option.PROFILE) == Profile.QUICK;
        Path directory = options.get(Option.OUT).resolve(quick ? "table6" : "table6-paper");
        List<String> sets = List.of(quick ? "cifar10-mini" : "cifar100");
        List<Variant> variants = new ArrayList<>();
        for (String set : sets) {
            for (RowDefinition row : ROWS) {
                variants.add(new Variant(
                        row.name() + ", " + set,
                        options.with(Option.METHOD, row.method()).with(Option.DATA, set)));
            }
        }
        Grid grid = Grid.run(name(), variants, options.get(Option.SEEDS), context, directory);
        ResultTable table = table(sets, options.get(Option.LABELS), grid);
        table.write(directory);
        context.out().printf("%n%s%nFiles: %s%n", table.toMarkdown(), directory);
        return grid.finished() ? Exit.OK : Exit.INTERRUPTED;
    }

    private static ResultTable table(List<String> sets, int labels, Grid grid) {
        List<String> columns = new ArrayList<>();
        sets.forEach(set -> columns.add(set + " N" + labels));
        columns.add(PaperNumbers.COLUMN + ", CIFAR-100 N4 unless said");
        List<Row> rows = new ArrayList<>();
        for (RowDefinition row : ROWS) {
            List<Cell> cells = new ArrayList<>();
            for (String set : sets) {
                List<RunRecord> runs = grid.records(row.name() + ", " + set);
                cells.add(runs.isEmpty() ? Missing.NOT_RUN : Measured.top1(runs));
            }
            cells.add(paper(row));
            rows.add(new Row(row.name(), cells));
        }
        return new ResultTable(
                "Table 6: ablation, top-1 accuracy in %", "variant", columns, rows, Provenance.of(grid.all()));
    }

    /** The paper's accuracy of the full method, or the change that it reports, with its setting. */
    private static Cell paper(RowDefinition row) {
        if (row.method().equals("finessl")) {
            return PaperNumbers.top1("finessl", "cifar100", "N4");
        }
        return row.paper()
                .<Cell>map(loss ->
                        new Missing(String.format(Locale.ROOT, "%+.2f points (%s)", loss.points(), loss.setting())))
                .orElse(Missing.NOT_KNOWN);
    }
}
