package io.github.finessl.experiments.paper;

import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.report.ResultTable.Missing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Table 7: CLIP's ResNet, tuned by its batch norms, by SSF and by BitFit. No such encoder comes with the repository, so
 * {@code -Dencoder=} must name one.
 */
final class Table7ResNet implements PaperExperiment {
    private static final String BN = "BN tuning";
    private static final Map<String, String> STRATEGIES =
            PaperProfile.ordered(BN, "bn", "SSF", "ssf", "BitFit", "bitfit");

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
    public Map<String, String> defaults(Profile profile) {
        Map<String, String> defaults = PaperProfile.defaults(profile);
        return profile == Profile.PAPER
                ? PaperProfile.with(defaults, Map.of("encoder", "data/clip-rn50.onnx"))
                : defaults;
    }

    @Override
    public List<CrossTable> tables(Options options) {
        Path file = options.get(Option.ENCODER);
        Optional<String> missing = file.equals(Path.of(Option.ENCODER.fallback()))
                ? Optional.of("needs -Dencoder, a ResNet of CLIP's")
                : Optional.empty();
        Optional<String> missingNorms =
                Files.exists(file) && OnnxEncoderReader.read(file) instanceof ResNet resnet && !resnet.hasNorms()
                        ? Optional.of("needs a file whose BatchNormalization nodes are not folded")
                        : missing;
        List<Row> rows = new ArrayList<>();
        for (Row method : Table1Benchmark.METHODS) {
            STRATEGIES.forEach((strategy, tuning) -> rows.add(new Row(
                    method.name() + ", " + strategy,
                    PaperProfile.with(method.options(), Map.of("tuning", tuning)),
                    tuning.equals("bn") ? missingNorms : missing)));
        }
        Table1Benchmark.UNTRAINED.forEach(row -> rows.add(new Row(row.name(), row.options(), missing)));
        return List.of(new CrossTable(
                "Table 7: CLIP's ResNet, top-1 accuracy in %",
                "method, strategy",
                rows,
                PaperProfile.cifar100(options),
                Quotes.of(
                        "paper, CLIP's ResNet",
                        (row, column) -> row.name().endsWith(BN)
                                ? PaperNumbers.top1(
                                        row.options().get("method"),
                                        "cifar100",
                                        "N" + column.options().get("labels") + ", ResNet, BN tuning")
                                : Missing.NOT_KNOWN)));
    }
}
