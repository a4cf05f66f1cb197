package io.github.finessl.augment;

import java.awt.image.BufferedImage;

/** A decoded image; immutable by agreement, so that it may be cached and shared between threads. */
public final class RgbImage {

    private final int width;
    private final int height;
    private final byte[] rgb;

    /**
     * @param rgb [height, width, 3], rows from the top, 0 to 255 as unsigned bytes; not copied, the caller lets go of it
     */
    public RgbImage(int width, int height, byte[] rgb) {
        if (width < 1 || height < 1 || rgb.length != 3 * width * height) {
            throw new IllegalArgumentException(
                    "%d bytes are no %d x %d RGB image".formatted(rgb.length, width, height));
        }
        this.width = width;
        this.height = height;
        this.rgb = rgb;
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /** The pixels themselves, [height, width, 3], only to be read. */
    public byte[] rgb() {
        return rgb;
    }

    /** A copy, to be drawn or written to a file. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        image.getRaster().setDataElements(0, 0, width, height, rgb);
        return image;
    }
}
