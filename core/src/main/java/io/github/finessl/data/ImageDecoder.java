package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.io.Daemon;
import io.github.finessl.io.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.slf4j.LoggerFactory;

/**
 * The decoding of image files to 8-bit RGB, by their content, whatever the file is called. Safe for several threads.
 *
 * <p>Files are read by Java, so that any path works.
 */
public enum ImageDecoder {

    /**
     * Decoding as PIL and torchvision do it, for the data sets of papers: camera orientation is ignored, all pixels are
     * kept, whatever colour lies under transparent ones. JPEG, PNG, WebP, BMP, TIFF and PNM, by OpenCV.
     */
    AS_STORED("AS_STORED") {
        @Override
        ShrunkImage shrunk(byte[] bytes, String name, int shortSide) {
            if (!isOpenCvs(bytes)) {
                throw undecodable(bytes, name);
            }
            int flags = opencv_imgcodecs.IMREAD_COLOR | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
            try (Mat bgr = PhotoDecoder.openCv(bytes, flags)) {
                if (bgr.empty()) {
                    throw undecodable(bytes, name);
                }
                return ShrunkImage.whole(rgb(bgr));
            }
        }

        @Override
        public RgbImage decode(String sha256, Supplier<byte[]> bytes, String name, int shortSide) {
            return decode(bytes.get(), name);
        }

        @Override
        Checked check(byte[] bytes) {
            return Checked.of(faultOf(bytes));
        }

        private String faultOf(byte[] bytes) {
            if (bytes.length == 0) {
                return "is empty";
            }
            boolean jpeg = Jpeg.is(bytes);
            if (jpeg && Jpeg.isTruncated(bytes)) {
                return "ends before its image does";
            }
            if (!isOpenCvs(bytes)) {
                return NO_IMAGE;
            }
            // An eighth of the size takes a quarter of the time, and all of the file is read just so.
            int flags = jpeg ? opencv_imgcodecs.IMREAD_REDUCED_COLOR_8 : opencv_imgcodecs.IMREAD_COLOR;
            try (Mat decoded = PhotoDecoder.openCv(bytes, flags)) {
                return decoded.empty() ? NO_IMAGE : "";
            } catch (RuntimeException e) {
                return NO_IMAGE; // OpenCV throws where an image is too large, for one
            }
        }
    },

    /**
     * Decoding of a user's own photos, upright and laid on white: JPEG (CMYK too), PNG, WebP, the first picture of a
     * GIF, BMP, TIFF and PNM.
     *
     * <ul>
     *   <li>Turned upright as EXIF says, all eight ways, in JPEG, PNG and WebP; in TIFF as its own tag says.
     *   <li>Laid on white where it is transparent. 16 bits are rounded to 8.
     *   <li>Reduced to a half, a quarter or an eighth, so far as the shorter side keeps the pixels that are wanted. A JPEG is
     *       decoded so from the start; others are decoded whole, outside of the Java heap, and then averaged.
     *   <li>Refused, by the header alone, where it has more than 200 megapixels or a side longer than 65,535.
     * </ul>
     *
     * <p>Of images with more than 32 megapixels that must be held whole one is decoded at a time.
     */
    PHOTO("PHOTO as far as wanted") {
        @Override
        ShrunkImage shrunk(byte[] bytes, String name, int shortSide) {
            try {
                return PhotoDecoder.decode(bytes, shortSide);
            } catch (PhotoDecoder.Undecodable e) {
                throw new DataException(
                        "%s must be an image that can be decoded, but %s.".formatted(name, e.getMessage()), e);
            }
        }

        @Override
        public RgbImage decode(String sha256, Supplier<byte[]> bytes, String name, int shortSide) {
            return PhotoCache.get(sha256, shortSide).orElseGet(() -> {
                byte[] content = bytes.get();
                ShrunkImage shrunk = shrunk(content, name, shortSide);
                if (shrunk.factor() > 1
                        && Sha256.hex(content).equals(sha256)) { // it may have changed since it was hashed
                    PhotoCache.put(sha256, shrunk);
                }
                return shrunk.image();
            });
        }

        @Override
        Checked check(byte[] bytes) {
            try {
                return new Checked("", PhotoDecoder.check(bytes));
            } catch (PhotoDecoder.Undecodable e) {
                return Checked.of(e.getMessage());
            }
        }
    };

    /** The pixels of the short side that are enough for people. */
    public static final int FOR_PEOPLE = 1024;

    private static final String NO_IMAGE = "is not an image that OpenCV can decode";

    /** Loads the library that decodes, which takes a while, on another thread: the first image then waits for less. */
    public static void loadAhead() {
        Loader.load(Pointer.class);
        Daemon.named("finessl-opencv").newThread(ImageDecoder::loadOpenCv).start();
    }

