package io.github.finessl.ssl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The spread of a few labels over the graph of nearest neighbours of all images (Zhou et al., Learning with Local and Global
 * Consistency, 2003), without any training.
 *
 * <pre>
 *   f_i   frozen features of length 1, of the labelled images first, then of the pile's; g_i = f_i - mean of the pile, of length 1
 *   A     = D^-½ (K + Kᵀ) D^-½,   K_ij = max(0, g_i·g_j)³ for the 10 nearest neighbours j of i,   D_ii = Σ_j (K + Kᵀ)_ij
 *   Z     = Σ_t (.8 A)^t Y,       Y_ic = 1/N_c for the N_c labelled images of class c
 *   q_ic  = Z_ic / Σ_k Z_ik       what image i is, by its neighbours
 *   ρ_i   = Σ_c Z_ic / √D_ii      how much of the labels reaches it: little, if it is of no class
 * </pre>
 */
public final class LabelSpread {
    private static final int NEIGHBOURS = 10;
    private static final double KEPT = 0.8;
    private static final int ROUNDS = 60;
    private static final int ROWS_AT_A_TIME = 256;

    private final double[][] features;
    private final int[] labels;
    private final int[] counts;
    private final List<List<Edge>> graph;
    private final double[] degree;
    private final double[][] z;

    /** An edge to another image. */
    private record Edge(int to, double weight) {}

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
     * @param pile features [n, D] of the unlabelled images, one at least
     */
    public LabelSpread(float[][] labelled, int[] labels, float[][] pile, int classes) {
        this.labels = labels.clone();
        features = new double[labelled.length + pile.length][];
        Arrays.setAll(features, i -> unit(doubles(i < labelled.length ? labelled[i] : pile[i - labelled.length])));
        counts = new int[classes];
        Arrays.stream(labels).forEach(label -> counts[label]++);
        graph = graph();
        degree = graph.stream()
                .mapToDouble(edges -> edges.stream().mapToDouble(Edge::weight).sum())
                .toArray();
        double[][] y = new double[features.length][classes];
        for (int i = 0; i < labels.length; i++) {
            y[i][labels[i]] = 1.0 / counts[labels[i]];
        }
        z = spread(y);
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
        return features.length;
    }

    /** The features of length 1 of an image, the labelled ones first. */
    double[] feature(int image) {
        return features[image];
    }

    /** What reaches an image, the labelled ones first. */
    public Reached reached(int image) {
        return reached(image, z[image]);
    }

    /** What reaches an unlabelled image. */
    public Reached reachedInPile(int image) {
        return reached(labels.length + image);
    }

    /** What would reach a labelled image if its own label were not known; empty if its class has no other. */
    public Optional<Reached> reachedWithoutItsLabel(int image) {
        int label = labels[image];
        if (counts[label] < 2) {
            return Optional.empty();
        }
        double[] row = z[image].clone();
        row[label] = Math.max(0, (row[label] * counts[label] - ofItself(image)) / (counts[label] - 1));
        return Optional.of(reached(image, row));
    }

    private Reached reached(int image, double[] row) {
        double sum = Arrays.stream(row).sum();
        return new Reached(
                Arrays.stream(row).map(v -> sum > 0 ? v / sum : 0).toArray(),
                degree[image] > 0 ? sum / Math.sqrt(degree[image]) : 0);
    }

    /** Σ_t (.8 A)^t Y. */
    private double[][] spread(double[][] y) {
        double[][] sum = y;
        for (int round = 0; round < ROUNDS; round++) {
            double[][] before = sum;
            sum = IntStream.range(0, y.length)
                    .parallel()
                    .mapToObj(i -> {
                        double[] row = y[i].clone();
                        for (Edge edge : graph.get(i)) {
                            add(row, before[edge.to()], kept(i, edge));
                        }
                        return row;
                    })
                    .toArray(double[][]::new);
        }
        return sum;
    }

    /** The share of its own label that comes back to an image: Σ_t (.8 A)^t_ii. */
    private double ofItself(int image) {
        double[] sent = new double[features.length];
        sent[image] = 1;
        double back = 1;
        for (int round = 0; round < ROUNDS; round++) {
            double[] next = new double[features.length];
            for (int i = 0; i < features.length; i++) {
                if (sent[i] > 0) {
                    for (Edge edge : graph.get(i)) {
                        next[edge.to()] += sent[i] * kept(i, edge);
                    }
                }
            }
            sent = next;
            back += sent[image];
        }
        return back;
    }

    private double kept(int from, Edge edge) {
        return KEPT * edge.weight() / Math.sqrt(degree[from] * degree[edge.to()]);
    }

    /** The edges K + Kᵀ of each image, those of weight 0 left out. */
    private List<List<Edge>> graph() {
        INDArray g = Nd4j.createFromArray(centred());
        List<List<Edge>> graph = new ArrayList<>();
        IntStream.range(0, features.length).forEach(i -> graph.add(new ArrayList<>()));
        for (int start = 0; start < features.length; start += ROWS_AT_A_TIME) {
            int first = start;
            int rows = Math.min(ROWS_AT_A_TIME, features.length - start);
            double[][] similar;
            try (INDArray some =
                            g.get(NDArrayIndex.interval(first, first + rows)).dup();
                    INDArray product = some.mmul(g.transpose())) {
                similar = product.toDoubleMatrix();
            }
            int[][] nearest = IntStream.range(0, rows)
                    .parallel()
                    .mapToObj(r -> nearest(similar[r], first + r))
                    .toArray(int[][]::new);
            for (int r = 0; r < rows; r++) {
                for (int j : nearest[r]) {
                    double weight = Math.pow(Math.max(0, similar[r][j]), 3);
                    if (weight > 0) {
                        graph.get(first + r).add(new Edge(j, weight));
                        graph.get(j).add(new Edge(first + r, weight));
                    }
                }
            }
        }
        g.close();
        return graph;
    }

    private double[][] centred() {
        double[] mean = new double[features[0].length];
        int pile = features.length - labels.length;
        for (int i = labels.length; i < features.length; i++) {
            add(mean, features[i], 1.0 / pile);
        }
        return Arrays.stream(features)
                .map(f -> {
                    double[] g = f.clone();
                    add(g, mean, -1);
                    return unit(g);
                })
                .toArray(double[][]::new);
    }

    /** The most similar images but for itself; of equals, the first. */
    private static int[] nearest(double[] similar, int self) {
        int wanted = Math.min(NEIGHBOURS, similar.length - 1);
        int[] best = new int[wanted];
        int found = 0;
        for (int j = 0; j < similar.length; j++) {
            if (j == self || (found == wanted && similar[j] <= similar[best[wanted - 1]])) {
                continue;
            }
            int at = found < wanted ? found++ : wanted - 1;
            while (at > 0 && similar[best[at - 1]] < similar[j]) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = j;
        }
        return best;
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
