package io.github.finessl.studio.learn;

import java.util.List;

/**
 * The state of the training in the background, as browsers show it.
 *
 * @param phase what the training is at
 * @param model the number of its model; empty before the first one
 * @param what work before or after the steps, for people
 * @param done how much of the work, or how many steps, are done
 * @param all how much it is in all
 * @param secondsLeft of the steps; below 0 where that is not known
 * @param curve a point every few steps
 * @param message a sentence, where it failed
 */
public record TrainingState(
        Phase phase,
        String model,
        String what,
        int done,
        int all,
        double secondsLeft,
        List<Point> curve,
        String message) {

    /** The phases of a training. */
    public enum Phase {
        /** None was begun yet. */
        NONE,
        /** It works before or after the steps. */
        WORKING,
        /** It takes steps. */
        STEPPING,
        /** It was asked to stop, and will after its step. */
        STOPPING,
        /** It was stopped; its checkpoint can go on. */
        STOPPED,
        /** Its model is ready. */
        FINISHED,
        /** It ended with an error. */
        FAILED;

        /** Whether the training runs. */
        public boolean isRunning() {
            return this == WORKING || this == STEPPING || this == STOPPING;
        }
    }

    /**
     * A point of the live curve, averaged over about ten steps.
     *
     * @param right part of the labelled photos of the batches that are classified right
     * @param confident part of the unlabelled ones with a confident pseudo-label; below 0 for a method without any
     */
    public record Point(int step, double loss, double right, double confident) {}

    /** No training so far. */
    static final TrainingState NONE = new TrainingState(Phase.NONE, "", "", 0, 0, -1, List.of(), "");

    TrainingState with(Phase now, String work, int soFar, int inAll) {
        return new TrainingState(now, model, work, soFar, inAll, -1, curve, message);
    }

    TrainingState failed(String sentence) {
        return new TrainingState(Phase.FAILED, model, what, done, all, -1, curve, sentence);
    }
}
