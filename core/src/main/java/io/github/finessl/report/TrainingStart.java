package io.github.finessl.report;

import java.util.Locale;

/**
 * A run that is about to take its first step.
 *
 * @param run its name, for people
 * @param images how many of them are labelled, unlabelled, held out and for testing, and of which data
 * @param steps of the whole run
 * @param done steps that were done before, where the run goes on from a checkpoint
 * @param batch labelled images per step
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
        return String.format(
                Locale.ROOT,
                "%s, seed %d: %s; %,d steps of batch %d at %d px; %,d trained parameters; kernels %s",
                run,
                seed,
                images,
                steps,
                batch,
                side,
                parameters,
                arithmetic);
    }
}
