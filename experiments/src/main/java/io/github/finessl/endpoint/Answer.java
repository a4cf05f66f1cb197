package io.github.finessl.endpoint;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.Classification.Guess;
import io.github.finessl.serve.Decision;
import java.util.List;

/**
 * The answer about a photo, as it is sent.
 *
 * @param decision whether a {@code class} is named, or {@code none} fits, or the model is {@code unsure}
 * @param label the class, or {@code none}; null where the model is unsure, as in {@code finessl predict --json}
 * @param probability of the most probable class
 * @param top the most probable classes, the most probable first
 */
record Answer(String decision, String label, double probability, List<Guess> top) {

    /** The answer to a question about a photo. */
    static Answer of(Classification classification, Question question) {
        Decision decision = question.decide(classification);
        boolean unsure = decision instanceof Decision.Unsure;
        return new Answer(
                decision.isClass() ? "class" : decision.word(),
                unsure ? null : decision.word(),
                classification.confidence(),
                question.guesses(classification));
    }

    /** The answers about the photos of a form, in its order. */
    record Several(List<OfForm> photos) {}

    /** What is said about a photo of a form. */
    sealed interface OfForm permits Named, Unreadable {}

    /** The answer about a photo of a form. */
    record Named(String name, @JsonUnwrapped Answer answer) implements OfForm {}

    /** The sentence about a photo of a form that cannot be read. */
    record Unreadable(String name, String problem) implements OfForm {}
}
