package io.github.finessl.train;

import static java.util.Comparator.comparingDouble;

import io.github.finessl.report.TopTwo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The choice of the unlabelled images whose labels would teach the most: such as the model doubts, and unlike each other.
 *
 * <p>An image's worth is its doubt, 1 - (p_1 - p_2), times its distance, 1 - cos, from the nearest image that has a label or is
 * chosen already; features are taken from their mean. So a near-duplicate of a chosen image is worth nothing. First, the best of
 * each class is chosen, the classes of least mean confidence before the others; then the best of all. Reports and the studio choose by {@link
 * CoveringChoice}, which does better with few labels; {@code results/labelling-order} shows both.
 */
public final class NextLabels {
    /** The part of the choice that is for classes; the rest is free. */
    private static final double FOR_CLASSES = 0.5;

    private final double[] doubt;
    private final double[][] features;
    private final double[] distance;
    private final boolean[] taken;
    private final List<Integer> chosen = new ArrayList<>();

    private NextLabels(double[] doubt, double[][] features, double[][] labelled) {
        this.doubt = doubt;
        this.features = features;
        this.taken = new boolean[doubt.length];
        this.distance = new double[doubt.length];
        Arrays.parallelSetAll(
                distance,
                i -> Arrays.stream(labelled)
                        .mapToDouble(other -> distance(features[i], other))
                        .min()
                        .orElse(1));
    }

    /**
     * Chooses images by what a model makes of them.
     *
     * @param guesses of the model for the images [n]
     * @param features of them [n, D]
     * @param labelled features of the labelled images [L, D]
     * @param most how many are wanted
     * @return their numbers, the best first
     */
    public static List<Integer> of(List<TopTwo> guesses, float[][] features, float[][] labelled, int most) {
        if (guesses.isEmpty()) {
            return List.of();
        }
        double[] mean = new double[features[0].length];
        for (float[] feature : features) {
            for (int d = 0; d < mean.length; d++) {
                mean[d] += feature[d] / features.length;
            }
        }
        return new NextLabels(
                        guesses.stream().mapToDouble(TopTwo::doubt).toArray(),
                        directions(features, mean),
                        directions(labelled, mean))
                .choose(guesses, Math.min(most, (features.length + 1) / 2));
    }

    private List<Integer> choose(List<TopTwo> guesses, int count) {
        Map<Integer, List<Integer>> byClass = IntStream.range(0, guesses.size())
                .boxed()
                .collect(Collectors.groupingBy(i -> guesses.get(i).label(), LinkedHashMap::new, Collectors.toList()));
        byClass.values().stream()
                .sorted(comparingDouble(some -> confidence(some, guesses)))
                .limit((int) (FOR_CLASSES * count))
                .forEach(this::take);
        List<Integer> all = IntStream.range(0, guesses.size()).boxed().toList();
        while (chosen.size() < count) {
            take(all);
        }
        return List.copyOf(chosen);
    }

    private static double confidence(List<Integer> some, List<TopTwo> guesses) {
        return some.stream()
                .mapToDouble(i -> guesses.get(i).confidence())
                .average()
                .orElse(1);
    }

    /** Chooses the best of some images, the first of equals. */
    private void take(List<Integer> some) {
        int best = -1;
        for (int i : some) {
            if (!taken[i] && (best < 0 || worth(i) > worth(best))) {
                best = i;
            }
        }
        chosen.add(best);
        taken[best] = true;
        double[] feature = features[best];
        Arrays.parallelSetAll(distance, i -> Math.min(distance[i], distance(features[i], feature)));
    }

    private double worth(int image) {
        return doubt[image] * distance[image];
    }

    private static double distance(double[] a, double[] b) {
        double cos = 0;
        for (int d = 0; d < a.length; d++) {
            cos += a[d] * b[d];
        }
        return Math.max(0, 1 - cos);
    }

    private static double[][] directions(float[][] features, double[] mean) {
        return Arrays.stream(features)
                .map(feature -> {
                    double[] direction = new double[mean.length];
                    Arrays.setAll(direction, d -> feature[d] - mean[d]);
                    double norm =
                            Math.sqrt(Arrays.stream(direction).map(v -> v * v).sum());
                    return Arrays.stream(direction)
                            .map(v -> norm > 0 ? v / norm : v)
                            .toArray();
                })
                .toArray(double[][]::new);
    }
}
