package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Missing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Table 4: FixMatch, DebiasPL and FineSSL with other ways of fine-tuning than visual prompts. */
final class Table4Peft implements PaperExperiment {
    private static final Map<String, String> METHODS =
            PaperProfile.ordered("FixMatch", "fixmatch", "DebiasPL", "debiaspl", "FineSSL", "finessl");
    private static final Map<String, String> STRATEGIES = PaperProfile.ordered(
            "VPT-deep", "vpt-deep",
            "VPT-shallow", "vpt-shallow",
            "Adapter", "adapter",
            "AdaptFormer", "adaptformer",
            "LoRA", "lora",
            "SSF", "ssf",
            "BitFit", "bitfit");

    @Override
    public String name() {
        return "Table4Peft";
    }

    @Override
    public String summary() {
        return "Table 4: methods by tuning strategies";
    }

    @Override
    public String folder() {
        return "table4";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        List<Row> rows = new ArrayList<>();
        STRATEGIES.forEach((strategy, tuning) -> METHODS.forEach((name, method) ->
                rows.add(new Row(name + ", " + strategy, Map.of("method", method, "tuning", tuning)))));
        return List.of(new CrossTable(
                "Table 4: tuning strategies, top-1 accuracy in %",
                "method, strategy", rows, PaperProfile.cifar100(options), Quotes.of(Table4Peft::paper)));
    }

    private static Cell paper(Row row, Column column) {
        return row.options().get("tuning").equals("vpt-deep") ? PaperNumbers.top1(row, column) : Missing.NOT_KNOWN;
    }
}
