package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Stated;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Table 6: FineSSL, each time without one of its parts.
 *
 * <p>{@code mvn exec:java -Dexp=Table6Ablation}: CIFAR-10 (mini) and ViT-Ti/16. {@code -Dprofile=paper}: CLIP ViT-B/16
 * and CIFAR-100.
 */
final class Table6Ablation implements PaperExperiment {
    private static final List<Row> ROWS = List.of(
            Row.method("FineSSL, full", "finessl"),
            Row.method("w/o BMS", "finessl-without-bms"),
            Row.method("w/o margin in L_s", "finessl-without-supervised-margin"),
            Row.method("fixed α (not dynamic)", "finessl-fixed-alpha"),
            Row.method("w/o DLS (ψ from the main head)", "finessl-without-dls"),
            Row.method("auxiliary head w/o label smoothing", "finessl-without-smoothing"),
            Row.method("label smoothing on the main head instead", "finessl-main-smoothing"),
            Row.method("auxiliary head not detached", "finessl-attached"));

    @Override
    public String name() {
        return "Table6Ablation";
    }

    @Override
    public String summary() {
        return "Table 6: FineSSL without one of its parts at a time";
    }

    @Override
    public String folder() {
        return "table6";
    }

    /** Three seeds in every profile: most parts matter less than a seed does. */
    @Override
    public Map<String, String> defaults(Profile profile) {
        return PaperProfile.with(PaperProfile.defaults(profile), Map.of("seeds", "1,2,3"));
    }

    @Override
    public List<CrossTable> tables(Options options) {
        Profile profile = options.get(Option.PROFILE);
        Column cifar10 = PaperProfile.labels("CIFAR-10", PaperProfile.cifar(10, profile), 4);
        Column cifar100 = PaperProfile.labels("CIFAR-100", PaperProfile.cifar(100, profile), 4);
        return List.of(new CrossTable(
                "Table 6: ablation, top-1 accuracy in %",
                "variant",
                ROWS,
                switch (profile) {
                    case QUICK -> List.of(cifar10);
                    case MEDIUM -> List.of(cifar10, cifar100);
                    case PAPER -> List.of(cifar100);
                },
                new Quotes(column -> PaperNumbers.COLUMN + ", CIFAR-100 N4 unless said", Table6Ablation::paper)));
    }

    /** The paper's accuracy of the full method, or the change that it reports, with its setting. */
    private static Cell paper(Row row, Column column) {
        String method = row.options().get(Option.METHOD.name());
        return PaperNumbers.change(method)
                .<Cell>map(change ->
                        new Stated(String.format(Locale.ROOT, "%+.2f points (%s)", change.points(), change.setting())))
                .orElseGet(() -> PaperNumbers.top1(method, "cifar100", "N4"));
    }
}
