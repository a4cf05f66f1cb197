package io.github.finessl.train;

import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.UnlabelledSurvey;
import java.util.List;
import java.util.Optional;

/**
 * The outcome of a run.
 *
 * @param finished false where it was stopped; predictions are empty then
 * @param steps done
 * @param predictions of the last model on the test images
 * @param bestHeldOut of the best model on the held-out part, where one was asked for
 * @param survey of unlabelled images, where one was asked for
 * @param parameters how many numbers were trained
 * @param trainSeconds of all processes, surveys of the unlabelled images included
 * @param secondsPerStep the median of this process's steps
 * @param imagesPerSecond views through the encoder a second, in this process's steps
 * @param dataWaitSeconds how long this process's steps waited for images
 */
public record TrainingOutcome(
        boolean finished,
        long steps,
        List<Prediction> predictions,
        Optional<BestHeldOut> bestHeldOut,
        Optional<UnlabelledSurvey> survey,
        List<CurvePoint> curve,
        long parameters,
        double trainSeconds,
        double evaluationSeconds,
        double secondsPerStep,
        double imagesPerSecond,
        double dataWaitSeconds) {

    /**
     * The model that was best on the held-out part: its step, its accuracy there, and its predictions on the test
     * images.
     */
    public record BestHeldOut(long step, double heldOutAccuracy, List<Prediction> predictions) {}
}
