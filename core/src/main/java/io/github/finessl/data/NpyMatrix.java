package io.github.finessl.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** NumPy's format of one array, as far as matrices of real numbers go. ND4J's own reader scrambles Fortran order. */
final class NpyMatrix {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,?\\s*\\)");

    private NpyMatrix() {}

    /**
     * A matrix as f32.
     *
     * @param name for messages
     * @throws DataException if it is no matrix of f4 or f8
     */
    static float[][] parse(String name, byte[] bytes) {
        if (bytes.length < 12 || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new DataException(name + " should be an array in NumPy's format, but does not begin like one.");
        }
        ByteBuffer buffer =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(8);
        long length = bytes[6] == 1 ? Short.toUnsignedInt(buffer.getShort()) : Integer.toUnsignedLong(buffer.getInt());
        if (length > buffer.remaining()) {
            throw new DataException(name + " should be an array in NumPy's format, but ends within its header.");
        }
        byte[] text = new byte[(int) length];
        buffer.get(text);
        String header = new String(text, StandardCharsets.ISO_8859_1);
        String type = found(name, TYPE, header).group(1);
        boolean fortran = found(name, FORTRAN, header).group(1).equals("True");
        Matcher shape = found(name, SHAPE, header);
        if (!type.matches("[<>]f[48]")) {
            throw new DataException(name + " should hold numbers of type f4 or f8, but holds " + type + ".");
        }
        buffer.order(type.startsWith("<") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        boolean wide = type.endsWith("8");
        long rows = parsed(name, shape.group(1));
        long columns = parsed(name, shape.group(2));
        if (rows * columns * (wide ? Double.BYTES : Float.BYTES) != buffer.remaining()) {
            throw new DataException("%s should hold %d×%d numbers of type %s, but has %d bytes of them."
                    .formatted(name, rows, columns, type, buffer.remaining()));
        }
        float[][] matrix = new float[(int) rows][(int) columns];
        for (int i = 0; i < rows * columns; i++) {
            float value = wide ? (float) buffer.getDouble() : buffer.getFloat();
            if (fortran) {
                matrix[(int) (i % rows)][(int) (i / rows)] = value;
            } else {
                matrix[(int) (i / columns)][(int) (i % columns)] = value;
            }
        }
        return matrix;
    }

    private static Matcher found(String name, Pattern wanted, String header) {
        Matcher matcher = wanted.matcher(header);
        if (!matcher.find()) {
            throw new DataException(
                    name + " should be a matrix, a row for each class, but its header is " + header.strip() + ".");
        }
        return matcher;
    }

    private static long parsed(String name, String size) {
        if (size.length() > 7) {
            throw new DataException(name + " should have a row for each class, but says that it is " + size + " long.");
        }
        return Long.parseLong(size);
    }
}
