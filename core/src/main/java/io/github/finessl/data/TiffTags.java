package io.github.finessl.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The first directory of a TIFF file, or of EXIF, which is one. Throws {@link IndexOutOfBoundsException} where it is cut off. */
final class TiffTags {

    private static final int ORIENTATION = 0x112;
    private static final int ENTRY = 12;

    private final ByteBuffer file;
    private final int directory;

    private TiffTags(ByteBuffer file) {
        this.file = file;
        directory = file.getInt(4);
    }

    static TiffTags of(byte[] bytes, int from, int length) {
        ByteBuffer file = ByteBuffer.wrap(bytes, from, length).slice();
        return new TiffTags(file.order(file.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN));
    }

    /** Upright where EXIF does not say, or is damaged. */
    static int orientation(byte[] bytes, int from, int length) {
        try {
            return of(bytes, from, length).orientation();
        } catch (IndexOutOfBoundsException e) {
            return PhotoHeader.UPRIGHT;
        }
    }

    int orientation() {
        long found = number(ORIENTATION, PhotoHeader.UPRIGHT);
        return found < 1 || found > 8 ? PhotoHeader.UPRIGHT : (int) found;
    }

    /** The first number of a tag, or what is meant where it is not there. */
    long number(int tag, long otherwise) {
        int entry = entry(tag);
        if (entry < 0) {
            return otherwise;
        }
        int type = file.getShort(entry + 2);
        long count = file.getInt(entry + 4) & 0xffffffffL;
        int bytes = switch (type) {
            case 1 -> 1;
            case 3 -> 2;
            case 4 -> 4;
            default -> 0;
        };
        if (bytes == 0 || count == 0) {
            return otherwise;
        }
        int at = bytes * count <= 4 ? entry + 8 : file.getInt(entry + 8);
        return switch (bytes) {
            case 1 -> file.get(at) & 0xff;
            case 2 -> file.getShort(at) & 0xffff;
            default -> file.getInt(at) & 0xffffffffL;
        };
    }

    /** The file with another number in the place of a tag's only one, where it has that tag. */
    byte[] with(int tag, int number) {
        byte[] bytes = new byte[file.capacity()];
        file.duplicate().clear().get(bytes);
        int entry = entry(tag);
        if (entry >= 0) {
            ByteBuffer value = ByteBuffer.wrap(bytes).order(file.order());
            switch (value.getShort(entry + 2)) {
                case 1 -> value.put(entry + 8, (byte) number);
                case 3 -> value.putShort(entry + 8, (short) number);
                default -> value.putInt(entry + 8, number);
            }
        }
        return bytes;
    }

    boolean has(int tag) {
        return entry(tag) >= 0;
    }

    /** The position of a tag's first entry, -1 if there is none: later ones do not count, as libtiff sees it. */
    private int entry(int tag) {
        int entries = file.getShort(directory) & 0xffff;
        for (int i = 0; i < entries; i++) {
            int at = directory + 2 + ENTRY * i;
            if ((file.getShort(at) & 0xffff) == tag) {
                return at;
            }
        }
        return -1;
    }
}
