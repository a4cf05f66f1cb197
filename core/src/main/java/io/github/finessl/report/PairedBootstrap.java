package io.github.finessl.report;

import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;
import org.apache.commons.math3.stat.descriptive.rank.Percentile.EstimationType;

/**
 * A bootstrap of the difference in accuracy between two methods, over seeds and images: in each replicate seeds are drawn with
 * replacement, and so are images, the same ones for all of its seeds.
 *
 * @param seeds for each seed and test image 1 where the first method alone is right, -1 where the second alone is, else 0
 */
public record PairedBootstrap(List<byte[]> seeds) {

    /**
     * Checks the images.
     *
     * @throws IllegalArgumentException if there are no seeds, no images, or different numbers of them
     */
    public PairedBootstrap {
        seeds = List.copyOf(seeds);
        int images = seeds.isEmpty() ? 0 : seeds.get(0).length;
        if (images == 0 || seeds.stream().anyMatch(seed -> seed.length != images)) {
            throw new IllegalArgumentException("a bootstrap needs seeds with the same images, one at least");
        }
    }

    /**
     * For each image, which of two methods alone is right.
     *
     * @param truth the class of each image
     * @param first of each image by the first method
     * @param second likewise
     */
    public static byte[] compared(List<Integer> truth, List<Integer> first, List<Integer> second) {
        byte[] images = new byte[truth.size()];
        for (int i = 0; i < images.length; i++) {
            int right = truth.get(i);
            images[i] = (byte) ((first.get(i) == right ? 1 : 0) - (second.get(i) == right ? 1 : 0));
        }
        return images;
    }

    /** The mean difference, a fraction of all images. */
    public double mean() {
        double sum = 0;
        for (byte[] images : seeds) {
            for (byte image : images) {
                sum += image;
            }
        }
        return sum / seeds.size() / seeds.get(0).length;
    }

    /**
     * The percentile interval of the mean difference.
     *
     * @param level for example .95
     * @param replicates for example 4000
     * @param seed of the drawing: equal ones give equal intervals
     */
    public SeedDifferences.Interval interval(double level, int replicates, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] means = new double[replicates];
        for (int r = 0; r < replicates; r++) {
            means[r] = replicate(random);
        }
        Percentile percentile = new Percentile().withEstimationType(EstimationType.R_7);
        percentile.setData(means);
        double outside = 100 * (1 - level) / 2;
        return new SeedDifferences.Interval(percentile.evaluate(outside), percentile.evaluate(100 - outside));
    }

    private double replicate(SplittableRandom random) {
        int images = seeds.get(0).length;
        int[] drawn = new int[seeds.size()];
        for (int s = 0; s < drawn.length; s++) {
            drawn[random.nextInt(drawn.length)]++;
        }
        long sum = 0;
        for (int i = 0; i < images; i++) {
            int image = random.nextInt(images);
            for (int s = 0; s < drawn.length; s++) {
                sum += drawn[s] * seeds.get(s)[image];
            }
        }
        return sum / (double) drawn.length / images;
    }
}
