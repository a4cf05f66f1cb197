package io.github.finessl.report;

/** A listener to a training, called in the thread that trains; what it throws ends the training. */
@FunctionalInterface
public interface TrainingListener {

    /**
     * Called on the way of work before the first step or after the last one, such as computing the features of all images.
     *
     * @param work its kind
     * @param done how much of it is done
     * @param all how much it is in all
     */
    default void working(Work work, int done, int all) {}

    /** Called before the first step, or before the first one that is left to do. */
    default void started(TrainingStart start) {}

    /** Called after each step. */
    void step(StepReport report);

    /** Called after the step that a point of the curve ends with. */
    default void point(CurvePoint point) {}

    /** Called with a message for people, in one line. */
    default void message(String line) {}

    /** Called after the last step, whether training came to its end, was stopped or failed. */
    default void ended() {}

    /** A listener that calls this one first, then the other. */
    default TrainingListener and(TrainingListener other) {
        TrainingListener first = this;
        return new TrainingListener() {
            @Override
            public void working(Work work, int done, int all) {
                first.working(work, done, all);
                other.working(work, done, all);
            }

            @Override
            public void started(TrainingStart start) {
                first.started(start);
                other.started(start);
            }

            @Override
            public void step(StepReport report) {
                first.step(report);
                other.step(report);
            }

            @Override
            public void point(CurvePoint point) {
                first.point(point);
                other.point(point);
            }

            @Override
            public void message(String line) {
                first.message(line);
                other.message(line);
            }

            @Override
            public void ended() {
                first.ended();
                other.ended();
            }
        };
    }
}
