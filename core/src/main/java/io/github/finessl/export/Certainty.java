package io.github.finessl.export;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How sure a model may be, written into its file.
 *
 * @param temperature T of its probabilities softmax(z / T); 1 where they are not calibrated
 * @param noneBelow the largest logit below which an image is of none of the classes, where that is known
 * @param unsureBelow the probability below which an answer is unsure, where one was chosen
 */
public record Certainty(double temperature, OptionalDouble noneBelow, OptionalDouble unsureBelow) {

    /** Nothing known. */
    public static final Certainty UNKNOWN = new Certainty(1, OptionalDouble.empty(), OptionalDouble.empty());

    Map<String, String> entries() {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("probabilities.temperature", Double.toString(temperature));
        noneBelow.ifPresent(below -> {
            entries.put("none.below", Double.toString(below));
            entries.put("none.rule", "an image is of none of the classes if its largest logit is less than none.below");
        });
        unsureBelow.ifPresent(below -> {
            entries.put("unsure.below", Double.toString(below));
            entries.put("unsure.rule", "the answer is unsure if its probability is less than unsure.below");
        });
        return entries;
    }
}
