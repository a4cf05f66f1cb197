package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Table 10: linear probing (LP), full fine-tuning (FFT), probing first (LP-FT) and full fine-tuning from a semantic start
 * (FFT†), beside visual prompts.
 */
final class Table10LpFft implements PaperExperiment {
    private static final String SEMANTIC = "FFT†";
    private static final Map<String, String> METHODS =
            PaperProfile.ordered("FixMatch", "fixmatch", "FineSSL", "finessl");
    private static final Map<String, String> STRATEGIES = PaperProfile.ordered(
            "LP", "linear", "FFT", "full", "LP-FT", "lp-ft", SEMANTIC, "full", "VPT-deep", "vpt-deep");

    @Override
    public String name() {
        return "Table10LpFft";
    }

    @Override
    public String summary() {
        return "Table 10: linear probing and full fine-tuning beside prompts";
    }

    @Override
    public String folder() {
        return "table10";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        List<Row> rows = new ArrayList<>();
        STRATEGIES.forEach((strategy, tuning) -> METHODS.forEach((name, method) -> {
            Map<String, String> settings = PaperProfile.with(
                    PaperProfile.tuning(tuning, options.get(Option.PROFILE)), Map.of("method", method));
            Optional<String> missing = Optional.empty();
            if (!strategy.equals(SEMANTIC)) {
                settings.put(Option.CLASS_FEATURES.name(), Option.NONE);
            } else {
                settings.put(Option.HEAD_START.name(), "semantic");
                missing = options.get(Option.CLASS_FEATURES).isPresent()
                                || options.get(Option.TEXT_ENCODER).isPresent()
                        ? Optional.empty()
                        : Optional.of("needs -DtextEncoder, or -DclassFeatures, a text feature for each class");
            }
            rows.add(new Row(name + ", " + strategy, settings, missing));
        }));
        return List.of(new CrossTable(
                "Table 10: LP and FFT, top-1 accuracy in %",
                "method, strategy", rows, PaperProfile.cifar100(options), Quotes.NONE));
    }
}
