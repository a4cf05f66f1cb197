package io.github.finessl.experiments;

import io.github.finessl.report.Provenance;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Measured;
import io.github.finessl.report.ResultTable.Missing;
import io.github.finessl.report.ResultTable.Row;
import io.github.finessl.report.RunRecord;
import io.github.finessl.ssl.Methods;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Table 1: methods by data sets and labels per class.
 *
 * <p>{@code mvn exec:java -Dexp=Table1Benchmark}: the mini sets and ViT-Ti/16, about 12 minutes on 2 cores.
 * {@code -Dprofile=paper}: CLIP ViT-B/16 and the full sets, 15,000 steps and 3 seeds a cell.
 */
final class Table1Benchmark implements Experiment {
    private static final Map<String, String> NAMES =
            Map.of("cifar10", "CIFAR-10", "cifar100", "CIFAR-100", "food101", "FOOD-101");

    private static final List<RowDefinition> ROWS = List.of(
            new RowDefinition("Supervised only", "supervised"),
            new RowDefinition("Pseudo-Label", "pseudo-label"),
            new RowDefinition("FixMatch", "fixmatch"),
            new RowDefinition("FlexMatch", "flexmatch"),
            new RowDefinition("FreeMatch", "freematch"),
            new RowDefinition("SoftMatch", "softmatch"),
            new RowDefinition("DebiasPL", "debiaspl"),
            new RowDefinition("FineSSL", "finessl"));

    private record RowDefinition(String name, String method) {}

    /** A column: a data set as the paper names it and N labels per class. */
    private record Setting(String data, int labels) {
        String name() {
            return NAMES.get(data) + " N" + labels;
        }
    }

    @Override
    public String name() {
        return "Table1Benchmark";
    }

    @Override
    public String summary() {
        return "Table 1: methods by data sets and labels per class";
    }

    @Override
    public Set<Option<?>> fixed() {
        return Set.of(Option.METHOD, Option.DATA, Option.LABELS);
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        return PaperProfile.defaults(profile);
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        PaperProfile.requireEncoder(options);
        boolean quick = options.get(Option.PROFILE) == Profile.QUICK;
        Path directory = options.get(Option.OUT).resolve(quick ? "table1" : "table1-paper");
        List<Setting> settings = settings(quick);
        List<Variant> variants = new ArrayList<>();
        for (Setting setting : settings) {
            for (RowDefinition row : ROWS) {
                if (Methods.names().contains(row.method())) {
                    variants.add(variant(row, setting, options, quick));
                }
            }
        }
        Grid grid = Grid.run(name(), variants, options.get(Option.SEEDS), context, directory);
        ResultTable table = table(settings, grid, quick);
        table.write(directory);
        context.out().printf("%n%s%nFiles: %s%n", table.toMarkdown(), directory);
        return grid.finished() ? Exit.OK : Exit.INTERRUPTED;
    }

    private static List<Setting> settings(boolean quick) {
        List<Setting> settings = new ArrayList<>(List.of(
                new Setting("cifar10", 1),
                new Setting("cifar10", 2),
                new Setting("cifar10", 4),
                new Setting("cifar100", 4)));
        if (!quick) {
            settings.add(new Setting("cifar100", 25));
            settings.add(new Setting("cifar100", 100));
            List.of(2, 4, 10).forEach(labels -> settings.add(new Setting("food101", labels)));
        }
        return settings;
    }

    private static Variant variant(RowDefinition row, Setting setting, Options options, boolean quick) {
        Options cell = options.with(Option.METHOD, row.method())
                .with(Option.DATA, setting.data() + (quick ? "-mini" : ""))
                .with(Option.LABELS, Integer.toString(setting.labels()));
        if (!quick
                && options.get(Option.FIDELITY).equals("reference")
                && setting.data().equals("cifar10")) {
            cell = cell.with(Option.BATCH, Integer.toString(8 * setting.labels()));
            cell = setting.labels() == 1 ? cell.with(Option.GAMMA, "1") : cell;
        }
        return new Variant(row.name() + ", " + setting.name(), cell);
    }

    private static ResultTable table(List<Setting> settings, Grid grid, boolean quick) {
        List<String> columns = new ArrayList<>();
        settings.forEach(setting -> columns.add(setting.name() + (quick ? " (mini)" : "")));
        settings.forEach(setting -> columns.add(setting.name() + " (" + PaperNumbers.COLUMN + ")"));
        List<Row> rows = new ArrayList<>();
        for (RowDefinition row : ROWS) {
            List<Cell> cells = new ArrayList<>();
            for (Setting setting : settings) {
                List<RunRecord> runs = grid.records(row.name() + ", " + setting.name());
                if (!Methods.names().contains(row.method())) {
                    cells.add(new Missing("not built yet"));
                } else {
                    cells.add(runs.isEmpty() ? Missing.NOT_RUN : Measured.top1(runs));
                }
            }
            settings.forEach(
                    setting -> cells.add(PaperNumbers.top1(row.method(), setting.data(), "N" + setting.labels())));
            rows.add(new Row(row.name(), cells));
        }
        return new ResultTable("Table 1: top-1 accuracy in %", "method", columns, rows, Provenance.of(grid.all()));
    }
}
