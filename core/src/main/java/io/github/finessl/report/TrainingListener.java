package io.github.finessl.report;

/** Hears how training goes, in the thread that trains; what it throws ends the training. */
@FunctionalInterface
public interface TrainingListener {

    /** Before the first step, or before the first one that is left to do. */
    default void started(TrainingStart start) {}

    /** After each step. */
    void step(StepReport report);

    /** After the step that a point of the curve ends with. */
    default void point(CurvePoint point) {}

    /** What a person should know, in one line. */
    default void message(String line) {}

    /** After the last step, whether training came to its end, was stopped or failed. */
    default void ended() {}

    /** This one first, then the other. */
    default TrainingListener and(TrainingListener other) {
        TrainingListener first = this;
        return new TrainingListener() {
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
