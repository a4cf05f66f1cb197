package io.github.finessl.report;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;

/**
 * McNemar's exact test of two models on the same images: whether one is right more often than the other where they differ.
 *
 * @param onlyFirst images that only the first model names right
 * @param onlySecond images that only the second one does
 */
public record PairedTest(int onlyFirst, int onlySecond) {

    /**
     * Counts the images on which two models differ.
     *
     * @throws IllegalArgumentException if the predictions are not of the same images
     */
    public static PairedTest of(List<Prediction> first, List<Prediction> second) {
        if (first.size() != second.size()
                || IntStream.range(0, first.size())
                        .anyMatch(i -> first.get(i).label() != second.get(i).label())) {
            throw new IllegalArgumentException("predictions of other images");
        }
        return of(right(first), right(second));
    }

    private static boolean[] right(List<Prediction> predictions) {
        boolean[] right = new boolean[predictions.size()];
        for (int i = 0; i < right.length; i++) {
            right[i] = predictions.get(i).predicted() == predictions.get(i).label();
        }
        return right;
    }

    /**
     * Counts the images on which two models differ.
     *
     * @param first whether the first model names each image right
     * @param second whether the second does
     */
    public static PairedTest of(boolean[] first, boolean[] second) {
        byte[] compared = new byte[first.length];
        for (int i = 0; i < compared.length; i++) {
            compared[i] = (byte) ((first[i] ? 1 : 0) - (second[i] ? 1 : 0));
        }
        return of(compared);
    }

    /**
     * Counts the images on which two models differ.
     *
     * @param compared for each image 1 where the first model alone is right, -1 where the second alone is, else 0
     */
    public static PairedTest of(byte[] compared) {
        int[] only = new int[2];
        for (byte image : compared) {
            if (image != 0) {
                only[image > 0 ? 0 : 1]++;
            }
        }
        return new PairedTest(only[0], only[1]);
    }

    /** The number of images that one of the two alone names right. */
    public int discordant() {
        return onlyFirst + onlySecond;
    }

    /** The two-sided p-value: how often equally good models would differ as much by chance. */
    public double pValue() {
        return discordant() == 0
                ? 1
                : new BinomialTest().binomialTest(discordant(), onlyFirst, 0.5, AlternativeHypothesis.TWO_SIDED);
    }
}
