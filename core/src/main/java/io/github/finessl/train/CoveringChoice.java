package io.github.finessl.train;

import io.github.finessl.data.EvenlySpread;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The choice of the unlabelled images whose labels would say most about all the others: such as many doubtful images are like.
 *
 * <pre>
 *   g_i = f_i - mean of all f, of length 1;   k_ij = max(0, g_i·g_j)³
 *   worth of image j = Σ_i (.3 + .7 d_i) max(0, k_ij - max_l k_il)
 * </pre>
 *
 * <p>over the unlabelled images i, l being the images that have a label or are chosen already, and d_i the doubt about image i; one
 * that seems sure counts too, since its class may be one that has no label yet. The
 * image of most worth is chosen, then the next: the greedy solution of facility location. The first ones are the middles of the
 * largest clusters; a near-duplicate of a chosen image, or one unlike all others, is worth next to nothing. {@code
 * results/labelling-order} shows it beside others.
 */
public final class CoveringChoice {

    /** The most images that are chosen from and counted; of more, so many, evenly spread. */
    private static final int MOST = 2000;

    /** What an image counts whose class seems sure. */
    private static final double SURE = 0.3;

    private static final int COLUMNS_AT_A_TIME = 2048;

    private final int[] images;
    private final float[] weights;

    /** k_ij by rows. */
    private final float[] likeness;

    /** max_l k_il. */
    private final float[] covered;

    /**
     * An image that was chosen.
     *
     * @param image its number
     * @param alike the part of the images, itself included, that are more like it than like any that has a label or was chosen
     *     before it
     */
    public record Chosen(int image, double alike) {}

    private CoveringChoice(int[] images, float[] weights, float[] likeness, float[] covered) {
        this.images = images;
        this.weights = weights;
        this.likeness = likeness;
        this.covered = covered;
    }

    /**
     * Chooses images.
     *
     * @param doubt about each unlabelled image, from 0 where its class is sure to 1 [n]
     * @param features of them [n, D]
     * @param labelled features of the labelled images [L, D], maybe none
     * @param most how many are wanted
     * @return the best first
     */
    public static List<Chosen> of(double[] doubt, float[][] features, float[][] labelled, int most) {
        if (features.length == 0) {
            return List.of();
        }
        double[] mean = mean(features, labelled);
        int[] images = EvenlySpread.places(features.length, MOST);
        float[][] directions = directions(EvenlySpread.of(features, MOST), mean);
        float[] weights = new float[images.length];
        for (int n = 0; n < weights.length; n++) {
            weights[n] = (float) (SURE + (1 - SURE) * doubt[images[n]]);
        }
        return new CoveringChoice(
                        images, weights, likeness(directions, directions), covered(directions, labelled, mean))
                .choose(Math.min(most, images.length));
    }

    private static double[] mean(float[][] features, float[][] labelled) {
        double[] mean = new double[features[0].length];
        for (float[][] part : List.of(features, labelled)) {
            for (float[] feature : part) {
                for (int d = 0; d < mean.length; d++) {
                    mean[d] += feature[d] / (features.length + labelled.length);
                }
            }
        }
        return mean;
    }

    private static float[] covered(float[][] directions, float[][] labelled, double[] mean) {
        float[] covered = new float[directions.length];
        for (int start = 0; start < labelled.length; start += COLUMNS_AT_A_TIME) {
            float[][] some = Arrays.copyOfRange(labelled, start, Math.min(labelled.length, start + COLUMNS_AT_A_TIME));
            float[] likeness = likeness(directions, directions(some, mean));
            for (int i = 0; i < covered.length; i++) {
                for (int l = 0; l < some.length; l++) {
                    covered[i] = Math.max(covered[i], likeness[i * some.length + l]);
                }
            }
        }
        return covered;
    }

    private List<Chosen> choose(int count) {
        List<Chosen> chosen = new ArrayList<>();
        boolean[] taken = new boolean[images.length];
        double[] worth = new double[images.length];
        while (chosen.size() < count) {
            Arrays.parallelSetAll(worth, j -> taken[j] ? -1 : worth(j));
            int best = 0;
            for (int j = 1; j < worth.length; j++) {
                best = worth[j] > worth[best] ? j : best;
            }
            taken[best] = true;
            int more = 0;
            for (int i = 0; i < covered.length; i++) {
                float like = likeness[best * covered.length + i];
                more += like > covered[i] ? 1 : 0;
                covered[i] = Math.max(covered[i], like);
            }
            chosen.add(new Chosen(images[best], more / (double) covered.length));
        }
        return chosen;
    }

    private double worth(int image) {
        double worth = 0;
        int row = image * covered.length;
        for (int i = 0; i < covered.length; i++) {
            worth += weights[i] * Math.max(0, likeness[row + i] - covered[i]);
        }
        return worth;
    }

    /** k_ij by rows [n × m] of directions [n, D] and [m, D]. */
    private static float[] likeness(float[][] some, float[][] others) {
        try (INDArray a = Nd4j.createFromArray(some);
                INDArray b = Nd4j.createFromArray(others);
                INDArray product = a.mmul(b.transpose())) {
            float[] likeness = product.dup('c').data().asFloat();
            for (int n = 0; n < likeness.length; n++) {
                float cos = Math.max(0, likeness[n]);
                likeness[n] = cos * cos * cos;
            }
            return likeness;
        }
    }

    private static float[][] directions(float[][] features, double[] mean) {
        return Arrays.stream(features)
                .map(feature -> {
                    float[] direction = new float[mean.length];
                    double square = 0;
                    for (int d = 0; d < mean.length; d++) {
                        direction[d] = (float) (feature[d] - mean[d]);
                        square += direction[d] * direction[d];
                    }
                    for (int d = 0; d < mean.length && square > 0; d++) {
                        direction[d] /= (float) Math.sqrt(square);
                    }
                    return direction;
                })
                .toArray(float[][]::new);
    }
}
