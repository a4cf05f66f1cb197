package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.Charts.Lines;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** A table of FineSSL's sensitivity to one of its options, on CIFAR-10 N4 (the paper's profile: CIFAR-100 N4). */
final class Sweep {
    private static final Map<Option<?>, String> SYMBOLS =
            Map.of(Option.LAMBDA, "λ", Option.ALPHA, "α", Option.GAMMA, "γ", Option.PROMPTS, "prompt length");

    private Sweep() {}

    /** A table with one row and a column for each value of the option. */
    static CrossTable table(String figure, Option<?> option, List<String> values, Options options) {
        String title = figure + ": sensitivity to " + symbol(option);
        return table(title, "top-1 accuracy in %", option, values, options, Map.of());
    }

    /**
     * A table with one row and a column for each value, under a title that ends with {@code more} and with other
     * settings.
     */
    static CrossTable table(
            String title,
            String more,
            Option<?> option,
            List<String> values,
            Options options,
            Map<String, String> others) {
        Profile profile = options.get(Option.PROFILE);
        Column set = profile == Profile.PAPER
                ? PaperProfile.labels("CIFAR-100", "cifar100", 4)
                : PaperProfile.labels("CIFAR-10", PaperProfile.cifar(10, profile), 4);
        List<Column> columns = values.stream()
                .map(value -> {
                    Map<String, String> settings = new HashMap<>(set.options());
                    settings.put(option.name(), value);
                    settings.putAll(others);
                    return new Column(symbol(option) + " = " + value, settings);
                })
                .toList();
        return new CrossTable(
                title + ", " + set.name() + ", " + more,
                "method",
                List.of(Row.method("FineSSL", "finessl")),
                columns,
                Quotes.NONE);
    }

    /** A chart of top-1 accuracy over the option's values. */
    static Lines panel(CrossTable table, Grid grid, Option<?> option) {
        return new Lines(
                "Sensitivity to " + symbol(option),
                symbol(option),
                "top-1 in %",
                table.lines(grid, Metric.TOP1, x(option)));
    }

    /** A function that gives the option's value in a column. */
    static ToDoubleFunction<Column> x(Option<?> option) {
        return column -> Double.parseDouble(column.options().get(option.name()));
    }

    private static String symbol(Option<?> option) {
        return SYMBOLS.getOrDefault(option, option.name());
    }
}
