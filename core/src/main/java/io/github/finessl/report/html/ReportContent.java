package io.github.finessl.report.html;

import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.ModelChoice;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.SureAnswers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The content of a run's report.
 *
 * @param defaults the options' defaults by name, so that those which differ stand first; empty where they are not known
 * @param classes their names; indices elsewhere point into it
 * @param test the model's answers for the test images; empty where there are none
 * @param labelled images that the model was trained on
 * @param unlabelled the model's answers for the unlabelled images, or for a sample of them; may be empty
 * @param next those of the unlabelled images whose labels would teach the most, the best first
 * @param certainty how far the model's probabilities can be trusted
 * @param choice of the folder's model among the trained and simpler ones, where it was asked for
 * @param before what the frozen features tell without training
 */
public record ReportContent(
        RunRecord run,
        Map<String, String> defaults,
        List<String> classes,
        List<Prediction> test,
        List<LabelledImage> labelled,
        List<PseudoLabelled> unlabelled,
        List<PseudoLabelled> next,
        SureAnswers certainty,
        Optional<ModelChoice> choice,
        BeforeTraining before,
        Thumbnails thumbnails) {

    public ReportContent {
        int highest = IntStream.concat(
                        test.stream().flatMapToInt(each -> IntStream.of(each.label(), each.predicted())),
                        IntStream.concat(
                                labelled.stream().mapToInt(LabelledImage::label),
                                unlabelled.stream()
                                        .flatMapToInt(each ->
                                                IntStream.concat(IntStream.of(each.label()), each.truth().stream()))))
                .max()
                .orElse(-1);
        if (highest >= classes.size()) {
            throw new IllegalArgumentException("class " + highest + " of " + classes.size());
        }
    }
}
