package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Column;
import java.util.List;
import java.util.Map;

/**
 * Table 3: ImageNet with labels for 1 % or 10 % of the training images.
 *
 * <p>{@code mvn exec:java -Dexp=Table3ImageNet}; images and lists must be fetched, see data/README.md. μ = 2.
 */
final class Table3ImageNet implements PaperExperiment {
    private static final String DATA = "imagenet";

    @Override
    public String name() {
        return "Table3ImageNet";
    }

    @Override
    public String summary() {
        return "Table 3: methods on ImageNet with 1 % and 10 % of the labels";
    }

    @Override
    public String folder() {
        return "table3";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        return List.of(new CrossTable(
                "Table 3: ImageNet, top-1 accuracy in %",
                "method",
                Table1Benchmark.rows(),
                List.of(column("1%", "1percent.txt", options), column("10%", "10percent.txt", options)),
                Quotes.of((row, column) -> PaperNumbers.top1(row.options().get("method"), DATA, column.name()))));
    }

    /** A column with μ = 2; with batches of 16 where the authors' code is followed. */
    private static Column column(String name, String list, Options options) {
        Map<String, String> settings = Map.of("data", DATA, "labelledList", "data/" + DATA + "/" + list, "mu", "2");
        return new Column(name, options.isReference() ? PaperProfile.with(settings, Map.of("batch", "16")) : settings);
    }
}
