package io.github.finessl.ssl;

import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The graph of nearest neighbours of images.
 *
 * <pre>
 *   f_i  frozen features of length 1;   g_i = f_i - mean of the f, of length 1
 *   A    = D^-½ (K + Kᵀ) D^-½,   K_ij = max(0, g_i·g_j)³ for the 10 nearest neighbours j of i,   D_ii = Σ_j (K + Kᵀ)_ij
 * </pre>
 */
final class NeighbourGraph {
    private static final int NEIGHBOURS = 10;
    private static final int ROWS_AT_A_TIME = 256;
    private static final int SIMILARITIES_AT_A_TIME = 1 << 23;
    private static final int COLUMNS_AT_A_TIME = 32;

    /** The edges of image i are those from number {@code first[i]} to {@code first[i + 1]}. */
    private final int[] first;

    private final int[] to;
    private final double[] weights;
    private final double[] degrees;
    private final double[] mean;
    private final double[][] centred;

    /** The nearest images of some images, and how near they are; fewer where fewer are near at all. */
    private record Nearest(int[] images, double[] weights) {}

    private NeighbourGraph(double[] mean, double[][] centred, IntConsumer progress) {
        this.mean = mean;
        this.centred = centred;
        Nearest[] nearest = nearest(centred, centred, true, progress);
        int images = nearest.length;
        first = new int[images + 1];
        for (int i = 0; i < images; i++) {
            first[i + 1] += nearest[i].images().length;
            for (int j : nearest[i].images()) {
                first[j + 1]++;
            }
        }
        for (int i = 0; i < images; i++) {
            first[i + 1] += first[i];
        }
        to = new int[first[images]];
        weights = new double[to.length];
        int[] filled = Arrays.copyOf(first, images);
        for (int i = 0; i < images; i++) {
            for (int n = 0; n < nearest[i].images().length; n++) {
                int j = nearest[i].images()[n];
                double weight = nearest[i].weights()[n];
                put(filled[i]++, j, weight);
                put(filled[j]++, i, weight);
            }
        }
        degrees = IntStream.range(0, images)
                .mapToDouble(i -> Arrays.stream(weights, first[i], first[i + 1]).sum())
                .toArray();
    }

    private void put(int edge, int image, double weight) {
        to[edge] = image;
        weights[edge] = weight;
    }

    /**
     * The graph of images.
     *
     * @param features f, as many images as there are rows
     * @param mean of features
     * @param progress is told how many of them have their neighbours
     */
    static NeighbourGraph of(double[][] features, double[] mean, IntConsumer progress) {
        return new NeighbourGraph(mean.clone(), centred(features, mean), progress);
    }

    /** The number of images. */
    int images() {
        return degrees.length;
    }

    /** D_ii. */
    double degree(int image) {
        return degrees[image];
    }

    /**
     * Σ_t (kept·A)^t Y for t from 0 to {@code rounds}.
     *
     * @param y Y by rows [images × columns]
     */
    double[] spread(double[] y, double kept, int rounds) {
        double[] scaled = scaled(kept);
        int columns = y.length / images();
        double[] sum = y;
        double[] spare = new double[y.length];
        for (int round = 0; round < rounds; round++) {
            double[] before = sum;
            double[] after = spare;
            IntStream.range(0, images()).parallel().forEach(i -> {
                System.arraycopy(y, i * columns, after, i * columns, columns);
                addNeighbours(i, scaled, before, after, columns);
            });
            spare = before == y ? new double[y.length] : before;
            sum = after;
        }
        return sum;
    }

    /**
     * What others would have of Z = Σ_t (kept·A)^t Y if they were in the graph, but nobody's neighbours: Z_j/√D_jj = kept·Σ_i w_ji
     * Z_i/√D_ii, w_ji being K_ji over Σ_i K_ji.
     *
     * @param others features of length 1
     * @param z Z by rows [images × columns]
     * @param progress is told how many of the others are done
     * @return Z_j/√D_jj of each; zeros for one without a neighbour
     */
    double[][] extended(double[][] others, double[] z, double kept, IntConsumer progress) {
        int columns = z.length / images();
        return Arrays.stream(nearest(centred, centred(others, mean), false, progress))
                .map(near -> {
                    double all = Arrays.stream(near.weights()).sum();
                    double[] row = new double[columns];
                    for (int n = 0; n < near.images().length; n++) {
                        int i = near.images()[n];
                        double weight = degrees[i] > 0 ? kept * near.weights()[n] / all / Math.sqrt(degrees[i]) : 0;
                        for (int c = 0; c < columns; c++) {
                            row[c] += weight * z[i * columns + c];
                        }
                    }
                    return row;
                })
                .toArray(double[][]::new);
    }

    /**
     * (Σ_t (kept·A)^t)_ii for t from 0 to {@code rounds}: how much of what an image sends out comes back to it. A being symmetric,
     * (A^2t)_ii = |A^t e_i|² and (A^(2t+1))_ii = A^t e_i · A^(t+1) e_i.
     *
     * @param some images i
     * @param rounds even
     */
    double[] returned(int[] some, double kept, int rounds) {
        double[] scaled = scaled(kept);
        double[] returned = new double[some.length];
        IntStream.iterate(0, start -> start < some.length, start -> start + COLUMNS_AT_A_TIME)
                .parallel()
                .forEach(start -> {
                    int end = Math.min(some.length, start + COLUMNS_AT_A_TIME);
                    double[] sums = returned(Arrays.copyOfRange(some, start, end), scaled, rounds);
                    System.arraycopy(sums, 0, returned, start, sums.length);
                });
        return returned;
    }

