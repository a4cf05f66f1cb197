package io.github.finessl.ssl;

import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Class vectors from few labelled and many unlabelled images, without any training: the pile's features are averaged by what a
 * {@link LabelSpread} says they are.
 *
 * <pre>
 *   w_i   = min(1, ρ_i (N + 4) / (N ρ)),   N labels a class on average, ρ the median of ρ_i over labelled images
 *   W_c   ∝ max(1, N/2) Σ_labelled of c f_i + Σ_pile w_i q_ic f_i
 * </pre>
 *
 * <p>The constants are one choice for all data, made with a prototype on parts of the training images of CIFAR-10, CIFAR-100
 * (minis) and Grocery with 12 and 81 classes, 1 to 10 labels a class, with long tails and with strangers. {@code results/README.md}
 * shows it beside class means in Tables 1 and 9, OpenSsl and Defaults.
 */
public final class PileStart {
    private static final double EASE = 4;

    private PileStart() {}

    /**
     * Class vectors of length 1 [C, D]; without a pile, the class means.
     *
     * @param labelled features [L, D] of the labelled images
     * @param labels [L] from 0 to {@code classes} - 1, each at least once
     * @param pile features [n, D] of the unlabelled images
     */
    public static float[][] of(float[][] labelled, int[] labels, float[][] pile, int classes) {
        return of(labelled, labels, pile, classes, (done, all) -> {});
    }

    /** The same, with somebody who is told how far it has come. */
    public static float[][] of(
            float[][] labelled, int[] labels, float[][] pile, int classes, LabelSpread.Progress progress) {
        return pile.length > 0
                ? of(new LabelSpread(labelled, labels, pile, classes, progress))
                : unit(ofLabelled(i -> LabelSpread.unit(LabelSpread.doubles(labelled[i])), labels, classes));
    }

    /** Class vectors of length 1 [C, D] from labels that have been spread. */
    public static float[][] of(LabelSpread spread) {
        int[] labels = spread.labels();
        double[][] vectors = ofLabelled(spread::feature, labels, spread.classes());
        double each = labels.length / (double) vectors.length;
        double median = median(IntStream.range(0, labels.length)
                .mapToDouble(i -> spread.reached(i).reach())
                .toArray());
        double enough = median * each / (each + EASE);
        for (int i = labels.length; i < spread.images(); i++) {
            LabelSpread.Reached reached = spread.reached(i);
            double weight = enough > 0 ? Math.min(1, reached.reach() / enough) : 0;
            double[] feature = spread.feature(i);
            for (int c = 0; c < vectors.length; c++) {
                LabelSpread.add(vectors[c], feature, weight * reached.shares()[c]);
            }
        }
        return unit(vectors);
    }

    /** max(1, N/2) Σ_labelled of c f_i. */
    private static double[][] ofLabelled(IntFunction<double[]> feature, int[] labels, int classes) {
        double weight = Math.max(1, labels.length / (double) classes / 2);
        double[][] vectors = new double[classes][feature.apply(0).length];
        for (int i = 0; i < labels.length; i++) {
            LabelSpread.add(vectors[labels[i]], feature.apply(i), weight);
        }
        return vectors;
    }

    private static float[][] unit(double[][] vectors) {
        return Arrays.stream(vectors)
                .map(vector -> floats(LabelSpread.unit(vector)))
                .toArray(float[][]::new);
    }

    private static double median(double[] values) {
        double[] sorted = Arrays.stream(values).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static float[] floats(double[] x) {
        float[] y = new float[x.length];
        for (int d = 0; d < x.length; d++) {
            y[d] = (float) x[d];
        }
        return y;
    }
}
