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
        int[] only = new int[2];
        for (int i = 0; i < first.size(); i++) {
            boolean a = first.get(i).predicted() == first.get(i).label();
            boolean b = second.get(i).predicted() == second.get(i).label();
            if (a != b) {
                only[a ? 0 : 1]++;
            }
        }
        return new PairedTest(only[0], only[1]);
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
