package io.github.finessl.experiments.run;

import io.github.finessl.report.RunRecord;
import io.github.finessl.train.NonFiniteLossException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The runs of an experiment: every variant with every seed.
 *
 * @param runs finished runs by the variant's name, in the order of the variants
 * @param finished false if the user stopped it before the last run
 * @param diverged the exception of a run whose loss was not finite, if there was one
 */
public record Grid(Map<String, List<RunRecord>> runs, boolean finished, Optional<NonFiniteLossException> diverged) {

    /**
     * Carries out the runs that no experiment has finished yet, seed by seed, so that every variant has a first number
     * early.
     */
    public static Grid run(
            String experiment, List<Variant> variants, List<Long> seeds, RunContext context, Path directory)
            throws IOException {
        return run(experiment, variants, seeds, context, directory, false);
    }

    /** Carries out the runs without using those of other experiments; where all are finished, all are run again. */
    public static Grid runAnew(
            String experiment, List<Variant> variants, List<Long> seeds, RunContext context, Path directory)
            throws IOException {
        return run(experiment, variants, seeds, context, directory, true).requireNoneDiverged();
    }

    /**
     * Returns this grid if no run diverged.
     *
     * @throws NonFiniteLossException if one did
     */
    public Grid requireNoneDiverged() {
        diverged.ifPresent(failure -> {
            throw failure;
        });
        return this;
    }

    private static Grid run(
            String experiment,
            List<Variant> variants,
            List<Long> seeds,
            RunContext context,
            Path directory,
            boolean anew)
            throws IOException {
        Map<String, List<RunRecord>> runs = new LinkedHashMap<>();
        variants.forEach(variant -> runs.put(variant.name(), new ArrayList<>()));
        try (Runner runner = new Runner(experiment, context, directory, !anew)) {
            if (runner.prepare(variants, seeds) && anew) {
                runner.deleteResults(variants, seeds);
            }
            List<Run> wanted = new ArrayList<>();
            for (long seed : seeds) {
                for (Variant variant : variants) {
                    wanted.add(new Run(variant.name(), variant.options(), seed));
                }
            }
            Map<Run, RunRecord> records = new HashMap<>();
            boolean finished = true;
            Optional<NonFiniteLossException> diverged = Optional.empty();
            try {
                finished = GridRunner.of(variants.get(0).options()).run(runner, wanted, (run, record) -> {
                    records.put(run, record);
                    Double top1 = record.metrics().top1();
                    context.out()
                            .printf(
                                    "%s: %s%n",
                                    run,
                                    top1 == null ? "finished; no test images" : "top-1 %.1f %%".formatted(100 * top1));
                });
            } catch (NonFiniteLossException e) {
                diverged = Optional.of(e);
            }
            wanted.stream()
                    .filter(records::containsKey)
                    .forEach(run -> runs.get(run.variant()).add(records.get(run)));
            return new Grid(runs, finished, diverged);
        }
    }

    /** A variant's finished runs, one per seed; none for a variant that is not in the grid. */
    public List<RunRecord> records(String variant) {
        return runs.getOrDefault(variant, List.of());
    }

    /** The finished runs of all variants. */
    public List<RunRecord> all() {
        return runs.values().stream().flatMap(List::stream).toList();
    }
}
