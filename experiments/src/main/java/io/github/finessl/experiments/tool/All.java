package io.github.finessl.experiments.tool;

import io.github.finessl.data.DataException;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.Failure;
import io.github.finessl.experiments.run.RunContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An experiment that carries out every table and figure of the paper as far as it is unfinished, then writes the index of
 * the results. An experiment without its data or encoder is skipped with a message; one that fails does not keep the others
 * from running.
 *
 * <p>{@code mvn exec:java -Dexp=all}
 */
public final class All implements Experiment {
    private final List<Experiment> experiments;
    private final Experiment index;

    /** An experiment that carries out others in their order, then the index. */
    public All(List<Experiment> experiments, Experiment index) {
        this.experiments = List.copyOf(experiments);
        this.index = index;
    }

    @Override
    public String name() {
        return "all";
    }

    @Override
    public String summary() {
        return "Every table and figure that has not been run, then their index";
    }

    @Override
    public Set<Option<?>> fixed() {
        return Set.of(Option.METHOD, Option.DATA, Option.LABELS);
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        Map<String, String> passedOver = new LinkedHashMap<>();
        Map<String, String> failed = new LinkedHashMap<>();
        for (Experiment experiment : experiments) {
            if (!experiment.profiles().contains(options.get(Option.PROFILE))) {
                continue;
            }
            context.out().printf("%n=== %s: %s%n", experiment.name(), experiment.summary());
            try {
                if (experiment.run(experiment.options(options.given()), context) == Exit.INTERRUPTED) {
                    return Exit.INTERRUPTED;
                }
            } catch (IOException | UncheckedIOException | DataException e) {
                passedOver.put(experiment.name(), Failure.sentence(e));
                context.out().printf("Skipped: %s%n", Failure.sentence(e));
            } catch (RuntimeException e) {
                failed.put(experiment.name(), Failure.sentence(e));
                context.out().printf("Failed: %s%n", Failure.sentence(e));
            }
        }
        Exit exit = index.run(options, context);
        passedOver.forEach((name, why) -> context.out().printf("%s was skipped: %s%n", name, why));
        failed.forEach((name, why) -> context.out().printf("%s failed: %s%n", name, why));
        return failed.isEmpty() ? exit : Exit.FAILED;
    }
}
