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
 * @param runs finished runs by variant, in the order of the variants
 * @param finished false if the user stopped it before the last run
 */
record Grid(Map<Variant, List<RunRecord>> runs, boolean finished) {

    /** Carries out what is not finished yet, seed by seed, so that every variant has a first number early. */
    static Grid run(String experiment, List<Variant> variants, List<Long> seeds, RunContext context, Path directory)
            throws IOException {
        Map<Variant, List<RunRecord>> runs = new LinkedHashMap<>();
        variants.forEach(variant -> runs.put(variant, new ArrayList<>()));
        try (Runner runner = new Runner(experiment, context, directory)) {
            for (long seed : seeds) {
                for (Variant variant : variants) {
                    Optional<RunRecord> run = runner.run(variant.name(), variant.options(), seed);
                    if (run.isEmpty() || context.stopRequested()) {
                        return new Grid(runs, false);
                    }
                    runs.get(variant).add(run.get());
                    context.out()
                            .printf(
                                    "%s, seed %d: top-1 %.1f %%%n",
                                    variant.name(),
                                    seed,
                                    100 * run.get().metrics().top1());
                }
            }
        }
        return new Grid(runs, true);
    }

    /** A variant's runs, one a seed. */
    List<RunRecord> records(Variant variant) {
        return runs.get(variant);
    }

    /** All runs. */
    List<RunRecord> all() {
        return runs.values().stream().flatMap(List::stream).toList();
    }
}
