package io.github.finessl.data;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/** The first picture of a GIF on its canvas, by ImageIO, which is given no more than that picture. */
final class GifFrame {

    private static final int SCREEN = 6;
    private static final int FIRST = 13;
    private static final int EXTENSION = 0x21;
    private static final int CONTROL = 0xf9;
    private static final int PICTURE = 0x2c;

    private GifFrame() {}

    static PhotoHeader header(byte[] bytes) throws PhotoDecoder.Undecodable {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int at = FIRST + (bytes[10] < 0 ? 3 << ((bytes[10] & 7) + 1) : 0);
        ByteArrayOutputStream kept = new ByteArrayOutputStream(bytes.length);
        kept.write(bytes, 0, at);
        byte[] control = {};
        while (bytes[at] == EXTENSION) {
            int from = at;
            at += 2;
            while (bytes[at] != 0) {
                at += 1 + (bytes[at] & 0xff);
            }
            at++;
            if ((bytes[from + 1] & 0xff) == CONTROL) {
                control = Arrays.copyOfRange(bytes, from, at);
            }
        }
        if (bytes[at] != PICTURE) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        kept.writeBytes(control);
        kept.write(bytes, at, bytes.length - at);
        Rectangle frame = new Rectangle(side(file, at + 1), side(file, at + 3), side(file, at + 5), side(file, at + 7));
        if (frame.isEmpty()) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        // A picture that reaches beyond the canvas enlarges it, as in PIL.
        int width = Math.max(side(file, SCREEN), frame.x + frame.width);
        int height = Math.max(side(file, SCREEN + 2), frame.y + frame.height);
        byte[] picture = kept.toByteArray();
        return new PhotoHeader(
                width,
                height,
                PhotoHeader.UPRIGHT,
                PhotoHeader.Memory.REDUCED,
                factor -> read(picture, frame, (width + factor - 1) / factor, (height + factor - 1) / factor, factor));
    }

    private static int side(ByteBuffer file, int at) {
        return file.getShort(at) & 0xffff;
    }

    /** On white, blue before green before red; of every {@code step} pixels of the canvas one. */
    private static Mat read(byte[] bytes, Rectangle frame, int width, int height, int step)
            throws PhotoDecoder.Undecodable {
        BufferedImage bgr = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = bgr.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        int left = (frame.x + step - 1) / step;
        int top = (frame.y + step - 1) / step;
        int right = left * step - frame.x;
        int down = top * step - frame.y;
        if (right < frame.width && down < frame.height) {
            graphics.drawImage(read(bytes, step, right, down), left, top, null);
        }
        graphics.dispose();
        Mat image = new Mat(height, width, opencv_core.CV_8UC3);
        image.data().put(((DataBufferByte) bgr.getRaster().getDataBuffer()).getData());
        return image;
    }

    private static BufferedImage read(byte[] bytes, int step, int right, int down) throws PhotoDecoder.Undecodable {
        ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(stream, true, true);
            ImageReadParam every = reader.getDefaultReadParam();
            every.setSourceSubsampling(step, step, right, down);
            return reader.read(0, every);
        } catch (IOException | RuntimeException e) { // the reader stumbles over damaged files in many ways
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED, e);
        } finally {
            reader.dispose();
        }
    }
}
