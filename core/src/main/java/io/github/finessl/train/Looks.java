package io.github.finessl.train;

/**
 * The steps at which a run writes checkpoints and evaluates its model, which changes nothing of what it learns.
 *
 * @param checkpointEvery steps between checkpoints, 0 for none but the last
 * @param evaluateEvery steps between evaluations, 0 for none but the last
 * @param survey how many unlabelled images to look at in the end, 0 for none
 */
public record Looks(int checkpointEvery, int evaluateEvery, int survey) {}