    private static void loadOpenCv() {
        try {
            PhotoDecoder.openCv(new byte[1], 0).close();
        } catch (LinkageError e) { // the first image says so
            LoggerFactory.getLogger(ImageDecoder.class).debug("OpenCV does not load", e);
        }
    }

    /** A name for the way from a file's bytes to pixels: another one where the pixels become others. */
    private final String pixels;

    ImageDecoder(String pixels) {
        this.pixels = pixels;
    }

    /**
     * What a look at a file's bytes has found.
     *
     * @param fault why they are no whole image, to complete the sentence "the file ..."; empty if they are one
     * @param shrunk what was decoded for that, where others can use it
     */
    record Checked(String fault, Optional<ShrunkImage> shrunk) {
        static Checked of(String fault) {
            return new Checked(fault, Optional.empty());
        }
    }

    /**
     * Decodes an image file.
     *
     * @throws DataException if it is not there, cannot be read, or is no whole image
     */
    public RgbImage decode(Path file) {
        return decode(file, FOR_PEOPLE);
    }

    /**
     * Decodes an image file, a photo as far as a short side of so many pixels wants it.
     *
     * @throws DataException if it is not there, cannot be read, or is no whole image
     */
    public RgbImage decode(Path file, int shortSide) {
        return shrunk(InputFiles.bytes(file), file.toString(), shortSide).image();
    }

    /**
     * Decodes the bytes of an image file.
     *
     * @param name for messages
     * @throws DataException if the bytes are no whole image
     */
    public RgbImage decode(byte[] bytes, String name) {
        return decode(bytes, name, FOR_PEOPLE);
    }

    /**
     * Decodes the bytes of an image file, a photo as far as a short side of so many pixels wants it.
     *
     * @param name for messages
     * @throws DataException if the bytes are no whole image
     */
    public RgbImage decode(byte[] bytes, String name, int shortSide) {
        return shrunk(bytes, name, shortSide).image();
    }

    /**
     * Decodes the bytes of an image file, a photo as far as a short side of so many pixels wants it.
     *
     * @param name for messages
     * @throws DataException if the bytes are no whole image
     */
    abstract ShrunkImage shrunk(byte[] bytes, String name, int shortSide);

    /**
     * Decodes the bytes of an image file, a photo as far as a short side of so many pixels wants it, and only where that is not kept
     * on disk already.
     *
     * @param sha256 of the bytes, in hexadecimal
     * @param bytes gives them, if they are wanted
     * @param name for messages
     * @throws DataException if the bytes are no whole image
     */
    public abstract RgbImage decode(String sha256, Supplier<byte[]> bytes, String name, int shortSide);

    /**
     * Decodes an image file, a photo as far as a short side of so many pixels wants it, and only where that is not kept on disk
     * already.
     *
     * @param sha256 of the file's bytes, in hexadecimal
     * @throws DataException if it is not kept and not there, cannot be read, or is no whole image
     */
    public RgbImage decode(String sha256, Path file, int shortSide) {
        return decode(sha256, () -> InputFiles.bytes(file), file.toString(), shortSide);
    }

    /** Looks whether the bytes are a whole image. */
    abstract Checked check(byte[] bytes);

    /**
     * A name for the pixels that the decoder makes of a file: {@link Dataset#pixelsSha256}, found without decoding.
     *
     * @param content SHA-256 of the file's bytes, in hexadecimal
     */
    public String pixelsSha256(String content) {
        return Sha256.hex((pixels + " " + content).getBytes(StandardCharsets.US_ASCII));
    }

    /** The reason why the bytes are no whole image, to complete the sentence "the file ..."; empty if they are one. */
    String fault(byte[] bytes) {
        return check(bytes).fault();
    }

    private static DataException undecodable(byte[] bytes, String name) {
        return new DataException(
                "%s must be an image that OpenCV can decode, but its %d bytes are not.".formatted(name, bytes.length));
    }

    /** Whether the bytes are in a format that OpenCV decodes, as all that are read here but GIF. */
    private static boolean isOpenCvs(byte[] bytes) {
        return ImageFormat.of(bytes).filter(format -> format != ImageFormat.GIF).isPresent();
    }

    /** Copies an image from OpenCV's channel order: [height, width, 3] of blue, green and red. */
    static RgbImage rgb(Mat bgr) {
        byte[] pixels = new byte[3 * bgr.rows() * bgr.cols()];
        bgr.data().get(pixels);
        for (int i = 0; i < pixels.length; i += 3) {
            byte blue = pixels[i];
            pixels[i] = pixels[i + 2];
            pixels[i + 2] = blue;
        }
        return new RgbImage(bgr.cols(), bgr.rows(), pixels);
    }
}
