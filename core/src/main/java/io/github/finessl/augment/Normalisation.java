package io.github.finessl.augment;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The normalisation of pixel values: (x/255 - mean) / standard deviation for each channel.
 *
 * <p>Either the data set's (what the reference uses) or, usually better, the encoder's own.
 */
public final class Normalisation {

    /** The statistics of CIFAR-10. */
    public static final Normalisation CIFAR10 =
            of(new double[] {.4914, .4822, .4465}, new double[] {.2471, .2435, .2616});
    /** The statistics of CIFAR-100. */
    public static final Normalisation CIFAR100 =
            of(new double[] {.5071, .4867, .4408}, new double[] {.2675, .2565, .2761});
    /** The statistics of ImageNet. */
    public static final Normalisation IMAGENET = of(new double[] {.485, .456, .406}, new double[] {.229, .224, .225});
    /** The statistics that CLIP was trained with. */
    public static final Normalisation CLIP =
            of(new double[] {.48145466, .4578275, .40821073}, new double[] {.26862954, .26130258, .27577711});
    /** The normalisation with mean and deviation .5: ViT (augreg) and most Inception-style models. */
    public static final Normalisation HALF = of(new double[] {.5, .5, .5}, new double[] {.5, .5, .5});
    /** The normalisation that leaves pixels from 0 to 1 as they are: mean 0, deviation 1. */
    public static final Normalisation NONE = of(new double[3], new double[] {1, 1, 1});
    /** The normalisation whose results are the pixel values from 0 to 255 themselves: mean 0, deviation 1/255. */
    public static final Normalisation BYTES = NONE.times(255);

    private static final double CLOSE = 1e-3;
    private static final Pattern TEXT = Pattern.compile("mean \\[(.*)], std \\[(.*)]");

    private final float[] mean;
    private final float[] std;
    private final float[][] tables;

    private Normalisation(float[] mean, float[] std) {
        this.mean = mean;
        this.std = std;
        this.tables = new float[3][256];
        for (int channel = 0; channel < 3; channel++) {
            for (int value = 0; value < 256; value++) {
                tables[channel][value] = (value / 255f - mean[channel]) / std[channel];
            }
        }
    }

    /**
     * The normalisation with given constants, as model cards have them.
     *
     * @param mean red, green and blue, of pixels between 0 and 1
     * @param std likewise, each above 0
     */
    public static Normalisation of(double[] mean, double[] std) {
        if (mean.length != 3 || std.length != 3 || Arrays.stream(std).anyMatch(s -> !(s > 0))) {
            throw new IllegalArgumentException(
                    "Normalisation needs three means and three positive deviations, not mean %s, std %s"
                            .formatted(Arrays.toString(mean), Arrays.toString(std)));
        }
        return new Normalisation(floats(mean), floats(std));
    }

    /**
     * The normalisation that {@link #toString} describes.
     *
     * @throws IllegalArgumentException if the text is none of its
     */
    public static Normalisation parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("A normalisation reads \"mean [r, g, b], std [r, g, b]\", not " + text);
        }
        return of(numbers(matcher.group(1)), numbers(matcher.group(2)));
    }

    private static double[] numbers(String list) {
        return Arrays.stream(list.split(","))
                .mapToDouble(number -> Float.parseFloat(number.trim()))
                .toArray();
    }

    /** The normalisation whose results are this one's times a number. */
    public Normalisation times(double factor) {
        var divided = new double[std.length];
        Arrays.setAll(divided, c -> std[c] / factor);
        return new Normalisation(mean, floats(divided));
    }

    /** Whether both have the same results for all pixel values, up to a thousandth of what lies between black and white. */
    public boolean isCloseTo(Normalisation other) {
        for (int channel = 0; channel < 3; channel++) {
            float[] mine = tables[channel];
            float[] others = other.tables[channel];
            double most = CLOSE * (others[255] - others[0]);
            if (Math.abs(mine[0] - others[0]) > most || Math.abs(mine[255] - others[255]) > most) {
                return false;
            }
        }
        return true;
    }

    /** The mean of red, green and blue, of pixels between 0 and 1. */
    public float[] mean() {
        return mean.clone();
    }

    /** The standard deviation of red, green and blue, of pixels between 0 and 1. */
    public float[] std() {
        return std.clone();
    }

    /** The normalised value of each of the 256 pixel values of a channel; only to be read. */
    float[] table(int channel) {
        return tables[channel];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Normalisation that && Arrays.equals(mean, that.mean) && Arrays.equals(std, that.std);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(mean) + Arrays.hashCode(std);
    }

    @Override
    public String toString() {
        return "mean " + Arrays.toString(mean) + ", std " + Arrays.toString(std);
    }

    private static float[] floats(double[] values) {
        return new float[] {(float) values[0], (float) values[1], (float) values[2]};
    }
}
