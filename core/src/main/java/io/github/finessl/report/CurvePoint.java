package io.github.finessl.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;

/**
 * A point of the training curve: the state at a step, a mean over the steps since the point before.
 *
 * @param step counted from 1
 * @param loss the sum that is minimised
 * @param lossParts its terms by name
 * @param batchAccuracy of the labelled images, a fraction
 * @param pseudoLabelAccuracy of the unlabelled images, a fraction; null where true labels are not known or not used
 * @param maskRate part of the unlabelled images with max q ≥ ζ, whatever the method's own mask is, so that methods compare;
 *     null for methods without pseudo-labels
 * @param testAccuracy a fraction, where the model was evaluated at this step; else null
 * @param pseudoLabels what the pseudo-labels were like; null for methods without any, and in records of earlier versions
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CurvePoint(
        int step,
        double loss,
        Map<String, Double> lossParts,
        double batchAccuracy,
        Double pseudoLabelAccuracy,
        Double maskRate,
        Double testAccuracy,
        PseudoLabels pseudoLabels) {

    /**
     * The pseudo-labels since the point before.
     *
     * @param confidence mean of max q
     * @param entropy mean of -Σ q log q, in nats
     * @param counts pseudo-labels of each class
     */
    public record PseudoLabels(double confidence, double entropy, List<Integer> counts) {}
}
