package io.github.finessl.train;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Split;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.ssl.Method;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * All that defines a run.
 *
 * @param encoder at the resolution of the augmentation
 * @param method fresh; it is changed by the run
 * @param teacher what the method learns from, if it does; of images like the encoder's
 * @param plan how long and how fast
 * @param identity everything that decides the result, for checkpoints
 * @param checkpoint where the run keeps its checkpoint
 * @param resume a checkpoint to go on from instead of that one
 */
public record TrainingRun(
        Encoder encoder,
        Tuning tuning,
        PromptStart promptStart,
        HeadStart headStart,
        Method method,
        Optional<Teacher> teacher,
        DataSource source,
        Split split,
        Augmentation augmentation,
        Kernels kernels,
        Plan plan,
        Map<String, String> identity,
        Path checkpoint,
        Optional<Path> resume) {

    /**
     * Optimisation and bookkeeping.
     *
     * @param steps of the whole run
     * @param epochSteps steps an epoch
     * @param batch B, labelled images a step
     * @param mu unlabelled images a step for each labelled one
     * @param reference the authors' code: the rate changes between epochs alone, and dropout is on where weak views are
     *     predicted on
     * @param zeta confidence from which a pseudo-label is called confident in the log
     * @param encoderLearningRate of the encoder's own weights, where some are trained
     * @param seed of everything random
     * @param checkpointEvery steps between checkpoints, 0 for none but the last
     * @param evaluateEvery steps between evaluations, 0 for none but the last
     * @param evaluationBatch images at a time
     * @param survey how many unlabelled images to look at in the end, 0 for none
     */
    public record Plan(
            long steps,
            long epochSteps,
            int batch,
            int mu,
            double learningRate,
            double encoderLearningRate,
            double momentum,
            double weightDecay,
            boolean reference,
            double zeta,
            long seed,
            int checkpointEvery,
            int evaluateEvery,
            int evaluationBatch,
            int survey) {}
}
