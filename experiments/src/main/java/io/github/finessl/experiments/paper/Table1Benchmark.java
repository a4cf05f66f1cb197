package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Table 1: methods by data sets and labels per class.
 *
 * <p>{@code mvn exec:java -Dexp=Table1Benchmark}: the mini sets and ViT-Ti/16. {@code -Dprofile=medium}: the full CIFAR
 * sets. {@code -Dprofile=paper}: CLIP ViT-B/16, 15,000 steps and 3 seeds a cell.
 */
final class Table1Benchmark implements PaperExperiment {

    /** What the encoder gives without training. */
    static final List<Row> UNTRAINED =
            List.of(Row.method("Class means, untrained", "class-means"), Row.method("Pile, untrained", "pile"));

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

    /** A method since the paper, whose runs train several models. */
    private static final Row V_PET = Row.method("V-PET", "v-pet");

    /** The rows of a benchmark: {@link #UNTRAINED}, then {@link #METHODS}. */
    static List<Row> rows() {
        return Stream.concat(UNTRAINED.stream(), METHODS.stream()).toList();
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
    public String folder() {
        return "table1";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        List<Row> rows = new ArrayList<>(rows());
        rows.add(V_PET);
        return List.of(new CrossTable("Table 1: top-1 accuracy in %", "method", rows, columns(options), Quotes.TOP1));
    }

    private static List<Column> columns(Options options) {
        Profile profile = options.get(Option.PROFILE);
        List<Column> columns = new ArrayList<>();
        columns.addAll(PaperProfile.cifar10(options));
        columns.addAll(PaperProfile.cifar100(options));
        if (profile == Profile.PAPER) {
            for (int labels : List.of(2, 4, 10)) {
                columns.add(PaperProfile.labels("FOOD-101", "food101", labels));
            }
        }
        return columns;
    }
}
