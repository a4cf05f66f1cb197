package io.github.finessl.train;

/**
 * The settings of stochastic gradient descent with momentum on a cosine schedule: steps, batches and rates.
 *
 * @param steps of the whole run
 * @param batch B, labelled images a step
 * @param mu μ, unlabelled images a step for each labelled one
 * @param learningRate at the start of the schedule
 * @param encoderLearningRate that of the encoder's own weights, where some are trained
 * @param promptLearningRate that of prompts
 * @param momentum from 0 to below 1
 * @param weightDecay of everything trained
 * @param warmup steps in which the rates rise linearly to the schedule's
 */
public record Optimisation(
        int steps,
        int batch,
        int mu,
        double learningRate,
        double encoderLearningRate,
        double promptLearningRate,
        double momentum,
        double weightDecay,
        int warmup) {

    private static final int EPOCHS = 30;

    /** The number of steps in one of the paper's 30 epochs. */
    public int epochSteps() {
        return Math.max(1, (steps + EPOCHS - 1) / EPOCHS);
    }
}
