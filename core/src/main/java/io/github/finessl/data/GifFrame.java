package io.github.finessl.data;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/** The first picture of a GIF, by ImageIO: OpenCV has no such decoder. */
final class GifFrame {

    /** What is asked of the reader. */
    private interface Question<T> {
        T answer(ImageReader reader) throws IOException;
    }

    private GifFrame() {}

    static PhotoHeader header(byte[] bytes) throws PhotoDecoder.Undecodable {
        return ask(bytes, reader -> new PhotoHeader(PhotoHeader.Kind.GIF, reader.getWidth(0), reader.getHeight(0), 1));
    }

    /** On white, blue before green before red; of every {@code step} pixels one. */
    static Mat read(byte[] bytes, int step) throws PhotoDecoder.Undecodable {
        return ask(bytes, reader -> {
            ImageReadParam every = reader.getDefaultReadParam();
            every.setSourceSubsampling(step, step, 0, 0);
            BufferedImage frame = reader.read(0, every);
            BufferedImage bgr = new BufferedImage(frame.getWidth(), frame.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
            Graphics2D graphics = bgr.createGraphics();
            graphics.drawImage(frame, 0, 0, Color.WHITE, null);
            graphics.dispose();
            byte[] pixels = ((DataBufferByte) bgr.getRaster().getDataBuffer()).getData();
            Mat image = new Mat(bgr.getHeight(), bgr.getWidth(), opencv_core.CV_8UC3);
            image.data().put(pixels);
            return image;
        });
    }

    private static <T> T ask(byte[] bytes, Question<T> question) throws PhotoDecoder.Undecodable {
        ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(stream);
            return question.answer(reader);
        } catch (IOException | RuntimeException e) { // the reader stumbles over damaged files in many ways
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED, e);
        } finally {
            reader.dispose();
        }
    }
}
