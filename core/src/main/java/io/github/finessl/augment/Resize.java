package io.github.finessl.augment;

import java.util.Arrays;

/**
 * PIL's antialiased bilinear resize of 8-bit images ({@code ImagingResample}, libImaging/Resample.c), to the last bit:
 * a horizontal, then a vertical pass with 22-bit fixed-point weights, each rounding to 8 bits.
 */
final class Resize {

    private static final int PRECISION_BITS = 32 - 8 - 2;

    private static final int LONGEST = 64;

    private Resize() {}

    /**
     * The shorter side becomes {@code size}; the longer keeps the proportion, rounded down (torchvision's Resize), but is at
     * most 64 times as long.
     */
    static RgbImage shortSide(RgbImage image, int size) {
        int width = image.width();
        int height = image.height();
        double inProportion = (double) size * Math.max(width, height) / Math.min(width, height);
        int longSide = (int) Math.min(inProportion, size * LONGEST);
        return width <= height ? exact(image, size, longSide) : exact(image, longSide, size);
    }

    /** Resizes to the given size, whatever the proportions. */
    static RgbImage exact(RgbImage image, int width, int height) {
        RgbImage wide = width == image.width() ? image : horizontal(image, width);
        return height == wide.height() ? wide : vertical(wide, height);
    }

    private static RgbImage horizontal(RgbImage image, int width) {
        Filter filter = Filter.bilinear(image.width(), width);
        int height = image.height();
        byte[] in = image.rgb();
        byte[] out = new byte[3 * width * height];
        for (int y = 0, o = 0; y < height; y++) {
            int row = 3 * y * image.width();
            for (int x = 0; x < width; x++, o += 3) {
                int first = row + 3 * filter.first[x];
                int taps = filter.taps[x];
                int weight = x * filter.stride;
                int red = 1 << (PRECISION_BITS - 1);
                int green = red;
                int blue = red;
                for (int t = 0, i = first; t < taps; t++, i += 3) {
                    int w = filter.weights[weight + t];
                    red += (in[i] & 0xff) * w;
                    green += (in[i + 1] & 0xff) * w;
                    blue += (in[i + 2] & 0xff) * w;
                }
                out[o] = clip(red);
                out[o + 1] = clip(green);
                out[o + 2] = clip(blue);
            }
        }
        return new RgbImage(width, height, out);
    }

    private static RgbImage vertical(RgbImage image, int height) {
        Filter filter = Filter.bilinear(image.height(), height);
        int stride = 3 * image.width();
        byte[] in = image.rgb();
        byte[] out = new byte[stride * height];
        int[] sums = new int[stride];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, 1 << (PRECISION_BITS - 1));
            for (int t = 0; t < filter.taps[y]; t++) {
                int w = filter.weights[y * filter.stride + t];
                int row = (filter.first[y] + t) * stride;
                for (int i = 0; i < stride; i++) {
                    sums[i] += (in[row + i] & 0xff) * w;
                }
            }
            for (int i = 0; i < stride; i++) {
                out[y * stride + i] = clip(sums[i]);
            }
        }
        return new RgbImage(image.width(), height, out);
    }

    /** The bilinear weights are all positive and sum to 1, so that no value can leave 0 .. 255. */
    private static byte clip(int sum) {
        return (byte) Math.min(sum >> PRECISION_BITS, 255);
    }

    /** For each output position the first input position, the number of inputs and their weights. */
    private static final class Filter {

        private final int[] first;
        private final int[] taps;
        private final int[] weights;
        private final int stride;

        private Filter(int out, int stride) {
            this.first = new int[out];
            this.taps = new int[out];
            this.weights = new int[out * stride];
            this.stride = stride;
        }

        static Filter bilinear(int in, int out) {
            double scale = (double) in / out;
            double support = Math.max(scale, 1);
            Filter filter = new Filter(out, (int) Math.ceil(support) * 2 + 1);
            double[] exact = new double[filter.stride];
            for (int i = 0; i < out; i++) {
                double centre = (i + .5) * scale;
                int first = Math.max((int) (centre - support + .5), 0);
                int taps = Math.min((int) (centre + support + .5), in) - first;
                double sum = 0;
                for (int t = 0; t < taps; t++) {
                    exact[t] = Math.max(1 - Math.abs((t + first - centre + .5) * (1 / support)), 0);
                    sum += exact[t];
                }
                for (int t = 0; t < taps; t++) {
                    filter.weights[i * filter.stride + t] = (int) (.5 + exact[t] / sum * (1 << PRECISION_BITS));
                }
                filter.first[i] = first;
                filter.taps[i] = taps;
            }
            return filter;
        }
    }
}
