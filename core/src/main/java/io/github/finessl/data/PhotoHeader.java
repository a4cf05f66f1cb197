package io.github.finessl.data;

import org.bytedeco.opencv.opencv_core.Mat;

/**
 * The header of a photo's file, read by our own code: readers of whole metadata follow what is nested or chained in
 * them for as long as the file likes.
 *
 * @param width in pixels, as the decoder gives them: not yet upright
 * @param orientation how to turn it, 1 to 8 as in EXIF; 1 is upright
 * @param memory what decoding it takes
 */
record PhotoHeader(long width, long height, int orientation, Memory memory, Pixels pixels) {

    static final int UPRIGHT = 1;

    private static final int BRAND = 8;

    /** The memory that decoding a photo takes. */
    enum Memory {
        /** Only its pixels, at a fraction of its size from the start. */
        REDUCED,
        /** More than its pixels, which come at a fraction of its size: a progressive JPEG's coefficients. */
        REDUCED_AT_LAST,
        /** All pixels at full size. */
        WHOLE;

        boolean comesReduced() {
            return this != WHOLE;
        }
    }

    /** Decodes a photo. */
    @FunctionalInterface
    interface Pixels {
        /**
         * Blue, green and red, grey, or with transparency, 8 or 16 bits each.
         *
         * @param factor 1, 2, 4 or 8, by which it is reduced where it comes so
         * @return empty where it is damaged
         */
        Mat read(int factor) throws PhotoDecoder.Undecodable;
    }

    static PhotoHeader of(byte[] bytes) throws PhotoDecoder.Undecodable {
        if (bytes.length == 0) {
            throw new PhotoDecoder.Undecodable("is empty");
        }
        ImageFormat format = ImageFormat.of(bytes)
                .orElseThrow(() -> new PhotoDecoder.Undecodable(otherwise(ImageFormat.head(bytes))));
        PhotoHeader header;
        try {
            header = of(format, bytes);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED, e);
        }
        if (header.width <= 0 || header.height <= 0) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        return header;
    }

    private static PhotoHeader of(ImageFormat format, byte[] bytes) throws PhotoDecoder.Undecodable {
        return switch (format) {
            case JPEG -> Jpeg.header(bytes);
            case PNG -> Png.header(bytes);
            case WEBP -> WebP.header(bytes);
            case GIF -> GifFrame.header(bytes);
            case BMP -> Bmp.header(bytes);
            case TIFF -> Tiff.header(bytes);
            case PNM -> Pnm.header(bytes);
        };
    }

    private static String otherwise(String head) {
        if (head.startsWith("II+\0") || head.startsWith("MM\0+")) {
            return "is a Big TIFF, which cannot be decoded here: save it as plain TIFF, PNG or JPEG";
        }
        if (head.startsWith("jP  ", 4)) {
            return "is a JPEG 2000 image, which cannot be decoded here: save it as JPEG";
        }
        if (head.length() < 12 || !head.startsWith("ftyp", 4)) {
            return "is neither JPEG, PNG, WebP, GIF, BMP, TIFF nor PNM";
        }
        String brand = head.substring(BRAND);
        String kind = brand.startsWith("avi")
                ? "an AVIF image"
                : brand.matches("he[iv].|m[is]f1") ? "a HEIC photo" : "a video or the like";
        return "is %s, which cannot be decoded here: save it as JPEG".formatted(kind);
    }
}
