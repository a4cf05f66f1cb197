package io.github.finessl.data;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.RenderedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;

/** Image files of every kind that users have, made by hand where no writer makes them. */
final class PhotoBytes {

    static final int WIDTH = 48;
    static final int HEIGHT = 32;

    private PhotoBytes() {}

    /** Red and green above, blue and yellow below. */
    static int quarters(int x, int y) {
        Color top = x < WIDTH / 2 ? Color.RED : Color.GREEN;
        Color bottom = x < WIDTH / 2 ? Color.BLUE : Color.YELLOW;
        return (y < HEIGHT / 2 ? top : bottom).getRGB();
    }

    static BufferedImage image(int width, int height, int type, IntBinaryOperator argb) {
        BufferedImage image = new BufferedImage(width, height, type);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, argb.applyAsInt(x, y));
            }
        }
        return image;
    }

    /**
     * The quarters as a camera stores them that was held so. EXIF 2.3: the value says on which side of the upright image
     * the first row and the first column of the stored one lie.
     */
    static BufferedImage stored(int orientation) {
        boolean turned = orientation >= 5;
        return image(turned ? HEIGHT : WIDTH, turned ? WIDTH : HEIGHT, BufferedImage.TYPE_INT_RGB, (column, row) -> {
            int right = WIDTH - 1;
            int bottom = HEIGHT - 1;
            return switch (orientation) {
                case 2 -> quarters(right - column, row);
                case 3 -> quarters(right - column, bottom - row);
                case 4 -> quarters(column, bottom - row);
                case 5 -> quarters(row, column);
                case 6 -> quarters(right - row, column);
                case 7 -> quarters(right - row, bottom - column);
                case 8 -> quarters(row, bottom - column);
                default -> quarters(column, row);
            };
        });
    }

    static byte[] write(RenderedImage image, String format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, out)) {
                throw new IllegalArgumentException("No writer of " + format);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static byte[] openCv(String ending, Mat image, int... parameters) {
        try (BytePointer out = new BytePointer();
                IntPointer settings = new IntPointer(parameters)) {
            opencv_imgcodecs.imencode(ending, image, out, settings);
            byte[] bytes = new byte[(int) out.limit()];
            out.get(bytes);
            return bytes;
        }
    }

    /** EXIF with the orientation alone. */
    static byte[] exif(int orientation) {
        return ByteBuffer.allocate(26)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {'I', 'I', 42, 0})
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x112)
                .putShort((short) 3)
                .putInt(1)
                .putInt(orientation)
                .putInt(0)
                .array();
    }

    /** With a segment after the start of the image. */
    static byte[] withSegment(byte[] jpeg, int marker, byte[] content) {
        ByteBuffer out = ByteBuffer.allocate(jpeg.length + content.length + 4);
        out.put(jpeg, 0, 2).put((byte) 0xff).put((byte) marker).putShort((short) (content.length + 2));
        return out.put(content).put(jpeg, 2, jpeg.length - 2).array();
    }

    static byte[] withOrientation(byte[] jpeg, int orientation) {
        return withSegment(jpeg, 0xe1, join("Exif\0\0".getBytes(StandardCharsets.US_ASCII), exif(orientation)));
    }

    /** Of four channels that are ink subtracted from 255, as Adobe's programs store them. */
    static byte[] adobeCmyk(int width, int height, int... inks) throws IOException {
        WritableRaster raster =
                Raster.createInterleavedRaster(java.awt.image.DataBuffer.TYPE_BYTE, width, height, 4, null);
        for (int band = 0; band < 4; band++) {
            int[] samples = new int[width * height];
            Arrays.fill(samples, 255 - inks[band]);
            raster.setSamples(0, 0, width, height, band, samples);
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.write(new IIOImage(raster, null, null));
        } finally {
            writer.dispose();
        }
        byte[] adobe = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
        return withSegment(out.toByteArray(), 0xee, adobe);
    }

    static byte[] progressiveJpeg(BufferedImage image) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam progressive = writer.getDefaultWriteParam();
            progressive.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), progressive);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** Where a marker of a JPEG file without thumbnails stands for the time after {@code before} times. */
    static int marker(byte[] jpeg, int marker, int before) {
        return IntStream.range(0, jpeg.length - 1)
                .filter(at -> (jpeg[at] & 0xff) == 0xff && (jpeg[at + 1] & 0xff) == marker)
                .skip(before)
                .findFirst()
                .orElseThrow();
    }

    static int count(byte[] jpeg, int marker) {
        return (int) IntStream.range(0, jpeg.length - 1)
                .filter(at -> (jpeg[at] & 0xff) == 0xff && (jpeg[at + 1] & 0xff) == marker)
                .count();
    }

    /** With the same bytes many times over in between. */
    static byte[] withMany(byte[] bytes, int at, int times, byte[] inserted) {
        ByteBuffer out = ByteBuffer.allocate(bytes.length + times * inserted.length);
        out.put(bytes, 0, at);
        for (int i = 0; i < times; i++) {
            out.put(inserted);
        }
        return out.put(bytes, at, bytes.length - at).array();
    }

    /** With a chunk behind the header. */
    static byte[] withChunk(byte[] png, String type, byte[] content) {
        int header = 8 + 25;
        return join(Arrays.copyOf(png, header), chunk(type, content), Arrays.copyOfRange(png, header, png.length));
    }

    static byte[] chunk(String type, byte[] content) {
        byte[] named = join(type.getBytes(StandardCharsets.US_ASCII), content);
        CRC32 crc = new CRC32();
        crc.update(named);
        return ByteBuffer.allocate(named.length + 8)
                .putInt(content.length)
                .put(named)
                .putInt((int) crc.getValue())
                .array();
    }

    /** One bit a pixel, black. */
    static byte[] png(int width, int height, byte[] deflated) {
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 1);
        byte[] signature = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n'};
        return join(signature, chunk("IHDR", header.array()), chunk("IDAT", deflated), chunk("IEND", new byte[0]));
    }

    /** Extended WebP of the one picture of a simple one, with EXIF. */
    static byte[] webpWithOrientation(byte[] simple, int width, int height, int orientation) {
        return riff(
                extended(0x08, width, height),
                Arrays.copyOfRange(simple, 12, simple.length),
                riffChunk("EXIF", exif(orientation)));
    }

    /** Of one picture, but said to move. */
    static byte[] animatedWebp(byte[] simple, int width, int height) {
        byte[] frame = join(
                new byte[6],
                three(width - 1),
                three(height - 1),
                three(100),
                new byte[1],
                Arrays.copyOfRange(simple, 12, simple.length));
        return riff(extended(0x02, width, height), riffChunk("ANIM", new byte[6]), riffChunk("ANMF", frame));
    }

    /** Uncompressed RGB in one strip. */
    static byte[] tiff(BufferedImage image, int orientation) {
        int[][] tags = {
            {0x100, 4, 1, image.getWidth()},
            {0x101, 4, 1, image.getHeight()},
            {0x102, 3, 3, 8 + 2 + 10 * 12 + 4},
            {0x103, 3, 1, 1},
            {0x106, 3, 1, 2},
            {0x111, 4, 1, 8 + 2 + 10 * 12 + 4 + 6},
            {0x112, 3, 1, orientation},
            {0x115, 3, 1, 3},
            {0x116, 4, 1, image.getHeight()},
            {0x117, 4, 1, 3 * image.getWidth() * image.getHeight()}
        };
        ByteBuffer out = ByteBuffer.allocate(8 + 2 + 10 * 12 + 4 + 6 + 3 * image.getWidth() * image.getHeight())
                .order(ByteOrder.LITTLE_ENDIAN);
        out.put(new byte[] {'I', 'I', 42, 0}).putInt(8).putShort((short) tags.length);
        for (int[] tag : tags) {
            out.putShort((short) tag[0]).putShort((short) tag[1]).putInt(tag[2]).putInt(tag[3]);
        }
        out.putInt(0).putShort((short) 8).putShort((short) 8).putShort((short) 8);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                Color colour = new Color(image.getRGB(x, y));
                out.put((byte) colour.getRed()).put((byte) colour.getGreen()).put((byte) colour.getBlue());
            }
        }
        return out.array();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] extended(int flags, int width, int height) {
        return riffChunk("VP8X", join(new byte[] {(byte) flags, 0, 0, 0}, three(width - 1), three(height - 1)));
    }

    private static byte[] riff(byte[]... chunks) {
        return riffChunk("RIFF", join("WEBP".getBytes(StandardCharsets.US_ASCII), join(chunks)));
    }

    private static byte[] riffChunk(String type, byte[] content) {
        return ByteBuffer.allocate(8 + content.length + content.length % 2)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .putInt(content.length)
                .put(content)
                .array();
    }

    private static byte[] three(int value) {
        return new byte[] {(byte) value, (byte) (value >> 8), (byte) (value >> 16)};
    }
}
