package io.github.finessl.data;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The formats whose files are given to a decoder, told by their first bytes; OpenCV itself would open more. */
enum ImageFormat {
    JPEG("(?s)\u00ff\u00d8.*"),
    PNG("(?s)\u0089PNG\r\n\u001a\n.*"),
    WEBP("(?s)RIFF....WEBP.*"),
    GIF("(?s)GIF8.*"),
    BMP("(?s)BM.*"),
    TIFF("(?s)(II\\*\0|MM\0\\*).*"),
    PNM("(?s)P[1-6][\\s#].*");

    private static final int HEAD = 12;

    private final String head;

    ImageFormat(String head) {
        this.head = head;
    }

    static Optional<ImageFormat> of(byte[] bytes) {
        String head = head(bytes);
        for (ImageFormat format : values()) {
            if (head.matches(format.head)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** The first bytes, one a character. */
    static String head(byte[] bytes) {
        return new String(bytes, 0, Math.min(bytes.length, HEAD), StandardCharsets.ISO_8859_1);
    }
}
