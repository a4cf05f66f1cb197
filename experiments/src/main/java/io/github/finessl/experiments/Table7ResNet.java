package io.github.finessl.experiments;

import io.github.finessl.experiments.CrossTable.Row;
import io.github.finessl.report.ResultTable.Missing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Table 7: CLIP's ResNet, tuned by its batch norms, by SSF and by BitFit. */
final class Table7ResNet implements PaperExperiment {
    private static final String BN = ", BN tuning";

    @Override
    public String name() {
        return "Table7ResNet";
    }

    @Override
    public String summary() {
        return "Table 7: methods on CLIP's ResNet";
    }

    @Override
    public String folder() {
        return "table7";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        List<Row> rows = new ArrayList<>();
        for (Row method : Table1Benchmark.METHODS) {
            for (String strategy : List.of(BN, ", SSF", ", BitFit")) {
                rows.add(new Row(
                        method.name() + strategy, method.options(), Optional.of("ResNet encoders are not built yet")));
            }
        }
        return List.of(new CrossTable(
                "Table 7: CLIP's ResNet, top-1 accuracy in %",
                "method, strategy",
                rows,
                PaperProfile.cifar100(options),
                Quotes.of((row, column) -> row.name().endsWith(BN)
                        ? PaperNumbers.top1(
                                row.options().get("method"),
                                "cifar100",
                                "N" + column.options().get("labels") + ", ResNet, BN tuning")
                        : Missing.NOT_KNOWN)));
    }
}
