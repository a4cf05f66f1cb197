package io.github.finessl.augment;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * The fourteen operations of RandAugment as FixMatch and the reference use them, with PIL 9.4's arithmetic.
 *
 * <p>The magnitude v is 1 .. 9 of a nominal 10.
 */
enum Operation {
    /** Stretches each channel to the full range. */
    AUTO_CONTRAST {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            int[][] counts = canvas.histograms();
            canvas.look(stretch(counts[0]), stretch(counts[1]), stretch(counts[2]));
        }
    },
    /** Scales the brightness: factor .09v + .05, 0 being black. */
    BRIGHTNESS {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            blendWith(canvas, 0, factor(v));
        }
    },
    /** Blends each pixel with its grey. */
    COLOR {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            float factor = factor(v);
            byte[] pixels = canvas.pixels();
            for (int i = 0; i < pixels.length; i += 3) {
                int grey = grey(pixels, i);
                pixels[i] = blend(grey, pixels[i] & 0xff, factor);
                pixels[i + 1] = blend(grey, pixels[i + 1] & 0xff, factor);
                pixels[i + 2] = blend(grey, pixels[i + 2] & 0xff, factor);
            }
        }
    },
    /** Blends with the mean grey of the image. */
    CONTRAST {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            byte[] pixels = canvas.pixels();
            double sum = 0;
            for (int i = 0; i < pixels.length; i += 3) {
                sum += grey(pixels, i);
            }
            blendWith(canvas, (int) (sum / (canvas.width() * canvas.height()) + .5), factor(v));
        }
    },
    /** Equalises the histogram of each channel. */
    EQUALIZE {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            int[][] counts = canvas.histograms();
            canvas.look(equalise(counts[0]), equalise(counts[1]), equalise(counts[2]));
        }
    },
    IDENTITY {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {}
    },
    /** Keeps the top int(.4v) + 4 bits. */
    POSTERIZE {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            int dropped = 8 - (v * 4 / 10 + 4);
            each(canvas, value -> value >> dropped << dropped);
        }
    },
    /** Rotates by int(3v) degrees, counter-clockwise if positive, about the centre. */
    ROTATE {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            // PIL takes the angle modulo 360 and rounds to 15 decimals; both show in the last bit of the matrix.
            double radians = -Math.toRadians(negative ? 360 - 3 * v : 3 * v);
            double cos = round15(Math.cos(radians));
            double sin = round15(Math.sin(radians));
            double x = canvas.width() / 2.;
            double y = canvas.height() / 2.;
            canvas.affine(cos, sin, cos * -x + sin * -y + x, -sin, cos, -sin * -x + cos * -y + y);
        }
    },
    /** Blends with a smoothed image: weight 5 on the pixel, 1 on each neighbour; the border is not smoothed. */
    SHARPNESS {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            float factor = factor(v);
            byte[] in = canvas.pixels();
            byte[] out = canvas.spare();
            int stride = 3 * canvas.width();
            System.arraycopy(in, 0, out, 0, in.length);
            for (int y = 1; y < canvas.height() - 1; y++) {
                for (int i = y * stride + 3; i < (y + 1) * stride - 3; i++) {
                    int value = in[i] & 0xff;
                    int sum = column(in, i - 3, stride) + column(in, i, stride) + column(in, i + 3, stride) + 4 * value;
                    // PIL adds floats and then .5; a 13th is never closer to a half than 1/26, so integers agree.
                    out[i] = blend((2 * sum + 13) / 26, value, factor);
                }
            }
            canvas.swap();
        }
    },
    /** Shears horizontally, by ±.03v of a pixel for each row. */
    SHEAR_X {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            canvas.affine(1, slope(v, negative), 0, 0, 1, 0);
        }
    },
    /** Shears vertically, by ±.03v of a pixel for each column. */
    SHEAR_Y {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            canvas.affine(1, 0, 0, slope(v, negative), 1, 0);
        }
    },
    /** Inverts the values from 256 - int(25.6v) up. */
    SOLARIZE {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            int threshold = 256 - v * 256 / 10;
            each(canvas, value -> value < threshold ? value : 255 - value);
        }
    },
    /** Translates horizontally, by ±int(.03v·width) pixels. */
    TRANSLATE_X {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            canvas.affine(1, 0, (int) (slope(v, negative) * canvas.width()), 0, 1, 0);
        }
    },
    /** Translates vertically, by ±int(.03v·height) pixels. */
    TRANSLATE_Y {
        @Override
        void apply(Canvas canvas, int v, boolean negative) {
            canvas.affine(1, 0, 0, 0, 1, (int) (slope(v, negative) * canvas.height()));
        }
    };

    /** Changes the image; {@code negative} matters to the operations with a direction. */
    abstract void apply(Canvas canvas, int v, boolean negative);

    private static final double NOMINAL = 10;

    private static float factor(int v) {
        return (float) (v * .9 / NOMINAL + .05);
    }

    private static double slope(int v, boolean negative) {
        double slope = v * .3 / NOMINAL;
        return negative ? -slope : slope;
    }

    private static double round15(double value) {
        return new BigDecimal(value).setScale(15, RoundingMode.HALF_EVEN).doubleValue();
    }

    /** PIL's conversion to mode L of the pixel that starts at i. */
    private static int grey(byte[] pixels, int i) {
        return ((pixels[i] & 0xff) * 19595 + (pixels[i + 1] & 0xff) * 38470 + (pixels[i + 2] & 0xff) * 7471 + 0x8000)
                >> 16;
    }

    /** Blends {@code other} (factor 0) with {@code value} (factor 1), in f32 and rounded down, as ImagingBlend does. */
    private static byte blend(int other, int value, float factor) {
        return (byte) (other + factor * (value - other));
    }

    private static void blendWith(Canvas canvas, int other, float factor) {
        each(canvas, value -> blend(other, value, factor));
    }

    /** The pixel above i, i itself and the one below. */
    private static int column(byte[] pixels, int i, int stride) {
        return (pixels[i - stride] & 0xff) + (pixels[i] & 0xff) + (pixels[i + stride] & 0xff);
    }

    private static void each(Canvas canvas, IntUnaryOperator change) {
        byte[] table = table(change);
        canvas.look(table, table, table);
    }

    private static byte[] table(IntUnaryOperator change) {
        byte[] table = new byte[256];
        for (int value = 0; value < 256; value++) {
            table[value] = (byte) change.applyAsInt(value);
        }
        return table;
    }

    /** ImageOps.autocontrast without cut-off. */
    private static byte[] stretch(int[] counts) {
        int low = 0;
        while (low < 255 && counts[low] == 0) {
            low++;
        }
        int high = 255;
        while (high > 0 && counts[high] == 0) {
            high--;
        }
        if (high <= low) {
            return table(IntUnaryOperator.identity());
        }
        double scale = 255. / (high - low);
        double offset = -low * scale;
        return table(value -> Math.max(0, Math.min((int) (value * scale + offset), 255)));
    }

    /** ImageOps.equalize. */
    private static byte[] equalise(int[] counts) {
        int last = 255;
        while (last > 0 && counts[last] == 0) {
            last--;
        }
        int step = (Arrays.stream(counts).sum() - counts[last]) / 255;
        if (step == 0) {
            return table(IntUnaryOperator.identity());
        }
        byte[] table = new byte[256];
        int below = step / 2;
        for (int value = 0; value < 256; value++) {
            table[value] = (byte) Math.min(below / step, 255);
            below += counts[value];
        }
        return table;
    }
}
