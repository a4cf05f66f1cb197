package io.github.finessl.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The confidence of a head in its pseudo-labels, and its calibration: whether it is rightly so sure. Figures that
 * nothing stands behind (the mean of no image, a separation from no image) are null.
 *
 * @param mean over all images
 * @param meanRight over the images whose pseudo-label is right
 * @param meanWrong over those of a known class whose pseudo-label is wrong
 * @param meanStranger over those of none of the classes
 * @param calibrationError ECE (Guo et al., ICML 2017) over the images of known class: the mean distance, in {@value
 *     #BINS} bins of equal width, between confidence and accuracy
 * @param rightFromWrong AUROC: how often a right pseudo-label is surer than a wrong one
 * @param rightFromStrangers likewise than one of a stranger
 * @param right histogram in {@value #BINS} bins of equal width over [0, 1]
 * @param wrong likewise
 * @param strangers likewise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Confidence(
        Double mean,
        Double meanRight,
        Double meanWrong,
        Double meanStranger,
        Double calibrationError,
        Double rightFromWrong,
        Double rightFromStrangers,
        List<Integer> right,
        List<Integer> wrong,
        List<Integer> strangers) {

    /** The number of bins of the histograms and of the calibration error. */
    public static final int BINS = 20;

    /** Confidences in [0, 1]: of all images, of right pseudo-labels, of wrong ones and of strangers' ones. */
    static Confidence of(double[] all, double[] right, double[] wrong, double[] strangers) {
        return new Confidence(
                mean(all),
                mean(right),
                mean(wrong),
                mean(strangers),
                calibrationError(right, wrong),
                auroc(right, wrong),
                auroc(right, strangers),
                histogram(right),
                histogram(wrong),
                histogram(strangers));
    }

    private static Double mean(double[] values) {
        return values.length == 0 ? null : (Double) (Arrays.stream(values).sum() / values.length);
    }

    /** ECE; null without images. */
    static Double calibrationError(double[] right, double[] wrong) {
        if (right.length + wrong.length == 0) {
            return null;
        }
        double[] confidence = new double[BINS];
        double[] hits = new double[BINS];
        for (double value : right) {
            confidence[bin(value)] += value;
            hits[bin(value)]++;
        }
        for (double value : wrong) {
            confidence[bin(value)] += value;
        }
        double distance = 0;
        for (int b = 0; b < BINS; b++) {
            distance += Math.abs(confidence[b] - hits[b]);
        }
        return distance / (right.length + wrong.length);
    }

    /** The Mann-Whitney statistic, ties counting half. */
    private static Double auroc(double[] above, double[] below) {
        if (above.length == 0 || below.length == 0) {
            return null;
        }
        record Value(double confidence, boolean above) {}
        List<Value> all = IntStream.range(0, above.length + below.length)
                .mapToObj(i -> i < above.length ? new Value(above[i], true) : new Value(below[i - above.length], false))
                .sorted(Comparator.comparingDouble(Value::confidence))
                .toList();
        double pairs = 0;
        double passed = 0;
        for (int i = 0; i < all.size(); ) {
            double tiedAbove = 0;
            double tiedBelow = 0;
            double confidence = all.get(i).confidence();
            for (; i < all.size() && all.get(i).confidence() == confidence; i++) {
                tiedAbove += all.get(i).above() ? 1 : 0;
                tiedBelow += all.get(i).above() ? 0 : 1;
            }
            pairs += tiedAbove * (passed + tiedBelow / 2);
            passed += tiedBelow;
        }
        return pairs / above.length / below.length;
    }

    private static List<Integer> histogram(double[] values) {
        int[] counts = new int[BINS];
        for (double value : values) {
            counts[bin(value)]++;
        }
        return Arrays.stream(counts).boxed().toList();
    }

    private static int bin(double confidence) {
        return Math.min(BINS - 1, (int) (confidence * BINS));
    }
}
