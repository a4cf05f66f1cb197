package io.github.finessl.ssl;

import java.util.Arrays;
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
        double each = labels.length / (double) classes;
        double[][] vectors = new double[classes][labelled[0].length];
        for (int i = 0; i < labels.length; i++) {
            LabelSpread.add(
                    vectors[labels[i]], LabelSpread.unit(LabelSpread.doubles(labelled[i])), Math.max(1, each / 2));
        }
        if (pile.length > 0) {
            add(vectors, new LabelSpread(labelled, labels, pile, classes), labels.length, pile.length);
        }
        return Arrays.stream(vectors)
                .map(vector -> floats(LabelSpread.unit(vector)))
                .toArray(float[][]::new);
    }

    private static void add(double[][] vectors, LabelSpread spread, int labelled, int pile) {
        double each = labelled / (double) vectors.length;
        double median = median(IntStream.range(0, labelled)
                .mapToDouble(i -> spread.reached(i).reach())
                .toArray());
        double enough = median * each / (each + EASE);
        for (int i = labelled; i < labelled + pile; i++) {
            LabelSpread.Reached reached = spread.reached(i);
            double weight = enough > 0 ? Math.min(1, reached.reach() / enough) : 0;
            for (int c = 0; c < vectors.length; c++) {
                LabelSpread.add(vectors[c], spread.feature(i), weight * reached.shares()[c]);
            }
        }
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
