package io.github.finessl.data;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/** Portable bitmaps, greymaps and pixmaps, P1 to P6, of any largest value: OpenCV takes each for 255 or 65,535. */
final class Pnm {

    private static final int MOST = 65_535;

    private final byte[] bytes;
    private final char form;
    private int at = 2;

    private Pnm(byte[] bytes) {
        this.bytes = bytes;
        form = (char) bytes[1];
    }

    static PhotoHeader header(byte[] bytes) throws PhotoDecoder.Undecodable {
        Pnm file = new Pnm(bytes);
        int width = file.number();
        int height = file.number();
        int most = file.isBits() ? 1 : file.number();
        if (most == 0 || most > MOST) {
            throw new PhotoDecoder.Undecodable("has %d for its largest value, not 1 to %d".formatted(most, MOST));
        }
        int pixels = file.at + 1;
        return new PhotoHeader(
                width,
                height,
                PhotoHeader.UPRIGHT,
                PhotoHeader.Memory.WHOLE,
                factor -> file.read(pixels, width, height, most));
    }

    private Mat read(int from, int width, int height, int most) throws PhotoDecoder.Undecodable {
        int channels = form == '3' || form == '6' ? 3 : 1;
        long row = form == '4' ? (width + 7) / 8 : (long) width * channels * (most > 255 ? 2 : 1);
        // of those that are spelled out a digit a value, and where there is more, space between them
        long least = isText() ? (long) width * height * channels * (form == '1' ? 1 : 2) - 1 : row * height;
        if (bytes.length - from < least) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        Mat image = new Mat(height, width, opencv_core.CV_8UC(channels));
        byte[] line = new byte[width * channels];
        at = from;
        try (BytePointer data = image.data()) {
            for (int y = 0; y < height; y++) {
                for (int i = 0; i < line.length; i++) {
                    int value = isText() ? value() : raw((int) (from + y * row), i, most);
                    int level = (int) ((Math.min(value, most) * 510L + most) / (2L * most));
                    line[channels == 3 ? i + 2 - 2 * (i % 3) : i] = (byte) (isBits() ? 255 - level : level);
                }
                data.position((long) y * line.length).put(line);
            }
        }
        return image;
    }

    private int raw(int row, int i, int most) {
        if (form == '4') {
            return (bytes[row + i / 8] >> (7 - i % 8)) & 1;
        }
        return most > 255
                ? ((bytes[row + 2 * i] & 0xff) << 8) + (bytes[row + 2 * i + 1] & 0xff)
                : bytes[row + i] & 0xff;
    }

    /** Reads a sample: in a plain bitmap a single digit, which needs no space before the next. */
    private int value() throws PhotoDecoder.Undecodable {
        if (form != '1') {
            return number();
        }
        skip();
        int digit = bytes[at++] - '0';
        if (digit != 0 && digit != 1) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        return digit;
    }

    private int number() throws PhotoDecoder.Undecodable {
        skip();
        int from = at;
        int number = 0;
        while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9' && at - from < 9) {
            number = 10 * number + bytes[at++] - '0';
        }
        if (at == from || (at < bytes.length && !isSpace(bytes[at]) && bytes[at] != '#')) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        return number;
    }

    private void skip() {
        while (isSpace(bytes[at]) || bytes[at] == '#') {
            if (bytes[at] == '#') {
                while (bytes[at] != '\n' && bytes[at] != '\r') {
                    at++;
                }
            }
            at++;
        }
    }

    private static boolean isSpace(byte character) {
        return character == ' ' || (character >= '\t' && character <= '\r');
    }

    private boolean isText() {
        return form <= '3';
    }

    private boolean isBits() {
        return form == '1' || form == '4';
    }
}
