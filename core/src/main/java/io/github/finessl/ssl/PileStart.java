package io.github.finessl.ssl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Class vectors from few labelled and many unlabelled images, without any training: labels spread over the graph of nearest
 * neighbours (Zhou et al., Learning with Local and Global Consistency, 2003), and the pile's features are averaged by them.
 *
 * <pre>
 *   f_i   frozen features of length 1, of the labelled images first, then of the pile's; g_i = f_i - mean of the pile, of length 1
 *   A     = D^-½ (K + Kᵀ) D^-½,   K_ij = max(0, g_i·g_j)³ for the 10 nearest neighbours j of i,   D_ii = Σ_j (K + Kᵀ)_ij
 *   Z     = Σ_t (.8 A)^t Y,       Y_ic = 1/N_c for the N_c labelled images of class c
 *   q_ic  = Z_ic / Σ_k Z_ik       what image i is, by its neighbours
 *   ρ_i   = Σ_c Z_ic / √D_ii      how much of the labels reaches it: little, if it is of no class
 *   w_i   = min(1, ρ_i (N + 4) / (N ρ)),   N labels a class on average, ρ the median of ρ_i over labelled images
 *   W_c   ∝ max(1, N/2) Σ_labelled of c f_i + Σ_pile w_i q_ic f_i
 * </pre>
 *
 * <p>The constants are one choice for all data: made on validation parts of CIFAR-10, CIFAR-100 (minis) and Grocery with 12 and 81
 * classes, 1 to 10 labels a class, long-tailed piles and piles with strangers, where it gained up to 14 points on class means and
 * lost more than noise nowhere; see {@code results/README.md}.
 */
public final class PileStart {
    private static final int NEIGHBOURS = 10;
    private static final double KEPT = 0.8;
    private static final int ROUNDS = 60;
    private static final double EASE = 4;
    private static final int ROWS_AT_A_TIME = 256;

    private final double[][] features;
    private final int[] labels;
    private final int classes;

    private PileStart(double[][] features, int[] labels, int classes) {
        this.features = features;
        this.labels = labels;
        this.classes = classes;
    }

    /** An edge to another image. */
    private record Edge(int to, double weight) {}

    /**
     * Class vectors of length 1 [C, D]; without a pile, the class means.
     *
     * @param labelled features [L, D] of the labelled images
     * @param labels [L] from 0 to {@code classes} - 1, each at least once
     * @param pile features [n, D] of the unlabelled images
     */
    public static float[][] of(float[][] labelled, int[] labels, float[][] pile, int classes) {
        double[][] features = new double[labelled.length + pile.length][];
        Arrays.setAll(features, i -> unit(doubles(i < labelled.length ? labelled[i] : pile[i - labelled.length])));
        return new PileStart(features, labels, classes).classVectors();
    }

    private float[][] classVectors() {
        int width = features[0].length;
        double each = labels.length / (double) classes;
        double[][] vectors = new double[classes][width];
        for (int i = 0; i < labels.length; i++) {
            add(vectors[labels[i]], features[i], Math.max(1, each / 2));
        }
        if (features.length > labels.length) {
            double[][] weights = weights(each);
            for (int i = labels.length; i < features.length; i++) {
                for (int c = 0; c < classes; c++) {
                    add(vectors[c], features[i], weights[i][c]);
                }
            }
        }
        return Arrays.stream(vectors).map(vector -> floats(unit(vector))).toArray(float[][]::new);
    }

    /** w_i·q_ic of all images [L + n, C]. */
    private double[][] weights(double each) {
        List<List<Edge>> graph = graph();
        double[] degree = graph.stream()
                .mapToDouble(edges -> edges.stream().mapToDouble(Edge::weight).sum())
                .toArray();
        double[][] spread = spread(graph, degree);
        double[] sums = Arrays.stream(spread)
                .mapToDouble(row -> Arrays.stream(row).sum())
                .toArray();
        double[] reached = IntStream.range(0, sums.length)
                .mapToDouble(i -> degree[i] > 0 ? sums[i] / Math.sqrt(degree[i]) : 0)
                .toArray();
        double enough = median(Arrays.copyOf(reached, labels.length)) * each / (each + EASE);
        for (int i = 0; i < spread.length; i++) {
            double weight = enough > 0 ? Math.min(1, reached[i] / enough) : 0;
            for (int c = 0; c < classes && sums[i] > 0; c++) {
                spread[i][c] *= weight / sums[i];
            }
        }
        return spread;
    }

    /** Z. */
    private double[][] spread(List<List<Edge>> graph, double[] degree) {
        int[] count = new int[classes];
        Arrays.stream(labels).forEach(label -> count[label]++);
        double[][] y = new double[features.length][classes];
        for (int i = 0; i < labels.length; i++) {
            y[i][labels[i]] = 1.0 / count[labels[i]];
        }
        double[][] z = y;
        for (int round = 0; round < ROUNDS; round++) {
            double[][] before = z;
            z = IntStream.range(0, y.length)
                    .parallel()
                    .mapToObj(i -> {
                        double[] row = y[i].clone();
                        for (Edge edge : graph.get(i)) {
                            add(
                                    row,
                                    before[edge.to()],
                                    KEPT * edge.weight() / Math.sqrt(degree[i] * degree[edge.to()]));
                        }
                        return row;
                    })
                    .toArray(double[][]::new);
        }
        return z;
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

    private static double median(double[] values) {
        double[] sorted = Arrays.stream(values).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** x / |x|; a vector without length stays as it is. */
    private static double[] unit(double[] x) {
        double norm = Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
        return norm > 0 ? Arrays.stream(x).map(v -> v / norm).toArray() : x;
    }

    private static void add(double[] sum, double[] x, double weight) {
        for (int d = 0; d < x.length; d++) {
            sum[d] += weight * x[d];
        }
    }

    private static double[] doubles(float[] x) {
        return IntStream.range(0, x.length).mapToDouble(d -> x[d]).toArray();
    }

    private static float[] floats(double[] x) {
        float[] y = new float[x.length];
        for (int d = 0; d < x.length; d++) {
            y[d] = (float) x[d];
        }
        return y;
    }
}
