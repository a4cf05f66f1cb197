package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.run.Experiment;
import java.util.List;

/** The list of the paper's tables and figures. */
public final class Paper {

    /** The experiments that are tables and figures of the paper, in its order. */
    public static final List<Experiment> TABLES_AND_FIGURES = List.of(
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

    /** The experiment that chooses the learning rate of fully trained encoders for the tables. */
    public static final Experiment ENCODER_RATES = new EncoderRates();

    /** The experiment that chooses the defaults of trainings. */
    public static final Experiment DEFAULTS = new Defaults();

    public static final Experiment DEFAULTS_SEEDS = new DefaultsSeeds();

    private Paper() {}
}
