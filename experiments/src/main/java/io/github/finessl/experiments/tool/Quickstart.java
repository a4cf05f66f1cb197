package io.github.finessl.experiments.tool;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Variant;
import io.github.finessl.report.Charts;
import io.github.finessl.report.Charts.Curve;
import io.github.finessl.report.Provenance;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.ResultTable.Row;
import io.github.finessl.report.RunRecord;
import io.github.finessl.ssl.Methods;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A first experiment, which takes minutes on a CPU: FineSSL beside a linear probe, the pile without training and
 * supervised tuning on the same labels.
 *
 * <p>{@code mvn exec:java -Dexp=Quickstart}: CIFAR-10 (mini), 4 labels per class, ViT-Ti/16.
 */
public final class Quickstart implements Experiment {
    @Override
    public String name() {
        return "Quickstart";
    }

    @Override
    public String summary() {
        return "FineSSL learns CIFAR-10 from 4 labels per class, within 10 minutes";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK);
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        return Map.of(
                "resolution", "160",
                "batch", "16",
                "steps", "200",
                "tuning", "adaptformer",
                "headStart", "pile",
                "precision", "f32");
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        Charts.checkFonts();
        Path directory = options.get(Option.OUT).resolve(folder());
        Options supervised = options.with(Option.METHOD, "supervised");
        String method = options.get(Option.METHOD, Methods.names());
        List<Variant> variants = List.of(
                new Variant(
                        "Linear probe", supervised.with(Option.TUNING, "linear").with(Option.HEAD_START, "means")),
                new Variant("Pile, untrained", options.with(Option.METHOD, "pile")),
                new Variant("Supervised, " + options.get(Option.TUNING), supervised),
                new Variant(method.equals("finessl") ? "FineSSL" : method, options));
        Grid grid = Grid.runAnew(name(), variants, options.get(Option.SEEDS), context, directory);
        if (!grid.finished()) {
            return Exit.INTERRUPTED;
        }

        List<Row> rows = new ArrayList<>();
        for (Variant variant : variants) {
            rows.add(new Row(variant.name(), List.of(Metric.TOP1.of(grid.records(variant.name())))));
        }
        ResultTable table = new ResultTable(
                "Quickstart: top-1 accuracy in %",
                "method",
                List.of(grid.all().get(0).data().name() + ", N" + options.get(Option.LABELS)),
                rows,
                Provenance.ofMarked(grid.all()));
        table.write(directory);
        RunRecord semiSupervised = grid.records(variants.get(3).name()).get(0);
        semiSupervised.write(directory.resolve("run.json"));
        Path curves = directory.resolve("curves.png");
        Charts.writeCurves(
                curves,
                "Quickstart, seed " + semiSupervised.seed(),
                variants.stream()
                        .map(variant -> grid.records(variant.name()).get(0))
                        .filter(run -> !run.curve().isEmpty())
                        .map(run -> new Curve(run.variant(), run.curve()))
                        .toList());
        context.print(table.toMarkdown());
        Optional.ofNullable(semiSupervised.metrics().pseudoLabelAccuracy())
                .ifPresent(accuracy -> context.out()
                        .printf(
                                "%nPseudo-labels of %s at the end: %.1f %% right%s.%n",
                                semiSupervised.variant(),
                                100 * accuracy,
                                Optional.ofNullable(semiSupervised.metrics().maskRate())
                                        .map(rate -> ", %.1f %% confident".formatted(100 * rate))
                                        .orElse("")));
        context.out().printf("Files: %s/{table.md,table.csv,run.json,curves.png,runs/}%n", directory);
        return Exit.OK;
    }
}
