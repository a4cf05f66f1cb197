package io.github.finessl.train;

import io.github.finessl.train.TrainingRun.Plan;
import io.github.finessl.tuning.VisualPrompts;
import java.util.Set;

/**
 * The learning rates of the parameters in a phase.
 *
 * @param encoderParameters names of the encoder's own weights
 */
record LearningRates(
        Set<String> encoderParameters, CosineSchedule ofEncoder, CosineSchedule ofPrompts, CosineSchedule ofOthers) {

    /** The rates of a phase of so many steps. */
    static LearningRates of(Plan plan, Set<String> encoderParameters, long steps) {
        Optimisation optimisation = plan.optimisation();
        return new LearningRates(
                encoderParameters,
                schedule(plan, optimisation.encoderLearningRate(), steps),
                schedule(plan, optimisation.promptLearningRate(), steps),
                schedule(plan, optimisation.learningRate(), steps));
    }

    private static CosineSchedule schedule(Plan plan, double start, long steps) {
        return new CosineSchedule(
                start,
                steps,
                plan.epochSteps(),
                plan.reference(),
                plan.optimisation().warmup());
    }

    /** The learning rate of a parameter in the phase's step, counted from 0. */
    double rate(String parameter, long step) {
        if (VisualPrompts.isParameter(parameter)) {
            return ofPrompts.rate(step);
        }
        return (encoderParameters.contains(parameter) ? ofEncoder : ofOthers).rate(step);
    }
}
