package io.github.finessl.studio.learn;

import io.github.finessl.report.Work;
import java.util.List;
import java.util.Optional;

/**
 * The state of the training in the background, as browsers show it.
 *
 * @param phase what the training is at
 * @param model the number of its model; empty before the first one
 * @param work before or after the steps, where it is at some
 * @param done how much of the work is done, where it is at some, else how many steps
 * @param all how much it is in all; 0 where that is not known
 * @param secondsLeft of the steps; below 0 where that is not known
 * @param curve a point every few steps
 * @param message a sentence, where it failed
 * @param canGoOn whether it does not run and can go on from where it was stopped
 */
public record TrainingState(
        Phase phase,
        String model,
        Optional<Work> work,
        int done,
        int all,
        double secondsLeft,
        List<Point> curve,
        String message,
        boolean canGoOn) {

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
        /** The studio was ended, or killed, before its model was ready. */
        INTERRUPTED,
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
    static final TrainingState NONE = of(Phase.NONE, "");

    /** The state of a training of which nothing has been heard yet. */
    static TrainingState of(Phase phase, String model) {
        return new TrainingState(phase, model, Optional.empty(), 0, 0, -1, List.of(), "", phase == Phase.INTERRUPTED);
    }

    TrainingState with(Phase now, Optional<Work> at, int soFar, int inAll) {
        return new TrainingState(now, model, at, soFar, inAll, -1, curve, message, now == Phase.STOPPED);
    }

    TrainingState failed(String sentence, int steps, int inAll) {
        return new TrainingState(Phase.FAILED, model, Optional.empty(), steps, inAll, -1, curve, sentence, true);
    }
}
