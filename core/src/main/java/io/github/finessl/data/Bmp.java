package io.github.finessl.data;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_UNCHANGED;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The header of a BMP file. */
final class Bmp {

    private static final int OLDEST = 12;
    private static final int WITH_ALPHA = 56;
    private static final int MASKS = 3;
    private static final int ALPHA_MASK = 66;

    private Bmp() {}

    static PhotoHeader header(byte[] bytes) {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int form = file.getInt(14);
        boolean oldest = form == OLDEST;
        long width = oldest ? file.getShort(18) & 0xffff : file.getInt(18);
        long height = oldest ? file.getShort(20) & 0xffff : file.getInt(22);
        boolean transparent = form >= WITH_ALPHA
                && file.getShort(28) == 32
                && file.getInt(30) == MASKS
                && file.getInt(ALPHA_MASK) == 0xff000000;
        int flags = transparent ? IMREAD_UNCHANGED : IMREAD_COLOR;
        return new PhotoHeader(
                width,
                Math.abs(height), // from the top down where it is negative
                PhotoHeader.UPRIGHT,
                PhotoHeader.Memory.WHOLE,
                factor -> PhotoDecoder.openCv(bytes, flags));
    }
}
