package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/** Reads event files with TensorFlow's own messages and checks the checksums of every record. */
public final class EventRecords {
    private static final int CASTAGNOLI_REFLECTED = 0x82F63B78;
    private static final long MASK_DELTA = 0xA282EAD8L;

    private EventRecords() {}

    /** All events of a file. */
    public static List<Event> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte[] length = next(bytes, Long.BYTES);
            assertThat(unmasked(bytes.getInt())).isEqualTo(crc32c(length));
            byte[] data = next(
                    bytes,
                    Math.toIntExact(ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()));
            assertThat(unmasked(bytes.getInt())).isEqualTo(crc32c(data));
            events.add(Event.parseFrom(data));
        }
        return events;
    }

    /** The only event file of a directory. */
    public static Path only(Path directory) throws IOException {
        List<Path> files = EventFile.allIn(directory);
        assertThat(files).hasSize(1);
        return files.get(0);
    }

    /** Every scalar of a directory's event file, by tag and step; none is there twice. */
    public static Map<String, Map<Long, Float>> scalars(Path directory) throws IOException {
        Map<String, Map<Long, Float>> scalars = new TreeMap<>();
        for (Event event : read(only(directory))) {
            for (Summary.Value value : event.getSummary().getValueList()) {
                if (value.hasSimpleValue()) {
                    Float before = scalars.computeIfAbsent(value.getTag(), tag -> new TreeMap<>())
                            .put(event.getStep(), value.getSimpleValue());
                    assertThat(before)
                            .as("%s at step %d before", value.getTag(), event.getStep())
                            .isNull();
                }
            }
        }
        return scalars;
    }

    private static byte[] next(ByteBuffer bytes, int count) {
        byte[] next = new byte[count];
        bytes.get(next);
        return next;
    }

    /** As TensorFlow's crc32c.h takes the mask off. */
    private static long unmasked(int masked) {
        long turned = Integer.toUnsignedLong(masked) - MASK_DELTA & 0xFFFFFFFFL;
        return (turned >>> 17 | turned << 15) & 0xFFFFFFFFL;
    }

    /** By the definition, bit for bit. */
    static long crc32c(byte[] data) {
        int crc = -1;
        for (byte each : data) {
            crc ^= each & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : CASTAGNOLI_REFLECTED);
            }
        }
        return Integer.toUnsignedLong(~crc);
    }
}
