package io.github.finessl.data;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_core.flip;
import static org.bytedeco.opencv.global.opencv_core.transpose;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_BGRA2BGR;
import static org.bytedeco.opencv.global.opencv_imgproc.COLOR_GRAY2BGR;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.cvtColor;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import io.github.finessl.augment.RgbImage;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/** {@link ImageDecoder#PHOTO}. */
final class PhotoDecoder {

    static final String DAMAGED = "ends early or is damaged";

    /** The message where Java's heap is too small; what OpenCV allocates lies outside of it. */
    private static final String TOO_MUCH = "needs more memory than there is";

    static final long MOST_PIXELS = 200_000_000;

    private static final long LONGEST_SIDE = 65_535;
    private static final long LARGE = 32_000_000;
    private static final int MOST_REDUCED = 8;

    /** What the check of a photo leaves of its short side, so that what it decodes will do for the usual 224 pixels. */
    private static final int KEPT_BY_CHECK = 256;

    private static final Object ONE_AT_A_TIME = new Object();

    /** Its message completes the sentence "the file ...". */
    static final class Undecodable extends Exception {

        private static final long serialVersionUID = 1;

        Undecodable(String reason) {
            super(reason);
        }

        Undecodable(String reason, Throwable cause) {
            super(reason, cause);
        }
    }

    private PhotoDecoder() {}

    /** Decodes a photo, reduced so far as its short side keeps so many pixels. */
    static ShrunkImage decode(byte[] bytes, int shortSide) throws Undecodable {
        PhotoHeader header = header(bytes);
        return shrunk(header, ShrunkImage.factor(shortSide(header), shortSide));
    }

    /**
     * Decodes a photo, for a look at whether it can be and for whoever wants {@value #KEPT_BY_CHECK} pixels of its short side.
     *
     * @return nothing for a small one, which is tried at an eighth of its size: a JPEG takes a quarter of the time then, and all of
     *     it is read just so
     */
    static Optional<ShrunkImage> check(byte[] bytes) throws Undecodable {
        PhotoHeader header = header(bytes);
        int factor = ShrunkImage.factor(shortSide(header), KEPT_BY_CHECK);
        ShrunkImage shrunk = shrunk(header, factor == 1 ? MOST_REDUCED : factor);
        return factor == 1 ? Optional.empty() : Optional.of(shrunk);
    }

    private static long shortSide(PhotoHeader header) {
        return Math.min(header.width(), header.height());
    }

    private static ShrunkImage shrunk(PhotoHeader header, int factor) throws Undecodable {
        return new ShrunkImage((int) shortSide(header), factor, decode(header, factor));
    }

    private static PhotoHeader header(byte[] bytes) throws Undecodable {
        PhotoHeader header;
        try {
            header = PhotoHeader.of(bytes);
        } catch (OutOfMemoryError | StackOverflowError e) {
            throw new Undecodable(TOO_MUCH, e);
        }
        long width = header.width();
        long height = header.height();
        if (Math.max(width, height) > LONGEST_SIDE || width * height > MOST_PIXELS) {
            throw new Undecodable("has %d x %d pixels, more than %d million in all or %d on a side"
                    .formatted(width, height, MOST_PIXELS / 1_000_000, LONGEST_SIDE));
        }
        return header;
    }

    private static RgbImage decode(PhotoHeader header, int factor) throws Undecodable {
        if (header.memory() != PhotoHeader.Memory.REDUCED && header.width() * header.height() > LARGE) {
            synchronized (ONE_AT_A_TIME) {
                return upright(header, factor);
            }
        }
        return upright(header, factor);
    }

    private static RgbImage upright(PhotoHeader header, int factor) throws Undecodable {
        boolean reduced = header.memory().comesReduced();
        try (Mat image = header.pixels().read(factor)) {
            if (!isOf(header, image, reduced ? factor : 1)) {
                throw new Undecodable(DAMAGED);
            }
            onWhite(eightBit(image));
            if (!reduced && factor > 1) {
                // rounded up, as libjpeg does
                try (Size size = new Size((image.cols() + factor - 1) / factor, (image.rows() + factor - 1) / factor)) {
                    resize(image, image, size, 0, 0, INTER_AREA);
                }
            }
            if (image.channels() != 3) {
                cvtColor(image, image, image.channels() == 4 ? COLOR_BGRA2BGR : COLOR_GRAY2BGR);
            }
            turn(image, header.orientation());
            return ImageDecoder.rgb(image);
        } catch (RuntimeException e) {
            throw new Undecodable(DAMAGED, e);
        } catch (OutOfMemoryError | StackOverflowError e) {
            throw new Undecodable(TOO_MUCH, e);
        }
    }

    /** Whether the header that was checked is that of the picture that was decoded. */
    private static boolean isOf(PhotoHeader header, Mat image, int factor) {
        return image.cols() == (header.width() + factor - 1) / factor
                && image.rows() == (header.height() + factor - 1) / factor;
    }

    /** Empty where OpenCV cannot decode it. */
    static Mat openCv(byte[] bytes, int flags) {
        try (BytePointer pointer = new BytePointer(bytes);
                Mat encoded = new Mat(1, bytes.length, CV_8UC1, pointer)) {
            return NativeErrors.unheard(() -> imdecode(encoded, flags));
        }
    }

    private static Mat eightBit(Mat image) {
        if (image.depth() == CV_16U) {
            image.convertTo(image, CV_8U, 1 / 257., 0);
        }
        return image;
    }

    static void onWhite(Mat image) {
        if (image.channels() != 4) {
            return;
        }
        ByteBuffer pixels = image.createBuffer();
        for (int i = 0; i < pixels.limit(); i += 4) {
            int alpha = pixels.get(i + 3) & 0xff;
            if (alpha < 255) {
                for (int channel = i; channel < i + 3; channel++) {
                    int colour = pixels.get(channel) & 0xff;
                    pixels.put(channel, (byte) ((colour * alpha + 255 * (255 - alpha) + 127) / 255));
                }
            }
        }
    }

    /** Turns an image upright, by EXIF's number for the place of the stored image's first row and column. */
    private static void turn(Mat image, int orientation) {
        if (orientation >= 5) {
            transpose(image, image);
        }
        switch (orientation) {
            case 2, 6 -> flip(image, image, 1); // left and right
            case 3, 7 -> flip(image, image, -1); // both
            case 4, 8 -> flip(image, image, 0); // up and down
            default -> {}
        }
    }
}
