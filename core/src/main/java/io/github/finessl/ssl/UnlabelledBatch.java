package io.github.finessl.ssl;

/**
 * A step's unlabelled images and what the model says of their weak views.
 *
 * @param images positions in the unlabelled set [μB]
 * @param predictions of the weak views; null where {@link Views} does not ask for them
 */
public record UnlabelledBatch(int[] images, WeakPredictions predictions) {}
