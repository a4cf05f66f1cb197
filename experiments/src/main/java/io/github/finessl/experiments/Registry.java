package io.github.finessl.experiments;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The experiments that {@code -Dexp=} can name. */
record Registry(List<Experiment> experiments) {

    /** The paper's tables and figures, in its order. */
    private static final List<Experiment> PAPER = List.of(
            new Table1Benchmark(),
            new Table2SemiAves(),
            new Table3ImageNet(),
            new Table4Peft(),
            new Table5TrainingTime(),
            new Table6Ablation(),
            new Table7ResNet(),
            new Table8Defaults(),
            new Table9LongTailed(),
            new Table10LpFft(),
            new Table11ImageNet21k(),
            new Table12PromptBaselines(),
            new Figure1(),
            new Figure2(),
            new Figure3(),
            new OpenSsl(),
            new Figure5(),
            new Figure6(),
            new Figure7(),
            new Figure8());

    /** All there are. */
    static final Registry ALL = all();

    private static Registry all() {
        Quickstart quickstart = new Quickstart();
        EncoderRates rates = new EncoderRates();
        PrecisionComparison precision = new PrecisionComparison();
        Index index = new Index(Stream.concat(PAPER.stream(), Stream.of(quickstart, rates, precision))
                .toList());
        List<Experiment> all = new ArrayList<>(List.of(quickstart));
        all.addAll(PAPER);
        all.addAll(List.of(
                rates,
                precision,
                new All(PAPER, index),
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
