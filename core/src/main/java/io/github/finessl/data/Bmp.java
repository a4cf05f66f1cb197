package io.github.finessl.data;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * The header of a BMP file. Where it says which bits are which colour, or is compressed, ImageIO reads the picture: OpenCV
 * takes the colours for others, and ends early.
 */
final class Bmp {

    private static final int OLDEST = 12;
    private static final int HIGH_COLOUR = 16;

    private Bmp() {}

    static PhotoHeader header(byte[] bytes) {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        boolean oldest = file.getInt(14) == OLDEST;
        long width = oldest ? file.getShort(18) & 0xffff : file.getInt(18);
        long height = oldest ? file.getShort(20) & 0xffff : file.getInt(22);
        boolean plain = oldest || (file.getInt(30) == 0 && file.getShort(28) != HIGH_COLOUR);
        return new PhotoHeader(
                width,
                Math.abs(height), // from the top down where it is negative
                PhotoHeader.UPRIGHT,
                PhotoHeader.Memory.WHOLE,
                factor -> plain ? PhotoDecoder.openCv(bytes, IMREAD_COLOR) : read(bytes));
    }

    private static Mat read(byte[] bytes) throws PhotoDecoder.Undecodable {
        ImageReader reader = ImageIO.getImageReadersByFormatName("bmp").next();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(stream, true, true);
            BufferedImage image = reader.read(0);
            int width = image.getWidth();
            Mat bgra = new Mat(image.getHeight(), width, opencv_core.CV_8UC4);
            ByteBuffer pixels = bgra.<ByteBuffer>createBuffer().order(ByteOrder.LITTLE_ENDIAN);
            int[] line = new int[width];
            for (int y = 0; y < image.getHeight(); y++) {
                pixels.asIntBuffer().put(y * width, image.getRGB(0, y, width, 1, line, 0, width));
            }
            return bgra;
        } catch (IOException e) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED, e);
        } finally {
            reader.dispose();
        }
    }
}
