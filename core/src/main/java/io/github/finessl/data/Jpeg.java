package io.github.finessl.data;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_REDUCED_COLOR_2;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_REDUCED_COLOR_4;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_REDUCED_COLOR_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Set;

/** The header of a JPEG file, read without decoding the file. */
final class Jpeg {

    private static final int START = 0xd8;
    private static final int END = 0xd9;
    private static final int SCAN = 0xda;
    private static final int COMMENT = 0xfe;
    private static final int PROGRESSIVE = 0xc2;
    private static final int EXIF = 0xe1;

    /** JFIF's and Adobe's, which say what the channels mean. */
    private static final Set<Integer> APPLICATIONS_OF_COLOUR = Set.of(0xe0, 0xee);

    /** Huffman tables, an extension, and arithmetic tables, which lie among the frames' markers. */
    private static final Set<Integer> NO_FRAMES = Set.of(0xc4, 0xc8, 0xcc);

    /** Markers of lossless frames, whose pixels are predicted from each other rather than transformed. */
    private static final Set<Integer> LOSSLESS = Set.of(0xc3, 0xc7, 0xcb, 0xcf);

    /** Each scan goes over all pixels, a few bytes being enough for it; ten or so are usual. */
    private static final long MOST_SCANNED = 20 * PhotoDecoder.MOST_PIXELS;

    private static final byte[] EXIF_NAME = {'E', 'x', 'i', 'f', 0, 0};

    private Jpeg() {}

    /** Whether the bytes begin as a JPEG file does. */
    static boolean is(byte[] bytes) {
        return bytes.length > 2 && bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xd8 && bytes[2] == (byte) 0xff;
    }

    /**
     * Reads the header from marker to marker as libjpeg does, which is given no more of the file than its picture
     * needs.
     */
    static PhotoHeader header(byte[] bytes) throws PhotoDecoder.Undecodable {
        if (isTruncated(bytes)) {
            throw new PhotoDecoder.Undecodable("ends before its image does");
        }
        ByteBuffer file = ByteBuffer.wrap(bytes);
        ByteArrayOutputStream kept = new ByteArrayOutputStream(bytes.length);
        kept.write(bytes, 0, 2);
        int frame = -1;
        int orientation = 0;
        int scans = 0;
        int end = 2;
        while (true) {
            int at = marker(file, end);
            if (scans > 0) {
                kept.write(bytes, end, at - 1 - end);
            }
            int marker = file.get(at) & 0xff;
            if (marker == END && scans > 0) {
                break;
            }
            int length = file.getShort(at + 1) & 0xffff;
            if (marker == START || marker == END || length < 2) {
                throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
            }
            if (marker == SCAN) {
                scans++;
            }
            if (isFrame(marker) && frame < 0) {
                frame = at;
            }
            boolean application = (marker & 0xf0) == 0xe0;
            if (marker == EXIF && orientation == 0 && begins(bytes, at + 3, length - 2)) {
                orientation = TiffTags.orientation(bytes, at + 3 + EXIF_NAME.length, length - 2 - EXIF_NAME.length);
            }
            if (marker != COMMENT && (!application || APPLICATIONS_OF_COLOUR.contains(marker))) {
                kept.write(0xff);
                kept.write(bytes, at, 1 + length);
            }
            end = at + 1 + length;
        }
        kept.write(0xff);
        kept.write(END);
        if (frame < 0) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        PhotoHeader header = header(file, frame, Math.max(orientation, PhotoHeader.UPRIGHT), kept.toByteArray());
        if (scans * header.width() * header.height() > MOST_SCANNED) {
            throw new PhotoDecoder.Undecodable("has %d scans of %d x %d pixels, which take too long"
                    .formatted(scans, header.width(), header.height()));
        }
        return header;
    }

    private static PhotoHeader header(ByteBuffer file, int frame, int orientation, byte[] kept)
            throws PhotoDecoder.Undecodable {
        int kind = file.get(frame) & 0xff;
        int bits = file.get(frame + 3);
        if (LOSSLESS.contains(kind) || bits != 8) {
            throw new PhotoDecoder.Undecodable("is a %s, which cannot be decoded here: save it as PNG or plain JPEG"
                    .formatted(LOSSLESS.contains(kind) ? "lossless JPEG" : "JPEG of %d bits".formatted(bits)));
        }
        return new PhotoHeader(
                file.getShort(frame + 6) & 0xffff,
                file.getShort(frame + 4) & 0xffff,
                orientation,
                kind == PROGRESSIVE ? PhotoHeader.Memory.REDUCED_AT_LAST : PhotoHeader.Memory.REDUCED,
                factor -> PhotoDecoder.openCv(kept, flags(factor)));
    }

    private static int flags(int factor) {
        int reduced = switch (factor) {
            case 2 -> IMREAD_REDUCED_COLOR_2;
            case 4 -> IMREAD_REDUCED_COLOR_4;
            case 8 -> IMREAD_REDUCED_COLOR_8;
            default -> IMREAD_COLOR;
        };
        return reduced | IMREAD_IGNORE_ORIENTATION;
    }

    /** The position of the second byte of the next marker that has a segment. */
    private static int marker(ByteBuffer file, int from) {
        int at = from;
        while (true) {
            while (file.get(at) != (byte) 0xff) {
                at++;
            }
            while (file.get(at) == (byte) 0xff) {
                at++;
            }
            int marker = file.get(at) & 0xff;
            if (marker > 0x01 && (marker < 0xd0 || marker > 0xd7)) {
                return at;
            }
        }
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.contains(marker);
    }

    private static boolean begins(byte[] bytes, int from, int length) {
        return length > EXIF_NAME.length
                && from + length <= bytes.length
                && ByteBuffer.wrap(bytes, from, EXIF_NAME.length).equals(ByteBuffer.wrap(EXIF_NAME));
    }

    /**
     * Whether the file ends before its image does. OpenCV would make the rest grey and say nothing; PIL refuses it. Goes from
     * marker to marker, so that a thumbnail's end is not taken for the image's.
     */
    static boolean isTruncated(byte[] bytes) {
        int at = 2;
        while (at + 1 < bytes.length) {
            if (bytes[at] != (byte) 0xff) {
                at++; // image data, or filling between segments
                continue;
            }
            int marker = bytes[at + 1] & 0xff;
            if (marker == END) {
                return false;
            }
            if (marker == 0xff) {
                at++;
            } else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
                at += 2; // 0xff as data, or a marker that stands alone
            } else if (at + 3 < bytes.length) {
                at += 2 + Math.max(2, ((bytes[at + 2] & 0xff) << 8) + (bytes[at + 3] & 0xff));
            } else {
                return true;
            }
        }
        return true;
    }
}
