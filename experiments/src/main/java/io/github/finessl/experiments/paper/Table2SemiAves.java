package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Column;
import java.util.List;
import java.util.Map;

/**
 * Table 2: Semi-Aves, the unlabelled images of the same 200 species (in) or of 800 others too (in + out).
 *
 * <p>{@code mvn exec:java -Dexp=Table2SemiAves}; the images must be fetched, see data/README.md.
 */
final class Table2SemiAves implements PaperExperiment {
    private static final String DATA = "semi-aves";

    @Override
    public String name() {
        return "Table2SemiAves";
    }

    @Override
    public String summary() {
        return "Table 2: methods on Semi-Aves, with and without unlabelled strangers";
    }

    @Override
    public String folder() {
        return "table2";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        List<Column> columns = List.of(column("in"), column("in+out"));
        return List.of(new CrossTable(
                "Table 2: Semi-Aves, top-1 accuracy in %",
                "method",
                Table1Benchmark.rows(),
                columns,
                Quotes.of((row, column) -> PaperNumbers.top1(row.options().get("method"), DATA, column.name()))));
    }

    private static Column column(String unlabelled) {
        return new Column(unlabelled, Map.of("data", DATA, "unlabelledPart", unlabelled));
    }
}
