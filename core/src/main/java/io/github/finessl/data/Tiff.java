package io.github.finessl.data;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
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
 * multiplied the colours by it, or not, as the file happens to be stored. So it does where OpenCV reads something else than
 * the picture, or nothing: other bits a channel than 1, 8 and 16, further channels, tiles of 16 bits.
 */
final class Tiff {

    private static final int WIDTH = 0x100;
    private static final int HEIGHT = 0x101;
    private static final int BITS = 0x102;
    private static final int COMPRESSION = 0x103;
    private static final int PHOTOMETRIC = 0x106;
    private static final int ORIENTATION = 0x112;
    private static final int SAMPLES = 0x115;
    private static final int ROWS_PER_STRIP = 0x116;
    private static final int PREDICTOR = 0x13d;
    private static final int TILE_WIDTH = 0x142;
    private static final int TILE_HEIGHT = 0x143;
    private static final int EXTRA_SAMPLES = 0x152;
    private static final int SAMPLE_FORMAT = 0x153;

    private static final int WHITE_IS_ZERO = 0;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int SIGNED = 2;
    private static final int FLOATS = 3;
    private static final int DIFFERENCES = 2;
    private static final int MOST_CHANNELS = 4;
    private static final int PREMULTIPLIED = 1;
    private static final int SEPARATE = 2;

    /** The compressions, by TIFF's number, that OpenCV's libtiff is built without. */
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
        int orientation = tags.orientation();
        long width = tags.number(WIDTH, 0);
        long height = tags.number(HEIGHT, 0);
        PhotoHeader.Pixels pixels;
        if (isOdd(tags)) {
            long band = tags.number(TILE_HEIGHT, tags.number(ROWS_PER_STRIP, height));
            int rows = (int) Math.max(1, Math.min(band, height));
            // of 16 bits, which ImageIO does not sum up
            boolean differences = tags.number(PREDICTOR, 1) == DIFFERENCES && tags.number(BITS, 1) == 16;
            byte[] summed = differences ? tags.with(PREDICTOR, 1) : bytes;
            long run = differences ? tags.number(TILE_WIDTH, width) : 0;
            OnWhite onWhite = new OnWhite(colours(tags), alpha(tags), (int) Math.min(run, Integer.MAX_VALUE));
            pixels = factor -> onWhite(summed, onWhite, rows);
        } else {
            byte[] upright = tags.with(ORIENTATION, PhotoHeader.UPRIGHT); // OpenCV turns tiles rather than the picture
            pixels = factor -> PhotoDecoder.openCv(upright, IMREAD_COLOR | IMREAD_IGNORE_ORIENTATION);
        }
        return new PhotoHeader(width, height, orientation, PhotoHeader.Memory.WHOLE, pixels);
    }

    private static String undecodable(TiffTags tags) {
        long format = tags.number(SAMPLE_FORMAT, 1);
        if (format == FLOATS || format == SIGNED) {
            return format == FLOATS ? "of floating-point numbers" : "of signed numbers";
        }
        long bits = tags.number(BITS, 1);
        boolean coloured = tags.number(PHOTOMETRIC, RGB) > PALETTE; // CMYK, YCbCr, Lab
        if (bits > 16 || (bits != 8 && coloured)) {
            return "of %d bits a channel%s".formatted(bits, coloured ? " that are not red, green and blue" : "");
        }
        if (coloured && tags.number(SAMPLES, 1) > MOST_CHANNELS) {
            return "of %d channels".formatted(tags.number(SAMPLES, 1));
        }
        if (tags.number(PHOTOMETRIC, RGB) == WHITE_IS_ZERO && alpha(tags) != Alpha.NONE) {
            return "of inverted grey with transparency";
        }
        String compression = COMPRESSIONS.get(tags.number(COMPRESSION, 1));
        return compression == null ? "" : "compressed by " + compression;
    }

    /** Whether OpenCV does not read it as it is. */
    private static boolean isOdd(TiffTags tags) {
        if (tags.number(PHOTOMETRIC, RGB) > PALETTE) {
            return false;
        }
        long bits = tags.number(BITS, 1);
        return (bits != 1 && bits != 8 && bits != 16)
                || tags.number(SAMPLES, 1) > colours(tags)
                || (bits == 16 && (tags.has(TILE_WIDTH) || tags.number(PHOTOMETRIC, RGB) == PALETTE));
    }

    /** Channels before the transparency. */
    private static int colours(TiffTags tags) {
        return tags.number(PHOTOMETRIC, tags.number(SAMPLES, 1) < 3 ? 1 : RGB) == RGB ? 3 : 1;
    }

    /** A further channel that nothing is said of is transparency, as PIL sees it. */
    private static Alpha alpha(TiffTags tags) {
        boolean one = tags.number(SAMPLES, 1) == colours(tags) + 1;
        long extra = tags.number(EXTRA_SAMPLES, one && !tags.has(EXTRA_SAMPLES) ? SEPARATE : 0);
        boolean further = tags.number(SAMPLES, 1) > colours(tags);
        return further && extra == PREMULTIPLIED
                ? Alpha.PREMULTIPLIED
                : further && extra == SEPARATE ? Alpha.SEPARATE : Alpha.NONE;
    }

    private enum Alpha {
        NONE,
        SEPARATE,
        PREMULTIPLIED
    }

    /**
     * The conversion of samples to a colour on white.
     *
     * @param run of how many pixels in a row all but the first are stored as differences; 0 where none are
     */
    private record OnWhite(int colours, Alpha alpha, int run) {

        void row(BufferedImage image, int y, int[] samples, byte[] bgr) {
            Raster raster = image.getRaster();
            raster.getPixels(0, y, raster.getWidth(), 1, samples);
            int bands = raster.getNumBands();
            for (int i = bands; run > 0 && i < samples.length; i++) {
                boolean first = i / bands % run == 0;
                samples[i] = first ? samples[i] : (samples[i] + samples[i - bands]) & 0xffff;
            }
            int most = (1 << raster.getSampleModel().getSampleSize(0)) - 1;
            for (int x = 0; x < raster.getWidth(); x++) {
                int from = x * bands;
                if (image.getColorModel() instanceof IndexColorModel palette) {
                    int rgb = palette.getRGB(samples[from]);
                    for (int channel = 0; channel < 3; channel++) {
                        bgr[3 * x + channel] = (byte) (rgb >> (8 * channel));
                    }
                    continue;
                }
                int opaque = alpha == Alpha.NONE ? most : samples[from + colours];
                for (int channel = 0; channel < 3; channel++) {
                    bgr[3 * x + 2 - channel] = level(samples[from + channel % colours], opaque, most);
                }
            }
        }

        private byte level(int colour, int opaque, int most) {
            long sum = (long) colour * (alpha == Alpha.PREMULTIPLIED ? most : opaque);
            long light = Math.min(sum + (long) most * (most - opaque), (long) most * most);
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
                    BufferedImage rows = reader.read(0, part);
                    int[] samples = new int[width * rows.getRaster().getNumBands()];
                    for (int y = 0; y < rows.getHeight(); y++) {
                        onWhite.row(rows, y, samples, line);
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
