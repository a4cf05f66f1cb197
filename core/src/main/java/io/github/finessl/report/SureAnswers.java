package io.github.finessl.report;

import java.util.List;
import java.util.Optional;

/**
 * How far a model's probabilities can be trusted, on test images, and what it costs to let it say that it is unsure or that an
 * image is of no class.
 *
 * @param error the mean distance between confidence and accuracy on the test images (ECE), 0 to 1; empty without test images
 * @param calibrated the temperature that the probabilities are divided by, where images were held out for it
 * @param prices of thresholds of confidence; empty without test images
 * @param none the rule for images of no class, where the model has one
 */
public record SureAnswers(
        Optional<Double> error, Optional<Calibrated> calibrated, List<Price> prices, Optional<None> none) {

    /** Nothing known. */
    public static final SureAnswers UNKNOWN =
            new SureAnswers(Optional.empty(), Optional.empty(), List.of(), Optional.empty());

    /** A temperature, and the number of images that it was fitted to. */
    public record Calibrated(double temperature, int images) {}

    /**
     * What a threshold of confidence costs.
     *
     * @param threshold below which the model says that it is unsure
     * @param answered the part of the test images that it names a class for
     * @param right the part of those that it names rightly; empty where it names none
     */
    public record Price(double threshold, double answered, Optional<Double> right) {}

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

    private static final List<Double> THRESHOLDS = List.of(0.5, 0.7, 0.8, 0.9, 0.95, 0.99);

    /** The prices of some thresholds; none without images. */
    public static List<Price> prices(List<Answer> test) {
        if (test.isEmpty()) {
            return List.of();
        }
        return THRESHOLDS.stream()
                .map(threshold -> {
                    List<Answer> answered = test.stream()
                            .filter(each -> each.confidence() >= threshold)
                            .toList();
                    long right = answered.stream().filter(Answer::right).count();
                    return new Price(
                            threshold,
                            answered.size() / (double) test.size(),
                            answered.isEmpty() ? Optional.empty() : Optional.of(right / (double) answered.size()));
                })
                .toList();
    }

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
