package io.github.finessl.experiments;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The experiments that {@code -Dexp=} can name. */
record Registry(List<Experiment> experiments) {

    /** All there are. */
    static final Registry ALL = all();

    private static Registry all() {
        Quickstart quickstart = new Quickstart();
        PrecisionComparison precision = new PrecisionComparison();
        Index index = new Index(
                Stream.concat(Paper.TABLES_AND_FIGURES.stream(), Stream.of(quickstart, Paper.ENCODER_RATES, precision))
                        .toList());
        List<Experiment> all = new ArrayList<>(List.of(quickstart));
        all.addAll(Paper.TABLES_AND_FIGURES);
        all.addAll(List.of(
                Paper.ENCODER_RATES,
                precision,
                new All(Paper.TABLES_AND_FIGURES, index),
                index,
                new Export(),
                new BenchTrainingStep(),
                new CheckData(),
                new Doctor()));
        return new Registry(List.copyOf(all));
    }

    Optional<Experiment> find(String name) {
        return experiments.stream()
                .filter(experiment -> experiment.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** Experiments, one a line. */
    String list() {
        return experiments.stream()
                .map(experiment ->
                        "  %-22s %s %s".formatted(experiment.name(), experiment.summary(), experiment.profiles()))
                .collect(joining("\n"));
    }
}
