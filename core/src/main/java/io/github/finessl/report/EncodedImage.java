package io.github.finessl.report;

import java.awt.image.RenderedImage;
import java.io.IOException;
import java.io.OutputStream;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Encodes an image in memory as the bytes of a file: ImageIO by itself takes a temporary file, for which there may be
 * no place.
 */
public final class EncodedImage {

    private EncodedImage() {}

    /**
     * Writes an image.
     *
     * @param format as ImageIO names it, {@code png} say
     */
    public static void write(RenderedImage image, String format, OutputStream out) throws IOException {
        try (ImageOutputStream encoded = new MemoryCacheImageOutputStream(out)) {
            ImageIO.write(image, format, encoded);
        }
    }
}
