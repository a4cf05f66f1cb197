package io.github.finessl.augment;

import java.util.Arrays;

/** The image that the operations of one view work on, in place: [height, width, 3] and a second buffer to move into. */
final class Canvas {

    private final int width;
    private final int height;
    private byte[] pixels;
    private byte[] spare;

    Canvas(int width, int height) {
        this.width = width;
        this.height = height;
        this.pixels = new byte[3 * width * height];
        this.spare = new byte[3 * width * height];
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** The current pixels; another array after {@link #swap}. */
    byte[] pixels() {
        return pixels;
    }

    /** Room for the next pixels, its content arbitrary. */
    byte[] spare() {
        return spare;
    }

    /** Makes the spare buffer the image. */
    void swap() {
        byte[] old = pixels;
        pixels = spare;
        spare = old;
    }

    /** Replaces every value by its entry in the table of its channel, each of 256 entries. */
    void look(byte[] red, byte[] green, byte[] blue) {
        for (int i = 0; i < pixels.length; i += 3) {
            pixels[i] = red[pixels[i] & 0xff];
            pixels[i + 1] = green[pixels[i + 1] & 0xff];
            pixels[i + 2] = blue[pixels[i + 2] & 0xff];
        }
    }

    /** The histogram of each channel, how often each value occurs: [3][256]. */
    int[][] histograms() {
        int[][] counts = new int[3][256];
        for (int i = 0; i < pixels.length; i += 3) {
            counts[0][pixels[i] & 0xff]++;
            counts[1][pixels[i + 1] & 0xff]++;
            counts[2][pixels[i + 2] & 0xff]++;
        }
        return counts;
    }

    /** Copies a window of {@code image}, padded by reflection without repeating the edge pixel, mirrored if wanted. */
    void crop(RgbImage image, int left, int top, boolean mirrored) {
        int[] columns = new int[width];
        for (int x = 0; x < width; x++) {
            columns[mirrored ? width - 1 - x : x] = 3 * reflect(left + x, image.width());
        }
        byte[] in = image.rgb();
        for (int y = 0, o = 0; y < height; y++) {
            int row = 3 * image.width() * reflect(top + y, image.height());
            for (int x = 0; x < width; x++, o += 3) {
                int i = row + columns[x];
                pixels[o] = in[i];
                pixels[o + 1] = in[i + 1];
                pixels[o + 2] = in[i + 2];
            }
        }
    }

    /**
     * The nearest-neighbour affine transform of PIL ({@code affine_fixed}, libImaging/Geometry.c): the output pixel (x, y)
     * shows the input at (ax + by + c, dx + ey + f), in 16.16 fixed point and from pixel centres; black outside.
     */
    void affine(double a, double b, double c, double d, double e, double f) {
        int stepX = fixed(a);
        int stepY = fixed(d);
        int rowX = fixed(c + a * .5 + b * .5);
        int rowY = fixed(f + d * .5 + e * .5);
        for (int y = 0, o = 0; y < height; y++) {
            int sourceX = rowX;
            int sourceY = rowY;
            for (int x = 0; x < width; x++, o += 3) {
                int column = sourceX >> 16;
                int row = sourceY >> 16;
                if (column >= 0 && column < width && row >= 0 && row < height) {
                    int i = 3 * (row * width + column);
                    spare[o] = pixels[i];
                    spare[o + 1] = pixels[i + 1];
                    spare[o + 2] = pixels[i + 2];
                } else {
                    spare[o] = 0;
                    spare[o + 1] = 0;
                    spare[o + 2] = 0;
                }
                sourceX += stepX;
                sourceY += stepY;
            }
            rowX += fixed(b);
            rowY += fixed(e);
        }
        swap();
    }

    /** Fills a rectangle, its far edges included, clipped to the image. */
    void fill(int left, int top, int right, int bottom, byte value) {
        for (int y = top; y <= Math.min(bottom, height - 1); y++) {
            int row = 3 * y * width;
            Arrays.fill(pixels, row + 3 * left, row + 3 * Math.min(right + 1, width), value);
        }
    }

    private static int reflect(int i, int size) {
        int folded = Math.abs(i);
        return folded < size ? folded : 2 * (size - 1) - folded;
    }

    private static int fixed(double value) {
        return (int) Math.floor(value * 65536 + .5);
    }
}
