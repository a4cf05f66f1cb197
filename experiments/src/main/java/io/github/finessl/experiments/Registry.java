package io.github.finessl.experiments;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Optional;

/** The experiments that {@code -Dexp=} can name. */
record Registry(List<Experiment> experiments) {

    /** All there are. */
    static final Registry ALL = new Registry(List.of(
            new Quickstart(),
            new Table1Benchmark(),
            new Table6Ablation(),
            new PrecisionComparison(),
            new BenchTrainingStep(),
            new CheckData(),
            new Doctor()));

    Optional<Experiment> find(String name) {
        return experiments.stream()
                .filter(experiment -> experiment.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** Experiments, one a line. */
    String list() {
        return experiments.stream()
                .map(experiment ->
                        "  %-16s %s %s".formatted(experiment.name(), experiment.summary(), experiment.profiles()))
                .collect(joining("\n"));
    }
}
