package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import java.util.List;

/**
 * Table 12: the pseudo-labelling strategies of Menghini et al. (NeurIPS 2023) beside FineSSL. With {@code -DtextEncoder} they begin
 * zero-shot, as published.
 */
final class Table12PromptBaselines implements PaperExperiment {
    private static final List<Row> ROWS = List.of(
            Row.method("FPL", "fpl"),
            Row.method("IFPL", "ifpl"),
            Row.method("GRIP", "grip"),
            Row.method("FineSSL", "finessl"));

    @Override
    public String name() {
        return "Table12PromptBaselines";
    }

    @Override
    public String summary() {
        return "Table 12: FPL, IFPL and GRIP beside FineSSL";
    }

    @Override
    public String folder() {
        return "table12";
    }

    @Override
    public List<CrossTable> tables(Options options) {
        Profile profile = options.get(Option.PROFILE);
        List<Column> columns = List.of(
                PaperProfile.labels("CIFAR-10", PaperProfile.cifar(10, profile), 2),
                PaperProfile.labels("CIFAR-10", PaperProfile.cifar(10, profile), 4),
                PaperProfile.labels("CIFAR-100", PaperProfile.cifar(100, profile), 4));
        return List.of(new CrossTable(
                "Table 12: prompt-tuning baselines, top-1 accuracy in %", "method", ROWS, columns, Quotes.TOP1));
    }
}
