package io.github.finessl.ssl;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * The spread of a few labels over the graph of nearest neighbours of all images (Zhou et al., Learning with Local and Global
 * Consistency, 2003), without any training.
 *
 * <pre>
 *   f_i   frozen features of length 1, of the labelled images first, then of the pile's; g_i = f_i - mean of the pile, of length 1
 *           (of the labelled images where there is no pile)
 *   A     = D^-½ (K + Kᵀ) D^-½,   K_ij = max(0, g_i·g_j)³ for the 10 nearest neighbours j of i,   D_ii = Σ_j (K + Kᵀ)_ij
 *   Z     = Σ_t (.8 A)^t Y,       Y_ic = 1/N_c for the N_c labelled images of class c
 *   q_ic  = Z_ic / Σ_k Z_ik       what image i is, by its neighbours
 *   ρ_i   = Σ_c Z_ic / √D_ii      how much of the labels reaches it: little, if it is of no class
 * </pre>
 *
 * <p>Of a pile of more than {@value #MOST} images, so many, evenly spread, are in the graph; what reaches the others is what
 * reaches their neighbours.
 */
public final class LabelSpread {
    private static final double KEPT = 0.8;
    private static final int ROUNDS = 60;

    /** The most images of the pile in the graph. */
    static final int MOST = 20_000;

    private static final int OTHERS_AT_A_TIME = 4096;

    private final float[][] labelled;
    private final float[][] pile;
    private final int[] labels;
    private final int[] counts;
    private final NeighbourGraph graph;

    /** The pile's images that are in the graph, behind the labelled ones. */
    private final int[] inGraph;

    /** Z of the images in the graph, by rows [images × classes]. */
    private final double[] z;

    private final double[][] others;

    /** How far the search for neighbours has come, which takes nearly all of the time. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Called after each few images.
         *
         * @param done images whose neighbours are known
         * @param all images in all
         */
        void at(int done, int all);
    }

    /**
     * What reaches an image.
     *
     * @param shares q_i [C]; all 0 where nothing reaches it
     * @param reach ρ_i
     */
    public record Reached(double[] shares, double reach) {}

    /**
     * Spreads the labels.
     *
     * @param labelled features [L, D] of the labelled images
     * @param labels [L] from 0 to {@code classes} - 1, each at least once
     * @param pile features [n, D] of the unlabelled images, maybe none
     */
    public LabelSpread(float[][] labelled, int[] labels, float[][] pile, int classes, Progress progress) {
        this(labelled, labels, pile, classes, MOST, progress);
    }

    LabelSpread(float[][] labelled, int[] labels, float[][] pile, int classes, int most, Progress progress) {
        this.labelled = labelled.clone();
        this.pile = pile.clone();
        this.labels = labels.clone();
        counts = new int[classes];
        Arrays.stream(labels).forEach(label -> counts[label]++);
        inGraph = evenly(pile.length, Math.min(pile.length, most));
        double[][] features = IntStream.concat(
                        IntStream.range(0, labels.length),
                        Arrays.stream(inGraph).map(p -> labels.length + p))
                .mapToObj(this::feature)
                .toArray(double[][]::new);
        int all = labels.length + pile.length;
        graph = NeighbourGraph.of(
                features, mean(features, pile.length == 0 ? 0 : labels.length), done -> progress.at(done, all));
        double[] y = new double[Math.multiplyExact(features.length, classes)];
        for (int i = 0; i < labels.length; i++) {
            y[i * classes + labels[i]] = 1.0 / counts[labels[i]];
        }
        z = graph.spread(y, KEPT, ROUNDS);
        others = others(done -> progress.at(features.length + done, all));
    }

    private static int[] evenly(int all, int some) {
        return IntStream.range(0, some).map(i -> (int) ((long) i * all / some)).toArray();
    }

    private static double[] mean(double[][] features, int from) {
        double[] mean = new double[features[0].length];
        for (int i = from; i < features.length; i++) {
            add(mean, features[i], 1.0 / (features.length - from));
        }
        return mean;
    }

    /** Z_i/√D_ii of the pile's images that are not in the graph, null for the others. */
    private double[][] others(IntConsumer progress) {
        double[][] rows = new double[pile.length][];
        int[] outside = IntStream.range(0, pile.length)
                .filter(p -> Arrays.binarySearch(inGraph, p) < 0)
                .toArray();
        for (int start = 0; start < outside.length; start += OTHERS_AT_A_TIME) {
            int[] some = Arrays.copyOfRange(outside, start, Math.min(outside.length, start + OTHERS_AT_A_TIME));
            double[][] features = Arrays.stream(some)
                    .mapToObj(p -> feature(labels.length + p))
                    .toArray(double[][]::new);
            int before = start;
            double[][] extended = graph.extended(features, z, KEPT, done -> progress.accept(before + done));
            for (int n = 0; n < some.length; n++) {
                rows[some[n]] = extended[n];
            }
        }
        return rows;
    }

    /** The labels of the labelled images [L]. */
    int[] labels() {
        return labels;
    }

    /** C. */
    int classes() {
        return counts.length;
    }

    /** The number of all images, L + n. */
    int images() {
        return labels.length + pile.length;
    }

    /** The features of length 1 of an image, the labelled ones first. */
    double[] feature(int image) {
        return unit(doubles(image < labels.length ? labelled[image] : pile[image - labels.length]));
    }

    /** What reaches an image, the labelled ones first. */
    public Reached reached(int image) {
        if (image < labels.length) {
            return reached(image, row(image));
        }
        double[] other = others[image - labels.length];
        if (other != null) {
            return reached(other, 1);
        }
        int node = labels.length + Arrays.binarySearch(inGraph, image - labels.length);
        return reached(node, row(node));
    }

    /** What reaches an unlabelled image. */
    public Reached reachedInPile(int image) {
        return reached(labels.length + image);
    }

    /**
     * What would reach labelled images if their own label were not known, for each alone; empty for one whose class has no other.
     *
     * @param some their numbers
     */
    public List<Optional<Reached>> reachedWithoutTheirLabels(int[] some) {
        int[] others = Arrays.stream(some).filter(i -> counts[labels[i]] > 1).toArray();
        double[] returned = graph.returned(others, KEPT, ROUNDS);
        Map<Integer, Reached> reached = new HashMap<>();
        for (int n = 0; n < others.length; n++) {
            int image = others[n];
            int label = labels[image];
            double[] row = row(image);
            row[label] = Math.max(0, (row[label] * counts[label] - returned[n]) / (counts[label] - 1));
            reached.put(image, reached(image, row));
        }
        return Arrays.stream(some)
                .mapToObj(image -> Optional.ofNullable(reached.get(image)))
                .toList();
    }

    private double[] row(int node) {
        return Arrays.copyOfRange(z, node * counts.length, (node + 1) * counts.length);
    }

    private Reached reached(int node, double[] row) {
        return reached(row, graph.degree(node));
    }

    private static Reached reached(double[] row, double degree) {
        double sum = Arrays.stream(row).sum();
        return new Reached(
                Arrays.stream(row).map(v -> sum > 0 ? v / sum : 0).toArray(), degree > 0 ? sum / Math.sqrt(degree) : 0);
    }

    /** x / |x|; a vector without length stays as it is. */
    static double[] unit(double[] x) {
        double norm = Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
        return norm > 0 ? Arrays.stream(x).map(v -> v / norm).toArray() : x;
    }

    static void add(double[] sum, double[] x, double weight) {
        for (int d = 0; d < x.length; d++) {
            sum[d] += weight * x[d];
        }
    }

    static double[] doubles(float[] x) {
        return IntStream.range(0, x.length).mapToDouble(d -> x[d]).toArray();
    }
}
