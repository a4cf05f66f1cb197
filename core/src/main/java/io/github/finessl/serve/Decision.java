package io.github.finessl.serve;

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

    /**
     * The most probable class, or unsure where its probability is below a threshold.
     *
     * @param threshold 0 where a class is always named
     */
    static Decision of(Classification classification, double threshold) {
        return classification.confidence() < threshold ? new Unsure(classification) : new OfClass(classification);
    }
}
