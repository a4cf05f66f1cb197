package io.github.finessl.report;

import java.util.List;
import java.util.Optional;

/**
 * How far a model's probabilities can be trusted, on test images, and what it costs to let it say that an image is of no class.
 *
 * @param error the mean distance between confidence and accuracy on the test images (ECE), 0 to 1; empty without test images
 * @param calibrated the temperature that the probabilities are divided by, where images were held out for it
 * @param none the rule for images of no class, where the model has one
 */
public record SureAnswers(Optional<Double> error, Optional<Calibrated> calibrated, Optional<None> none) {

    /** Nothing known. */
    public static final SureAnswers UNKNOWN = new SureAnswers(Optional.empty(), Optional.empty(), Optional.empty());

    /** A temperature, and the number of images that it was fitted to. */
    public record Calibrated(double temperature, int images) {}

    /**
     * A rule for images of no class.
     *
     * @param setBy the images of classes that it was set by, in words
     * @param strangers known ones that it was set by
     * @param ofClasses test images of classes, and how many of them it calls none
     * @param ofNone test images of no class likewise
     */
    public record None(String setBy, int strangers, Tested ofClasses, Tested ofNone) {}

    /** Test images, and how many of them are called none. */
    public record Tested(int images, int refused) {}

    /** A test image's answer. */
    public record Answer(boolean right, double confidence) {}

    /** The mean distance between confidence and accuracy; empty without images. */
    public static Optional<Double> error(List<Answer> test) {
        return Optional.ofNullable(Confidence.calibrationError(confidences(test, true), confidences(test, false)));
    }

    private static double[] confidences(List<Answer> test, boolean right) {
        return test.stream()
                .filter(each -> each.right() == right)
                .mapToDouble(Answer::confidence)
                .toArray();
    }
}
