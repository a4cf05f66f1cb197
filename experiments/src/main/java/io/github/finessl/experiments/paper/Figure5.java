package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.report.Charts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Figure 5: the sensitivity of FineSSL to γ, to the prompt length and to the length of training. */
final class Figure5 implements PaperExperiment {
    @Override
    public String name() {
        return "Figure5";
    }

    @Override
    public String summary() {
        return "Figure 5: sensitivity to γ, prompt length and epochs";
    }

    @Override
    public Set<Option<?>> around() {
        return Set.of(Option.STEPS);
    }

    @Override
    public List<CrossTable> tables(Options options) {
        int steps = options.get(Option.STEPS);
        List<String> lengths = List.of(1, 2, 3, 6).stream()
                .map(thirds -> Integer.toString(Math.max(1, thirds * steps / 3)))
                .distinct()
                .toList();
        return List.of(
                Sweep.table("Figure 5", Option.GAMMA, List.of("1", "2", "3", "4", "5"), options),
                Sweep.table("Figure 5", Option.PROMPTS, List.of("5", "10", "25", "50", "100"), options),
                Sweep.table("Figure 5", Option.STEPS, lengths, options));
    }

    @Override
    public void draw(List<CrossTable> tables, Grid grid, Path directory) throws IOException {
        Charts.write(
                directory.resolve("figure5.png"),
                "Figure 5: sensitivity",
                List.of(
                        Sweep.panel(tables.get(0), grid, Option.GAMMA),
                        Sweep.panel(tables.get(1), grid, Option.PROMPTS),
                        Sweep.panel(tables.get(2), grid, Option.STEPS)));
    }
}
