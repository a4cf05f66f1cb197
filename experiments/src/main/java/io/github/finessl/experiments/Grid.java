package io.github.finessl.experiments;

import io.github.finessl.report.RunRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The runs of an experiment: every variant with every seed.
 *
 * @param runs finished runs by the variant's name, in the order of the variants
 * @param finished false if the user stopped it before the last run
 */
record Grid(Map<String, List<RunRecord>> runs, boolean finished) {

    /** Carries out what no experiment has finished yet, seed by seed, so that every variant has a first number early. */
    static Grid run(String experiment, List<Variant> variants, List<Long> seeds, RunContext context, Path directory)
            throws IOException {
        return run(experiment, variants, seeds, context, directory, false);
    }

    /** The same, but without other experiments' runs; where all of it is finished, everything is run again. */
    static Grid runAnew(String experiment, List<Variant> variants, List<Long> seeds, RunContext context, Path directory)
            throws IOException {
        return run(experiment, variants, seeds, context, directory, true);
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
                runner.forget(variants, seeds);
            }
            for (long seed : seeds) {
                for (Variant variant : variants) {
                    Optional<RunRecord> run = runner.run(variant.name(), variant.options(), seed);
                    run.ifPresent(finished -> {
                        runs.get(variant.name()).add(finished);
                        context.out()
                                .printf(
                                        "%s, seed %d: top-1 %.1f %%%n",
                                        variant.name(),
                                        seed,
                                        100 * finished.metrics().top1());
                    });
                    if (run.isEmpty() || context.stopRequested()) {
                        return new Grid(runs, false);
                    }
                }
            }
        }
        return new Grid(runs, true);
    }

    /** A variant's finished runs, one a seed; none for a name that the grid has not. */
    List<RunRecord> records(String variant) {
        return runs.getOrDefault(variant, List.of());
    }

    /** All runs. */
    List<RunRecord> all() {
        return runs.values().stream().flatMap(List::stream).toList();
    }
}
