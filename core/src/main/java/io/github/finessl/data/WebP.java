package io.github.finessl.data;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_UNCHANGED;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;

/** The chunks of a WebP file, of which OpenCV is given the first picture. */
final class WebP {

    private static final int FIRST = 12;
    private static final int ALPHA = 0x10;
    private static final int WHITE = 255;

    /** The place of a picture on the canvas. */
    private record Place(int x, int y, int width, int height) {}

    private final byte[] bytes;
    private final ByteBuffer file;
    private Place place;
    private byte[] alpha = {};
    private byte[] picture;
    private int width;
    private int height;
    private int orientation;

    private WebP(byte[] bytes) {
        this.bytes = bytes;
        file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static PhotoHeader header(byte[] bytes) throws PhotoDecoder.Undecodable {
        return new WebP(bytes).header();
    }

    private PhotoHeader header() throws PhotoDecoder.Undecodable {
        Place canvas = null;
        for (int at = FIRST; at + 8 <= bytes.length; at = next(at)) {
            switch (name(at)) {
                case "VP8X" ->
                    canvas = canvas == null ? new Place(0, 0, three(at + 12) + 1, three(at + 15) + 1) : canvas;
                case "ANMF" -> frame(at);
                case "EXIF" -> exif(at);
                default -> picture(at);
            }
        }
        if (picture == null) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        Place whole = canvas == null ? new Place(0, 0, width, height) : canvas;
        Place within = place == null ? whole : place;
        boolean fits = within.x + (long) within.width <= whole.width && within.y + (long) within.height <= whole.height;
        if (!fits || within.width != width || within.height != height) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        byte[] still = still();
        return new PhotoHeader(
                whole.width,
                whole.height,
                Math.max(orientation, PhotoHeader.UPRIGHT),
                PhotoHeader.Memory.WHOLE,
                factor -> onCanvas(PhotoDecoder.openCv(still, IMREAD_UNCHANGED), within, whole));
    }

    /** The first of those that move; the others are passed over. */
    private void frame(int at) {
        if (picture != null) {
            return;
        }
        place = new Place(2 * three(at + 8), 2 * three(at + 11), three(at + 14) + 1, three(at + 17) + 1);
        int end = Math.min(bytes.length, next(at));
        for (int part = at + 24; part + 8 <= end; part = next(part)) {
            picture(part);
        }
    }

    private void picture(int at) {
        String name = name(at);
        if (picture != null) {
            return;
        }
        if (name.equals("ALPH")) {
            alpha = chunk(at);
        } else if (name.equals("VP8 ")) {
            picture = chunk(at);
            width = file.getShort(at + 14) & 0x3fff;
            height = file.getShort(at + 16) & 0x3fff;
        } else if (name.equals("VP8L")) {
            picture = chunk(at);
            alpha = new byte[0];
            int sizes = file.getInt(at + 9);
            width = (sizes & 0x3fff) + 1;
            height = ((sizes >> 14) & 0x3fff) + 1;
        }
    }

    private void exif(int at) {
        if (orientation != 0) {
            return;
        }
        boolean named = at + 14 <= bytes.length && "Exif\0\0".equals(text(at + 8, 6));
        int from = at + 8 + (named ? 6 : 0);
        orientation = TiffTags.orientation(bytes, from, Math.max(0, Math.min(bytes.length, next(at)) - from));
    }

    private byte[] still() {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream(picture.length + alpha.length + 40);
        chunks.writeBytes("WEBP".getBytes(StandardCharsets.US_ASCII));
        if (alpha.length > 0) {
            byte[] chunk = new byte[18];
            ByteBuffer extended = little(chunk)
                    .put("VP8X".getBytes(StandardCharsets.US_ASCII))
                    .putInt(10)
                    .putInt(ALPHA);
            for (int side : new int[] {width - 1, height - 1}) {
                extended.put((byte) side).put((byte) (side >> 8)).put((byte) (side >> 16));
            }
            chunks.writeBytes(chunk);
            chunks.writeBytes(alpha);
        }
        chunks.writeBytes(picture);
        byte[] whole = new byte[8 + chunks.size()];
        little(whole)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(chunks.size())
                .put(chunks.toByteArray());
        return whole;
    }

    private static Mat onCanvas(Mat image, Place within, Place whole) {
        if (image.empty() || within.equals(whole)) {
            return image;
        }
        try (image) {
            PhotoDecoder.onWhite(image);
            Mat canvas = new Mat(whole.height, whole.width, opencv_core.CV_8UC3, Scalar.all(WHITE));
            try (Rect rectangle = new Rect(within.x, within.y, within.width, within.height);
                    Mat part = canvas.apply(rectangle)) {
                if (image.channels() == 4) {
                    opencv_imgproc.cvtColor(image, part, opencv_imgproc.COLOR_BGRA2BGR);
                } else {
                    image.copyTo(part);
                }
            }
            return canvas;
        }
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The bytes of a chunk with its padding; fewer where the file is cut off. */
    private byte[] chunk(int at) {
        return Arrays.copyOfRange(bytes, at, Math.min(bytes.length, next(at)));
    }

    private int next(int at) {
        long length = file.getInt(at + 4) & 0xffffffffL;
        return (int) Math.min(bytes.length, at + 8 + length + length % 2);
    }

    private String name(int at) {
        return text(at, 4);
    }

    private String text(int at, int length) {
        return new String(bytes, at, length, StandardCharsets.ISO_8859_1);
    }

    private int three(int at) {
        return (file.getShort(at) & 0xffff) + ((file.get(at + 2) & 0xff) << 16);
    }
}
