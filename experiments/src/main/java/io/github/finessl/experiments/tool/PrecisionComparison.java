package io.github.finessl.experiments.tool;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Arithmetic;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Variant;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.Provenance;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Row;
import io.github.finessl.report.RunRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A comparison of Quickstart in f32 and in bf16, which shows whether the faster arithmetic costs accuracy.
 *
 * <p>{@code mvn exec:java -Dexp=PrecisionComparison}: three seeds, about 18 minutes on 2 cores with native bf16.
 */
public final class PrecisionComparison implements Experiment {
    private static final List<String> PRECISIONS = List.of("f32", "bf16");

    @Override
    public String name() {
        return "PrecisionComparison";
    }

    @Override
    public String summary() {
        return "Quickstart in f32 and bf16 side by side";
    }

    @Override
    public String folder() {
        return "precision";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK);
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        Map<String, String> defaults = new LinkedHashMap<>(new Quickstart().defaults(profile));
        defaults.remove("precision");
        defaults.put("seeds", "1,2,3");
        return defaults;
    }

    @Override
    public Set<Option<?>> fixed() {
        return Set.of(Option.METHOD, Option.PRECISION);
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        Arithmetic.open(Precision.BF16).close(); // fails now rather than after an hour in f32
        Path directory = options.get(Option.OUT).resolve(folder());
        Options supervised = options.with(Option.METHOD, "supervised");
        Map<String, Options> rows = new LinkedHashMap<>();
        rows.put("Linear probe", supervised.with(Option.TUNING, "linear"));
        rows.put("Supervised, " + options.get(Option.TUNING), supervised);
        rows.put("FineSSL", options.with(Option.METHOD, "finessl"));

        List<Variant> variants = new ArrayList<>();
        rows.forEach((row, cell) -> PRECISIONS.forEach(precision ->
                variants.add(new Variant(row + ", " + precision, cell.with(Option.PRECISION, precision)))));
        Grid grid = Grid.run(name(), variants, options.get(Option.SEEDS), context, directory)
                .requireNoneDiverged();
        ResultTable table = new ResultTable(
                "Precision of the frozen layers: top-1 accuracy in %",
                "method",
                PRECISIONS,
                rows.keySet().stream().map(row -> row(row, grid)).toList(),
                Provenance.of(grid.all()));
        table.write(directory);
        context.print(table.toMarkdown());
        context.out().printf("Files: %s%n", directory);
        return grid.finished() ? Exit.OK : Exit.INTERRUPTED;
    }

    private static Row row(String name, Grid grid) {
        List<Cell> cells = new ArrayList<>();
        for (String precision : PRECISIONS) {
            List<RunRecord> runs = grid.records(name + ", " + precision);
            cells.add(Metric.TOP1.of(runs));
        }
        return new Row(name, cells);
    }
}
