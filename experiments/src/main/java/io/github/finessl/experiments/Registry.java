package io.github.finessl.experiments;

import static java.util.stream.Collectors.joining;

import io.github.finessl.experiments.evidence.Evidence;
import io.github.finessl.experiments.paper.Paper;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.tool.All;
import io.github.finessl.experiments.tool.BenchColdStart;
import io.github.finessl.experiments.tool.BenchPhotos;
import io.github.finessl.experiments.tool.BenchTrainingStep;
import io.github.finessl.experiments.tool.CheckData;
import io.github.finessl.experiments.tool.Doctor;
import io.github.finessl.experiments.tool.Export;
import io.github.finessl.experiments.tool.Index;
import io.github.finessl.experiments.tool.LabellingOrder;
import io.github.finessl.experiments.tool.PrecisionComparison;
import io.github.finessl.experiments.tool.Quickstart;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The experiments that {@code -Dexp=} can name. */
record Registry(List<Experiment> experiments) {

    /** The registry of all experiments. */
    static final Registry ALL = all();

    private static Registry all() {
        Quickstart quickstart = new Quickstart();
        Experiment evidence = new Evidence();
        PrecisionComparison precision = new PrecisionComparison();
        Index index = new Index(Stream.of(
                        Stream.of(evidence),
                        Paper.TABLES_AND_FIGURES.stream(),
                        Stream.of(quickstart, Paper.ENCODER_RATES, Paper.DEFAULTS, Paper.DEFAULTS_SEEDS, precision))
                .flatMap(experiments -> experiments)
                .toList());
        List<Experiment> all = new ArrayList<>(List.of(quickstart));
        all.addAll(Paper.TABLES_AND_FIGURES);
        all.addAll(List.of(
                Paper.ENCODER_RATES,
                Paper.DEFAULTS,
                Paper.DEFAULTS_SEEDS,
                evidence,
                precision,
                new All(Paper.TABLES_AND_FIGURES, index),
                index,
                new Export(),
                new BenchTrainingStep(),
                new BenchColdStart(),
                new BenchPhotos(),
                new LabellingOrder(),
                new CheckData(),
                new Doctor()));
        return new Registry(List.copyOf(all));
    }

    Optional<Experiment> find(String name) {
        return experiments.stream()
                .filter(experiment -> experiment.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** The names and summaries of the experiments, one per line. */
    String list() {
        return experiments.stream()
                .map(experiment ->
                        "  %-22s %s %s".formatted(experiment.name(), experiment.summary(), experiment.profiles()))
                .collect(joining("\n"));
    }
}
