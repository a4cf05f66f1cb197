package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.OpaqueEncoder;
import java.util.Optional;

/**
 * A way of fine-tuning that is made once the number of classes is known.
 *
 * @param text as {@link Tunings#make} reads it, or the name of the user's own
 * @param prompts prompt tokens a block, for a strategy that has them
 * @param own a strategy that {@link Tunings} does not know
 */
public record TuningChoice(String text, int prompts, Optional<Tuning> own) {

    /** The default number of prompts in each block: the paper's. */
    public static final int PROMPTS = 50;

    /**
     * Checks the text.
     *
     * @throws IllegalArgumentException if the text means nothing
     */
    public TuningChoice {
        if (own.isEmpty()) {
            Tunings.make(text, prompts, 1);
        }
    }

    /** A strategy by its text, such as {@code vpt-deep}, {@code lora:rank=4} or {@code vpt-deep+bitfit}. */
    public static TuningChoice of(String text) {
        return new TuningChoice(text, PROMPTS, Optional.empty());
    }

    /** A strategy of this library, or a user's own, whose {@link Tuning#spelling} tells runs and models apart. */
    public static TuningChoice of(Tuning tuning) {
        int prompts = tuning.prompts().map(VisualPrompts::length).orElse(PROMPTS);
        return new TuningChoice(
                tuning.spelling(), prompts, isKnown(tuning, prompts) ? Optional.empty() : Optional.of(tuning));
    }

    private static boolean isKnown(Tuning tuning, int prompts) {
        try {
            return Tunings.make(tuning.spelling(), prompts, 1).equals(tuning);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** This strategy with another number of prompts in each block. */
    public TuningChoice prompts(int number) {
        return new TuningChoice(text, number, own);
    }

    /**
     * Makes the strategy, checked against the encoder.
     *
     * @throws IllegalArgumentException saying why, if the encoder cannot be tuned so
     */
    public Tuning make(Encoder encoder, int classes) {
        Tuning tuning = own.orElseGet(() -> Tunings.make(text, prompts, classes));
        if (encoder instanceof OpaqueEncoder opaque && !(tuning instanceof LinearProbe)) {
            throw new IllegalArgumentException(
                    "it needs an encoder whose structure is known, and this one's is not (%s); linear trains heads on its features, which ONNX Runtime computes"
                            .formatted(opaque.reason()));
        }
        tuning.parameters(encoder);
        return tuning;
    }
}
