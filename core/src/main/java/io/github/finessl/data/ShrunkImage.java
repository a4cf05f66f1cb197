package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;

/**
 * An image decoded at a fraction of its size.
 *
 * @param shortSide of the image at full size, in pixels
 * @param factor 1, 2, 4 or 8, by which it is reduced
 */
record ShrunkImage(int shortSide, int factor, RgbImage image) {

    private static final int MOST = 8;

    /** An image at full size. */
    static ShrunkImage whole(RgbImage image) {
        return new ShrunkImage(Math.min(image.width(), image.height()), 1, image);
    }

    /** The largest factor that leaves so many pixels on the short side, or 1. */
    static int factor(long shortSide, int wanted) {
        int factor = 1;
        while (factor < MOST && shortSide / (2L * factor) >= wanted) {
            factor *= 2;
        }
        return factor;
    }
}
