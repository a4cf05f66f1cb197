package io.github.finessl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * Reference arrays among the test resources: {@code name.json} lists name, dtype, shape, offset and nbytes of each array
 * in {@code name.bin} (little-endian, C order).
 */
public final class Golden {

    private final String base;
    private final Map<String, Entry> entries;

    private Golden(String base, Map<String, Entry> entries) {
        this.base = base;
        this.entries = entries;
    }

    /** Opens a pair such as {@code golden/augment/augment}, from which {@code .json} and {@code .bin} are read. */
    public static Golden open(String resourceBase) {
        byte[] data = read(resourceBase + ".bin");
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (JsonNode node : json(resourceBase + ".json")) {
            int offset = node.get("offset").intValue();
            int[] shape = new int[node.get("shape").size()];
            Arrays.setAll(shape, i -> node.get("shape").get(i).intValue());
            byte[] bytes =
                    Arrays.copyOfRange(data, offset, offset + node.get("nbytes").intValue());
            entries.put(
                    node.get("name").textValue(),
                    new Entry(node.get("name").textValue(), node.get("dtype").textValue(), shape, bytes));
        }
        return new Golden(resourceBase, entries);
    }

    /** A JSON resource, for example {@code golden/misc.json}. */
    public static JsonNode json(String resource) {
        try {
            return new ObjectMapper().readTree(read(resource));
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }

    /** The names in the order of the file. */
    public Set<String> names() {
        return entries.keySet();
    }

    public Entry get(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new NoSuchElementException(name + " is not in " + base + ", which has " + names());
        }
        return entry;
    }

    private static byte[] read(String resource) {
        try (InputStream in = Golden.class.getResourceAsStream("/" + resource)) {
            if (in == null) {
                throw new FileNotFoundException("test resource /" + resource);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }

    /** One array; the accessors convert from whatever number type the file holds. */
    public static final class Entry {

        private final String name;
        private final String dtype;
        private final int[] shape;
        private final byte[] bytes;

        private Entry(String name, String dtype, int[] shape, byte[] bytes) {
            this.name = name;
            this.dtype = dtype;
            this.shape = shape;
            this.bytes = bytes;
        }

        public int[] shape() {
            return shape.clone();
        }

        /** numpy's name: uint8, int32, int64, float32 or float64. */
        public String dtype() {
            return dtype;
        }

        public int length() {
            return Arrays.stream(shape).reduce(1, Math::multiplyExact);
        }

        /** The bytes of a uint8 array (128 to 255 are negative, as everywhere in Java). */
        public byte[] bytes() {
            if (!dtype.equals("uint8")) {
                throw new IllegalStateException(name + " is " + dtype + ", not uint8");
            }
            return bytes.clone();
        }

        public double[] doubles() {
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            double[] values = new double[length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = switch (dtype) {
                    case "uint8" -> buffer.get() & 0xff;
                    case "bool" -> buffer.get();
                    case "int32" -> buffer.getInt();
                    case "int64" -> buffer.getLong();
                    case "float32" -> buffer.getFloat();
                    case "float64" -> buffer.getDouble();
                    default -> throw new IllegalStateException(name + " has the unknown dtype " + dtype);
                };
            }
            return values;
        }

        public float[] floats() {
            double[] values = doubles();
            float[] floats = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                floats[i] = (float) values[i];
            }
            return floats;
        }

        public int[] ints() {
            return Arrays.stream(doubles()).mapToInt(v -> (int) v).toArray();
        }
    }
}
