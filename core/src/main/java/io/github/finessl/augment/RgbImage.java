package io.github.finessl.augment;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.WritableRaster;

/** A decoded image; immutable by agreement, so that it may be cached and shared between threads. */
public final class RgbImage {

    private final int width;
    private final int height;
    private final byte[] rgb;

    /**
     * Creates an image of pixels.
     *
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

    /** A copy of an image of any kind, laid on white where it is transparent. */
    public static RgbImage of(BufferedImage image) {
        BufferedImage opaque = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = opaque.createGraphics();
        graphics.drawImage(asStored(image), 0, 0, Color.WHITE, null);
        graphics.dispose();
        int[] colours = opaque.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        byte[] rgb = new byte[3 * colours.length];
        for (int i = 0; i < colours.length; i++) {
            rgb[3 * i] = (byte) (colours[i] >> 16);
            rgb[3 * i + 1] = (byte) (colours[i] >> 8);
            rgb[3 * i + 2] = (byte) colours[i];
        }
        return new RgbImage(image.getWidth(), image.getHeight(), rgb);
    }

    /** Java takes grey with transparency for linear light, and would make it brighter than the same grey without. */
    private static BufferedImage asStored(BufferedImage image) {
        if (image.getColorModel().getColorSpace().getType() != ColorSpace.TYPE_GRAY
                || image.getRaster().getNumBands() != 2) {
            return image;
        }
        WritableRaster grey = image.getRaster();
        ColorModel colours = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB),
                true,
                image.isAlphaPremultiplied(),
                Transparency.TRANSLUCENT,
                grey.getTransferType());
        WritableRaster coloured =
                grey.createWritableChild(0, 0, image.getWidth(), image.getHeight(), 0, 0, new int[] {0, 0, 0, 1});
        return new BufferedImage(colours, coloured, image.isAlphaPremultiplied(), null);
    }

    /** A copy, to be drawn or written to a file. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        image.getRaster().setDataElements(0, 0, width, height, rgb);
        return image;
    }
}
