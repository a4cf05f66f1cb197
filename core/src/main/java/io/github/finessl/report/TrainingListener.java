package io.github.finessl.report;

/** Hears how training goes, in the thread that trains; what it throws ends the training. */
@FunctionalInterface
public interface TrainingListener {

    /** After each step. */
    void step(StepReport report);

    /** After the step that a point of the curve ends with. */
    default void point(CurvePoint point) {}

    /** This one first, then the other. */
    default TrainingListener and(TrainingListener other) {
        TrainingListener first = this;
        return new TrainingListener() {
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
        };
    }
}
