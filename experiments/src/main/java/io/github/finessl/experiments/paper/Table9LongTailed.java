package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Table 9: semi-supervised learning of long-tailed classes. The labelled and the unlabelled images fall off by the
 * imbalance ratio ρ; reversed, the classes with most labels have fewest unlabelled images. The test images are
 * balanced.
 *
 * <p>{@code mvn exec:java -Dexp=Table9LongTailed}
 */
final class Table9LongTailed implements PaperExperiment {

    /** The number of labels of the largest class. */
    private static final int MOST_LABELS = 20;

    @Override
    public String name() {
        return "Table9LongTailed";
    }

    @Override
    public String summary() {
        return "Table 9: methods with long-tailed classes";
    }

    @Override
    public String folder() {
        return "table9";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        Profile profile = options.get(Option.PROFILE);
        List<Column> columns = new ArrayList<>();
        if (profile == Profile.QUICK) {
            String data = PaperProfile.cifar(10, profile);
            columns.add(column("CIFAR-10 (mini), ρ 10", data, MOST_LABELS, "10", "none"));
            columns.add(column("CIFAR-10 (mini), ρ 20", data, MOST_LABELS, "20", "none"));
            columns.add(column("CIFAR-10 (mini), ρ 10, unlabelled reversed", data, MOST_LABELS, "10", "true"));
        } else {
            columns.add(column("CIFAR-100, ρ 10", "cifar100", 50, "10", "none"));
            columns.add(column("CIFAR-100, ρ 20", "cifar100", 50, "20", "none"));
            columns.add(column("CIFAR-100, ρ 10, unlabelled reversed", "cifar100", 50, "10", "true"));
        }
        return List.of(new CrossTable(
                "Table 9: long-tailed classes, top-1 accuracy on balanced test images in %",
                "method", Table1Benchmark.rows(), columns, Quotes.NONE));
    }

    private static Column column(String name, String data, int labels, String imbalance, String reversed) {
        return new Column(
                name,
                Map.of("data", data, "labels", Integer.toString(labels), "imbalance", imbalance, "reversed", reversed));
    }
}
