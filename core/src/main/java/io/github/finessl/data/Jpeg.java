package io.github.finessl.data;

/** What can be told of a JPEG file without decoding it. */
final class Jpeg {

    private static final int END = 0xd9;

    private Jpeg() {}

    /** Whether the bytes begin as a JPEG file does. */
    static boolean is(byte[] bytes) {
        return bytes.length > 2 && bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xd8 && bytes[2] == (byte) 0xff;
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
