package io.github.finessl.train;

/**
 * The steps at which a run writes checkpoints and evaluates its model, which changes nothing of what it learns.
 *
 * @param checkpointEvery steps between checkpoints, 0 for none but the last
 * @param evaluateEvery steps between evaluations, 0 for none but the last
 * @param survey how many unlabelled images to look at in the end, 0 for none
 * @param ema momentum of the average of the parameters that is evaluated in their place; 0 for none
 * @param flip whether mirror images are looked at too
 */
public record Looks(int checkpointEvery, int evaluateEvery, int survey, double ema, boolean flip) {}
