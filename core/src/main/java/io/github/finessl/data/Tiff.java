package io.github.finessl.data;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;

import java.awt.Rectangle;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * The first picture of a TIFF file. Where it is transparent ImageIO reads it: OpenCV leaves transparency out, having
 * multiplied the colours by it, or not, as the file happens to be stored.
 */
final class Tiff {

    private static final int WIDTH = 0x100;
    private static final int HEIGHT = 0x101;
    private static final int BITS = 0x102;
    private static final int COMPRESSION = 0x103;
    private static final int PHOTOMETRIC = 0x106;
    private static final int SAMPLES = 0x115;
    private static final int ROWS_PER_STRIP = 0x116;
    private static final int TILE_HEIGHT = 0x143;
    private static final int EXTRA_SAMPLES = 0x152;
    private static final int SAMPLE_FORMAT = 0x153;

    private static final int BLACK_IS_ZERO = 1;
    private static final int RGB = 2;
    private static final int FLOATS = 3;
    private static final int PREMULTIPLIED = 1;
    private static final int SEPARATE = 2;

    /** Those that OpenCV's libtiff is built without. */
    private static final Map<Long, String> COMPRESSIONS = Map.of(
            34661L, "JBIG",
            34712L, "JPEG 2000",
            34887L, "LERC",
            34925L, "LZMA",
            50000L, "Zstandard",
            50001L, "WebP",
            50002L, "JPEG XL");

    private Tiff() {}

    static PhotoHeader header(byte[] bytes) throws PhotoDecoder.Undecodable {
        TiffTags tags = TiffTags.of(bytes, 0, bytes.length);
        String kind = undecodable(tags);
        if (!kind.isEmpty()) {
            throw new PhotoDecoder.Undecodable(
                    "is a TIFF %s, which cannot be decoded here: save it as PNG or JPEG".formatted(kind));
        }
        long width = tags.number(WIDTH, 0);
        long height = tags.number(HEIGHT, 0);
        int orientation = tags.orientation();
        int colours = colours(tags);
        if (colours > 0 && isTransparent(tags, colours)) {
            long band = tags.number(TILE_HEIGHT, tags.number(ROWS_PER_STRIP, height));
            int rows = (int) Math.max(1, Math.min(band, height));
            boolean premultiplied = tags.number(EXTRA_SAMPLES, SEPARATE) == PREMULTIPLIED;
            int most = (1 << tags.number(BITS, 1)) - 1;
            return new PhotoHeader(
                    width,
                    height,
                    orientation,
                    PhotoHeader.Memory.WHOLE,
                    factor -> onWhite(bytes, new OnWhite(colours, most, premultiplied), rows));
        }
        boolean turned = orientation >= 5; // by OpenCV itself
        return new PhotoHeader(
                turned ? height : width,
                turned ? width : height,
                PhotoHeader.UPRIGHT,
                PhotoHeader.Memory.WHOLE,
                factor -> PhotoDecoder.openCv(bytes, IMREAD_COLOR | IMREAD_IGNORE_ORIENTATION));
    }

    private static String undecodable(TiffTags tags) {
        if (tags.number(SAMPLE_FORMAT, 1) == FLOATS) {
            return "of floating-point numbers";
        }
        long bits = tags.number(BITS, 1);
        if (bits > 16) {
            return "of %d bits a channel".formatted(bits);
        }
        String compression = COMPRESSIONS.get(tags.number(COMPRESSION, 1));
        return compression == null ? "" : "compressed by " + compression;
    }

    /** Channels before the transparency; 0 where it is none of the kinds that have it. */
    private static int colours(TiffTags tags) {
        long bits = tags.number(BITS, 1);
        long kind = tags.number(PHOTOMETRIC, -1);
        return bits != 8 && bits != 16 ? 0 : kind == BLACK_IS_ZERO ? 1 : kind == RGB ? 3 : 0;
    }

    /** A further channel that nothing is said of is transparency, as PIL sees it. */
    private static boolean isTransparent(TiffTags tags, int colours) {
        long extra = tags.number(EXTRA_SAMPLES, tags.has(EXTRA_SAMPLES) ? 0 : SEPARATE);
        return tags.number(SAMPLES, 1) == colours + 1 && (extra == PREMULTIPLIED || extra == SEPARATE);
    }

    /** How samples of up to {@code most} become a colour on white. */
    private record OnWhite(int colours, int most, boolean premultiplied) {

        void row(Raster raster, int y, int[] samples, byte[] bgr) {
            raster.getPixels(raster.getMinX(), y, raster.getWidth(), 1, samples);
            for (int x = 0; x < raster.getWidth(); x++) {
                int from = x * (colours + 1);
                for (int channel = 0; channel < 3; channel++) {
                    bgr[3 * x + 2 - channel] = level(samples[from + channel % colours], samples[from + colours]);
                }
            }
        }

        private byte level(int colour, int alpha) {
            long sum = premultiplied ? (long) colour * most : (long) colour * alpha;
            long light = Math.min(sum + (long) most * (most - alpha), (long) most * most);
            return (byte) ((light * 255 + (long) most * most / 2) / ((long) most * most));
        }
    }

    private static Mat onWhite(byte[] bytes, OnWhite onWhite, int band) throws PhotoDecoder.Undecodable {
        ImageReader reader = ImageIO.getImageReadersByFormatName("tiff").next();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(stream, true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            Mat image = new Mat(height, width, opencv_core.CV_8UC3);
            byte[] line = new byte[3 * width];
            try (BytePointer data = image.data()) {
                for (int top = 0; top < height; top += band) {
                    ImageReadParam part = reader.getDefaultReadParam();
                    part.setSourceRegion(new Rectangle(0, top, width, Math.min(band, height - top)));
                    Raster raster = reader.read(0, part).getRaster();
                    int[] samples = new int[width * raster.getNumBands()];
                    for (int y = 0; y < raster.getHeight(); y++) {
                        onWhite.row(raster, raster.getMinY() + y, samples, line);
                        data.position((long) (top + y) * line.length).put(line);
                    }
                }
            }
            return image;
        } catch (IOException e) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED, e);
        } finally {
            reader.dispose();
        }
    }
}
