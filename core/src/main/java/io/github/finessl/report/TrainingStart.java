package io.github.finessl.report;

/**
 * A run that is about to take its first step.
 *
 * @param run its name, for people
 * @param images how many of them are labelled, unlabelled and held out, and of which data
 * @param steps of the whole run
 * @param done steps that were done before, where the run goes on from a checkpoint
 * @param batch labelled images a step
 * @param side of the images in pixels
 * @param parameters how many numbers are trained
 * @param arithmetic the kernels' name
 */
public record TrainingStart(
        String run,
        long seed,
        String images,
        int steps,
        int done,
        int batch,
        int side,
        long parameters,
        String arithmetic) {

    /** The start of the run in one line. */
    @Override
    public String toString() {
        return "%s, seed %d: %s, %d steps of batch %d at %d px; %,d trained parameters; %s"
                .formatted(run, seed, images, steps, batch, side, parameters, arithmetic);
    }
}
