package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Row;
import java.util.List;
import java.util.Map;

/**
 * Table 11: an encoder trained with the labels of ImageNet-21k instead of CLIP's pairs. The encoder of the quick and medium
 * profiles, ViT-Ti/16, is of that family (then tuned on ImageNet-1k); the paper's is data/vit-b-16-in21k.onnx.
 */
final class Table11ImageNet21k implements PaperExperiment {
    @Override
    public String name() {
        return "Table11ImageNet21k";
    }

    @Override
    public String summary() {
        return "Table 11: methods on an encoder trained on ImageNet-21k";
    }

    @Override
    public String folder() {
        return "table11";
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        Map<String, String> defaults = PaperProfile.defaults(profile);
        return profile == Profile.PAPER
                ? PaperProfile.with(defaults, Map.of("encoder", "data/vit-b-16-in21k.onnx"))
                : defaults;
    }

    @Override
    public List<CrossTable> tables(Options options) {
        List<Row> rows = Table1Benchmark.METHODS.stream()
                .filter(row -> List.of("FixMatch", "DebiasPL", "FineSSL").contains(row.name()))
                .toList();
        return List.of(new CrossTable(
                "Table 11: an ImageNet-21k encoder, top-1 accuracy in %",
                "method", rows, PaperProfile.cifar100(options), Quotes.NONE));
    }
}
