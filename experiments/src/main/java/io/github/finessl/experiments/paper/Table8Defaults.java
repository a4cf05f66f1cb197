package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.io.Numbers;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Row;
import io.github.finessl.report.ResultTable.Stated;
import io.github.finessl.ssl.Averaging;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Table 8: the settings of the paper and of each profile; it runs nothing. */
final class Table8Defaults implements Experiment {

    /** The paper's settings by option; it says nothing of the other options. */
    private static final Map<String, String> PAPER = PaperProfile.ordered(
            "lr", "0.03",
            "momentum", "0.9",
            "weightDecay", "0.0005",
            "steps", "15000 (30 epochs of 500)",
            "batch", "32",
            "mu", "1 (ImageNet 2)",
            "prompts", "50",
            "promptStart", "uniform",
            "headStart", "uniform, rows of length 1",
            "zeta", "0.7",
            "alpha", "8",
            "gamma", "3",
            "lambda", "0.5",
            "emaMomentum", "the baselines' authors: 0.999",
            "debias", "DebiasPL's authors: 0.4",
            "resolution", "224");

    @Override
    public String name() {
        return "Table8Defaults";
    }

    @Override
    public String summary() {
        return "Table 8: the paper's settings and those of every profile";
    }

    @Override
    public String folder() {
        return "table8";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK);
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        List<String> columns = new ArrayList<>(List.of("paper"));
        for (Profile profile : Profile.values()) {
            columns.add("profile " + profile);
        }
        List<Row> rows = new ArrayList<>();
        PAPER.forEach((option, value) -> {
            List<Cell> cells = new ArrayList<>(List.of(new Stated(value)));
            for (Profile profile : Profile.values()) {
                cells.add(new Stated(setting(profile, option)));
            }
            rows.add(new Row("-D" + option, cells));
        });
        ResultTable table = new ResultTable(
                "Table 8: settings",
                "option",
                columns,
                rows,
                "The profiles' columns are read from the code; auto is explained by -Dexp=list.");
        Path directory = options.get(Option.OUT).resolve(folder());
        table.write(directory);
        context.print(table.toMarkdown());
        context.out().printf("Files: %s%n", directory);
        return Exit.OK;
    }

    private static String setting(Profile profile, String option) {
        Options options = Options.of(PaperProfile.defaults(profile), Map.of());
        return option.equals(Option.EMA_MOMENTUM.name())
                ? Numbers.text(
                        options.get(Option.EMA_MOMENTUM).orElseGet(() -> Averaging.momentum(options.get(Option.STEPS))))
                : options.toMap().get(option);
    }
}
