package io.github.finessl.report.html;

import io.github.finessl.report.SureAnswers;
import io.github.finessl.report.SureAnswers.None;
import io.github.finessl.report.SureAnswers.Tested;
import java.util.Optional;

/**
 * The part of the page on how far the model's probabilities can be trusted.
 *
 * @param calibration one sentence
 * @param none what the rule for images of no class does, in one sentence or two
 */
record Certainty(String calibration, Optional<String> none) {

    /** Empty where nothing is known. */
    static Optional<Certainty> of(SureAnswers answers) {
        if (answers.equals(SureAnswers.UNKNOWN)) {
            return Optional.empty();
        }
        return Optional.of(new Certainty(calibration(answers), answers.none().map(Certainty::none)));
    }

    private static String calibration(SureAnswers answers) {
        String fitted = answers.calibrated()
                .map(each -> "Probabilities are calibrated on " + Wording.count(each.images())
                        + " labelled images that were held out of the training (temperature "
                        + Wording.number("%.2f", each.temperature()) + ").")
                .orElse("Probabilities are not calibrated: no labelled images, or fewer than 20, were held out of the"
                        + " training (--held-out=2 holds out two of each class).");
        return fitted
                + answers.error()
                        .map(error -> " On the test images they are off by " + Wording.percent(error) + " on average.")
                        .orElse("");
    }

    private static String none(None rule) {
        String setBy = "The model can answer none (finessl predict --unknown): the threshold is set by " + rule.setBy()
                + (rule.strangers() > 0
                        ? " and " + Wording.count(rule.strangers(), "image", "images") + " known to be of no class."
                        : ", 5 % of which it calls none; images in a folder none beside those of the classes would set it"
                                + " better.");
        return setBy
                + tested(rule.ofClasses(), "test images of the classes")
                + tested(rule.ofNone(), "test images of no class");
    }

    private static String tested(Tested images, String what) {
        return images.images() == 0
                ? ""
                : " It calls " + Wording.percent((double) images.refused() / images.images()) + " of "
                        + Wording.count(images.images()) + " " + what + " none.";
    }
}
