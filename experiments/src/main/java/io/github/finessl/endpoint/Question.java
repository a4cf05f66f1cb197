package io.github.finessl.endpoint;

import io.github.finessl.serve.Classification;
import io.github.finessl.serve.Decision;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.serve.Refusal;
import io.github.finessl.web.Refused;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is asked about photos: the options of {@code finessl predict}, which stand in the address.
 *
 * @param top number of guesses
 * @param threshold probability below which the answer is unsure
 * @param refusal the model's rule for photos of no class, if it is to be kept to
 */
record Question(int top, double threshold, Optional<Refusal> refusal) {

    private static final String TOP = "top";
    private static final String THRESHOLD = "threshold";
    private static final String UNKNOWN = "unknown";
    private static final String USUAL_TOP = "3";

    /**
     * Reads the options of a request.
     *
     * @param model whose threshold is taken where none is given, and whose rule for photos of no class is kept to where that is asked
     * @throws Refused if one cannot be followed
     */
    static Question of(Context request, ModelCard model) {
        requireWellFormed(request.queryString());
        request.queryParamMap().forEach((name, values) -> {
            if (!Set.of(TOP, THRESHOLD, UNKNOWN).contains(name)) {
                throw new Refused(400, "There are the options top, threshold and unknown, and no others.");
            } else if (values.size() > 1) {
                throw new Refused(400, name + " must be given once.");
            }
        });
        return new Question(
                top(request), threshold(request, model), unknown(request) ? kept(model.refusal()) : Optional.empty());
    }

    private static void requireWellFormed(String query) {
        if (query != null && !query.matches("([^%]|%[0-9a-fA-F]{2})*")) {
            throw new Refused(400, "Each % in the address must stand before two hexadecimal digits.");
        }
    }

    private static String option(Context request, String name, String usual) {
        String value = request.queryParam(name);
        return value == null ? usual : value;
    }

    private static int top(Context request) {
        String text = option(request, TOP, USUAL_TOP);
        if (!text.matches("0*[1-9][0-9]{0,6}")) {
            throw new Refused(400, "top must be a whole number from 1.");
        }
        return Integer.parseInt(text);
    }

    private static double threshold(Context request, ModelCard model) {
        String text = request.queryParam(THRESHOLD);
        if (text == null) {
            return model.unsureBelow().orElse(0.0);
        }
        if (!text.matches("0|1|[01]?\\.[0-9]{1,9}") || Double.parseDouble(text) > 1) {
            throw new Refused(400, "threshold must be a probability from 0 to 1, such as 0.7.");
        }
        return Double.parseDouble(text);
    }

    private static boolean unknown(Context request) {
        String text = option(request, UNKNOWN, "false");
        if (!Set.of("true", "false").contains(text)) {
            throw new Refused(400, "unknown must be true or false.");
        }
        return text.equals("true");
    }

    private static Optional<Refusal> kept(Optional<Refusal> rule) {
        if (rule.isEmpty()) {
            throw new Refused(400, "unknown cannot be used: the model has no threshold for photos of no class.");
        }
        return rule;
    }

    /** The answer for a photo. */
    Decision decide(Classification classification) {
        return Decision.of(classification, threshold, refusal);
    }

    /** The guesses for a photo. */
    List<Classification.Guess> guesses(Classification classification) {
        return classification.top(top);
    }
}
