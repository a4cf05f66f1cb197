package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.run.Experiment;
import java.util.List;

/** The experiments of this package. */
public final class Paper {

    /** The paper's tables and figures, in its order. */
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

    /** The choice of the learning rate that the tables have for an encoder of which everything is trained. */
    public static final Experiment ENCODER_RATES = new EncoderRates();

    private Paper() {}
}
