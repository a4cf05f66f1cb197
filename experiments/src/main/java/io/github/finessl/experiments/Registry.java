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
            new OpenSsl(),
            new Figure1(),
            new Figure2(),
            new Figure3(),
            new Figure5(),
            new Figure6(),
            new Figure7(),
            new Figure8(),
            new PrecisionComparison(),
            new BenchTrainingStep(),
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
