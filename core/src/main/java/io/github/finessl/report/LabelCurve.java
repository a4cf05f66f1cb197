package io.github.finessl.report;

import java.util.List;
import java.util.Optional;

/**
 * How often guesses are right by the number of labels that they are made from, and whether more labels would help.
 *
 * @param heldOut whether labelled images were guessed that were held out in turn, rather than test images
 * @param images that were guessed for each point
 * @param points the fewest labels first, each with about twice as many as the one before; empty where nothing can be told
 * @param lastDoubling all labels against half of them on the same images; empty where there are fewer than two points
 */
public record LabelCurve(boolean heldOut, int images, List<Point> points, Optional<PairedTest> lastDoubling) {
    private static final double SIGNIFICANT = 0.05;

    /** The images from which a gain of some percent shows. */
    private static final int ENOUGH = 50;

    /**
     * A point of the curve.
     *
     * @param labels in all, on average over the draws
     * @param accuracy the fraction of the images that were guessed right
     */
    public record Point(double labels, double accuracy) {}

    /** What the last doubling of the labels says of more labels. */
    public enum Outlook {
        /** It made clearly more guesses right: more labels will help. */
        HELPS,
        /** Nothing clear came of it on images enough: more labels of this kind may not help much. */
        FLAT,
        /** Nothing clear came of it, but there are too few images to see a small gain. */
        UNKNOWN
    }

    /** Whether more labels will help. */
    public Outlook outlook() {
        if (lastDoubling.isEmpty()) {
            return Outlook.UNKNOWN;
        }
        PairedTest test = lastDoubling.get();
        if (test.onlyFirst() > test.onlySecond() && test.pValue() < SIGNIFICANT) {
            return Outlook.HELPS;
        }
        return images < ENOUGH ? Outlook.UNKNOWN : Outlook.FLAT;
    }
}
