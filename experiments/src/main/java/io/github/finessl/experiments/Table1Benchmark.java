package io.github.finessl.experiments;

import io.github.finessl.experiments.CrossTable.Column;
import io.github.finessl.experiments.CrossTable.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Table 1: methods by data sets and labels per class.
 *
 * <p>{@code mvn exec:java -Dexp=Table1Benchmark}: the mini sets and ViT-Ti/16. {@code -Dprofile=medium}: the full CIFAR
 * sets. {@code -Dprofile=paper}: CLIP ViT-B/16, 15,000 steps and 3 seeds a cell.
 */
final class Table1Benchmark implements PaperExperiment {

    /** All methods of the benchmark, in the paper's order. */
    static final List<Row> METHODS = List.of(
            Row.method("Supervised only", "supervised"),
            Row.method("Pseudo-Label", "pseudo-label"),
            Row.method("FixMatch", "fixmatch"),
            Row.method("FlexMatch", "flexmatch"),
            Row.method("FreeMatch", "freematch"),
            Row.method("SoftMatch", "softmatch"),
            Row.method("DebiasPL", "debiaspl"),
            Row.method("FineSSL", "finessl"));

    @Override
    public String name() {
        return "Table1Benchmark";
    }

    @Override
    public String summary() {
        return "Table 1: methods by data sets and labels per class";
    }

    @Override
    public String folder() {
        return "table1";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        return List.of(
                new CrossTable("Table 1: top-1 accuracy in %", "method", METHODS, columns(options), Quotes.TOP1));
    }

    private static List<Column> columns(Options options) {
        Profile profile = options.get(Option.PROFILE);
        List<Column> columns = new ArrayList<>();
        for (int labels : List.of(1, 2, 4)) {
            columns.add(cifar10(labels, options));
        }
        for (int labels : profile == Profile.QUICK ? List.of(4, 25) : List.of(4, 25, 100)) {
            columns.add(PaperProfile.labels("CIFAR-100", PaperProfile.cifar(100, profile), labels));
        }
        if (profile == Profile.PAPER) {
            for (int labels : List.of(2, 4, 10)) {
                columns.add(PaperProfile.labels("FOOD-101", "food101", labels));
            }
        }
        return columns;
    }

    /** The authors' code takes smaller batches and, with one label, weights here. */
    private static Column cifar10(int labels, Options options) {
        Profile profile = options.get(Option.PROFILE);
        Column column = PaperProfile.labels("CIFAR-10", PaperProfile.cifar(10, profile), labels);
        if (profile != Profile.PAPER || !options.get(Option.FIDELITY).equals("reference")) {
            return column;
        }
        Map<String, String> more = new HashMap<>(column.options());
        more.put(Option.BATCH.name(), Integer.toString(8 * labels));
        if (labels == 1) {
            more.put(Option.GAMMA.name(), "1");
        }
        return new Column(column.name(), more);
    }
}