    private double[] returned(int[] some, double[] scaled, int rounds) {
        int columns = some.length;
        double[] sent = new double[images() * columns];
        for (int c = 0; c < columns; c++) {
            sent[some[c] * columns + c] = 1;
        }
        double[] sums = new double[columns];
        addProducts(sums, sent, sent);
        double[] next = new double[sent.length];
        for (int round = 0; round < rounds / 2; round++) {
            Arrays.fill(next, 0);
            for (int i = 0; i < images(); i++) {
                addNeighbours(i, scaled, sent, next, columns);
            }
            addProducts(sums, sent, next);
            addProducts(sums, next, next);
            double[] before = sent;
            sent = next;
            next = before;
        }
        return sums;
    }

    private static void addProducts(double[] sums, double[] x, double[] y) {
        int columns = sums.length;
        for (int row = 0; row < x.length; row += columns) {
            for (int c = 0; c < columns; c++) {
                sums[c] += x[row + c] * y[row + c];
            }
        }
    }

    /** kept·A_ij of each edge. */
    private double[] scaled(double kept) {
        double[] scaled = new double[weights.length];
        IntStream.range(0, images()).parallel().forEach(i -> {
            for (int e = first[i]; e < first[i + 1]; e++) {
                scaled[e] = kept * weights[e] / Math.sqrt(degrees[i] * degrees[to[e]]);
            }
        });
        return scaled;
    }

    private void addNeighbours(int image, double[] scaled, double[] from, double[] sum, int columns) {
        int row = image * columns;
        for (int e = first[image]; e < first[image + 1]; e++) {
            int other = to[e] * columns;
            double weight = scaled[e];
            for (int c = 0; c < columns; c++) {
                sum[row + c] += weight * from[other + c];
            }
        }
    }

    /**
     * The nearest of some images for each of others.
     *
     * @param known rows of length 1 [n, D]
     * @param asking rows of length 1 [m, D]
     * @param same whether both are the same images, none of which is its own neighbour
     */
    private static Nearest[] nearest(double[][] known, double[][] asking, boolean same, IntConsumer progress) {
        int images = known.length;
        int asked = asking.length;
        int atATime = Math.max(1, Math.min(ROWS_AT_A_TIME, SIMILARITIES_AT_A_TIME / images));
        Nearest[] nearest = new Nearest[asked];
        int whole = asked / atATime * atATime;
        try (INDArray g = Nd4j.createFromArray(known)) {
            nearest(g, asking, 0, whole, atATime, same, nearest, progress);
            nearest(g, asking, whole, asked, asked - whole, same, nearest, progress);
        }
        return nearest;
    }

    /** The nearest for those from {@code first} to {@code end}, {@code rows} at a time, in arrays that are used again. */
    private static void nearest(
            INDArray known,
            double[][] asking,
            int first,
            int end,
            int rows,
            boolean same,
            Nearest[] nearest,
            IntConsumer progress) {
        if (first == end) {
            return;
        }
        int images = known.rows();
        double[] similar = new double[images * rows]; // of each asking image in turn
        try (INDArray product = Nd4j.createUninitialized(known.dataType(), new long[] {images, rows}, 'f')) {
            DoubleBuffer values = product.data().asNioDouble();
            for (int start = first; start < end; start += rows) {
                int from = start;
                try (INDArray some = Nd4j.createFromArray(Arrays.copyOfRange(asking, from, from + rows))) {
                    known.mmuli(some.transpose(), product);
                }
                values.get(0, similar);
                IntStream.range(0, rows)
                        .parallel()
                        .forEach(r -> nearest[from + r] = nearest(similar, r * images, images, same ? from + r : -1));
                progress.accept(from + rows);
            }
        }
    }

    /** The most similar images but for itself, those of weight 0 left out; of equals, the first. */
    private static Nearest nearest(double[] similar, int offset, int images, int self) {
        int wanted = Math.min(NEIGHBOURS, self < 0 ? images : images - 1);
        int[] best = new int[wanted];
        int found = 0;
        for (int j = 0; j < images; j++) {
            double near = similar[offset + j];
            if (j == self || (found == wanted && near <= similar[offset + best[wanted - 1]])) {
                continue;
            }
            int at = found < wanted ? found++ : wanted - 1;
            while (at > 0 && similar[offset + best[at - 1]] < near) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = j;
        }
        int[] near =
                Arrays.stream(best).filter(j -> weight(similar[offset + j]) > 0).toArray();
        return new Nearest(
                near,
                Arrays.stream(near)
                        .mapToDouble(j -> weight(similar[offset + j]))
                        .toArray());
    }

    private static double weight(double similarity) {
        return Math.pow(Math.max(0, similarity), 3);
    }

    private static double[][] centred(double[][] features, double[] mean) {
        return Arrays.stream(features)
                .map(f -> {
                    double[] g = f.clone();
                    LabelSpread.add(g, mean, -1);
                    return LabelSpread.unit(g);
                })
                .toArray(double[][]::new);
    }
}
