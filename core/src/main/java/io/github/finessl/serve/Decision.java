package io.github.finessl.serve;

import io.github.finessl.data.KnownStrangers;
import java.util.Optional;

/** The answer to one photo: a class of the model, or a word that says why none is named. */
public sealed interface Decision {

    /** The classification that the answer was decided from. */
    Classification classification();

    /** The name of the class, or the word in its place; photos are sorted into a folder of this name. */
    String word();

    /** Whether the answer is a class of the model. */
    default boolean isClass() {
        return this instanceof OfClass;
    }

    /** The answer that a photo is of its most probable class. */
    record OfClass(Classification classification) implements Decision {
        @Override
        public String word() {
            return classification.label();
        }
    }

    /** The answer that no class is probable enough. */
    record Unsure(Classification classification) implements Decision {
        /** The word that stands in the place of a class. */
        public static final String WORD = "unsure";

        @Override
        public String word() {
            return WORD;
        }
    }

    /** The answer that the photo is of none of the classes. */
    record OfNone(Classification classification) implements Decision {
        @Override
        public String word() {
            return KnownStrangers.NAME;
        }
    }

    /**
     * The most probable class; or none, where the model's rule says so; or unsure, where the class's probability is below a
     * threshold.
     *
     * @param threshold 0 where a class is always named
     * @param refusal empty where the photo is of one of the classes for certain
     */
    static Decision of(Classification classification, double threshold, Optional<Refusal> refusal) {
        if (refusal.isPresent() && refusal.get().refuses(classification.fit())) {
            return new OfNone(classification);
        }
        return classification.confidence() < threshold ? new Unsure(classification) : new OfClass(classification);
    }
}
