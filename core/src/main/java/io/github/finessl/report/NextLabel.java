package io.github.finessl.report;

/**
 * An unlabelled image whose label would teach much.
 *
 * @param image its number among those that were chosen from
 * @param alike the part of these that are more like it than like any image that has a label or was chosen before it
 * @param why it is of use besides
 */
public record NextLabel(int image, double alike, Why why) {

    /** The reasons for a choice besides what is like it. */
    public enum Why {
        /** There is more doubt between its two likeliest classes than between those of an image on average. */
        DOUBTFUL,
        /** It seems to be of a class that is guessed with less confidence than images are on average. */
        WEAK_CLASS,
        /** No other. */
        ALIKE
    }
}
