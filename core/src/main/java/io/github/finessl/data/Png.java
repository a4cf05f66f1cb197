package io.github.finessl.data;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_UNCHANGED;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import org.bytedeco.opencv.opencv_core.Mat;

/** The chunks of a PNG file, of which OpenCV is given those that make the picture. */
final class Png {

    private static final int SIGNATURE = 8;
    private static final int HEADER = chunk("IHDR");
    private static final int TRANSPARENT = chunk("tRNS");
    private static final int EXIF = chunk("eXIf");
    private static final int LAST = chunk("IEND");
    private static final int AROUND = 12;

    private static final int GREY = 0;
    private static final int RGB = 2;

    private Png() {}

    static PhotoHeader header(byte[] bytes) throws PhotoDecoder.Undecodable {
        ByteBuffer file = ByteBuffer.wrap(bytes);
        if (file.getInt(SIGNATURE + 4) != HEADER) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        int bits = bytes[SIGNATURE + 16];
        int colour = bytes[SIGNATURE + 17];
        boolean keyed = colour == GREY || colour == RGB;
        ByteArrayOutputStream kept = new ByteArrayOutputStream(bytes.length);
        kept.write(bytes, 0, SIGNATURE);
        int[] key = {};
        int orientation = 0;
        int at = SIGNATURE;
        while (at + AROUND <= bytes.length) {
            int length = file.getInt(at);
            int type = file.getInt(at + 4);
            if (length < 0 || length > bytes.length - at - AROUND) {
                break;
            }
            if (type == TRANSPARENT && keyed && key.length == 0) {
                key = key(file, at + 8, colour == GREY ? 1 : 3, bits);
            }
            if (type == EXIF && orientation == 0) {
                orientation = TiffTags.orientation(bytes, at + 8, length);
            }
            boolean needed = Character.isUpperCase(type >>> 24);
            if (needed || (type == TRANSPARENT && !keyed)) {
                kept.write(bytes, at, AROUND + length);
            }
            at += AROUND + length;
            if (type == LAST) {
                break;
            }
        }
        kept.write(bytes, at, bytes.length - at);
        byte[] picture = kept.toByteArray();
        int[] transparent = key;
        return new PhotoHeader(
                file.getInt(SIGNATURE + 8),
                file.getInt(SIGNATURE + 12),
                Math.max(orientation, PhotoHeader.UPRIGHT),
                PhotoHeader.Memory.WHOLE,
                factor -> whitened(PhotoDecoder.openCv(picture, IMREAD_UNCHANGED), transparent));
    }

    /** The colour that stands for transparency, as OpenCV gives it: few bits become eight, and blue comes first. */
    private static int[] key(ByteBuffer file, int at, int channels, int bits) {
        int most = (1 << bits) - 1;
        int[] key = new int[channels];
        for (int i = 0; i < channels; i++) {
            int value = file.getShort(at + 2 * i) & most;
            key[channels - 1 - i] = bits < 8 ? value * 255 / most : value;
        }
        return key;
    }

    private static Mat whitened(Mat image, int[] key) {
        if (key.length == 0 || image.channels() != key.length) {
            return image;
        }
        if (image.elemSize1() == 1) {
            whiten(image.<ByteBuffer>createBuffer(), key);
        } else {
            whiten(image.<ShortBuffer>createBuffer(), key);
        }
        return image;
    }

    private static void whiten(ByteBuffer pixels, int[] key) {
        for (int i = 0; i < pixels.limit(); i += key.length) {
            boolean same = true;
            for (int channel = 0; channel < key.length; channel++) {
                same &= (pixels.get(i + channel) & 0xff) == key[channel];
            }
            for (int channel = 0; same && channel < key.length; channel++) {
                pixels.put(i + channel, (byte) 0xff);
            }
        }
    }

    private static void whiten(ShortBuffer pixels, int[] key) {
        for (int i = 0; i < pixels.limit(); i += key.length) {
            boolean same = true;
            for (int channel = 0; channel < key.length; channel++) {
                same &= (pixels.get(i + channel) & 0xffff) == key[channel];
            }
            for (int channel = 0; same && channel < key.length; channel++) {
                pixels.put(i + channel, (short) 0xffff);
            }
        }
    }

    private static int chunk(String name) {
        return ByteBuffer.wrap(name.getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .order(ByteOrder.BIG_ENDIAN)
                .getInt();
    }
}
