package io.github.finessl.report;

import io.github.finessl.io.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.nd4j.shade.protobuf.ByteString;
import org.nd4j.shade.protobuf.CodedOutputStream;
import org.tensorflow.framework.Summary;

/**
 * An event file that TensorBoard shows as it grows: after each call all of it is with the operating system.
 *
 * <p>Records as in TensorFlow's {@code core/lib/io/record_writer.h}, each an {@code Event} of {@code core/util/event.proto}.
 */
public final class EventFile implements Closeable {
    private static final String NAME = "events.out.tfevents.";
    private static final String FORMAT = "brain.Event:2";

    /** Numbers of the fields of {@code Event}. */
    private static final int WALL_TIME = 1;

    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;

    private static final int CRC_BITS_TURNED = 15;
    private static final int CRC_ADDED = 0xa282ead8;

    private final Path file;
    private final OutputStream out;

    EventFile(Path file, OutputStream out) throws IOException {
        this.file = file;
        this.out = out;
        write(event -> event.writeString(FILE_VERSION, FORMAT));
    }

    /**
     * Creates an event file that the directory, made where it is missing, does not have yet.
     *
     * @throws IOException naming what cannot be written
     */
    public static EventFile create(Path directory) throws IOException {
        String begin = NAME
                + String.format(
                        Locale.ROOT,
                        "%010d.%s.%d.",
                        System.currentTimeMillis() / 1000,
                        host(),
                        ProcessHandle.current().pid());
        int number = 0;
        while (Files.exists(path(directory, begin, number))) {
            number++;
        }
        Path file = path(directory, begin, number);
        OutputStream out;
        try {
            AtomicFile.makeDirectories(directory);
            out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw unwritten(file, e);
        }
        return new EventFile(file, out);
    }

    private static Path path(Path directory, String begin, int number) {
        return directory.resolve(begin + number + ".v2");
    }

    private static IOException unwritten(Path file, IOException e) {
        return new IOException("The event file " + file + " could not be written: " + e + ".", e);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /**
     * The event files of a directory, in the order in which TensorBoard reads them; none where there is no directory.
     */
    public static List<Path> allIn(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(each -> each.getFileName().toString().startsWith(NAME))
                    .sorted()
                    .toList();
        }
    }

    /** The file's path. */
    public Path path() {
        return file;
    }

    /**
     * Adds a point to each of some curves.
     *
     * @param values by tag; what stands before a tag's first slash names its group
     * @throws IOException naming the file
     */
    public void scalars(long step, Map<String, Double> values) throws IOException {
        Summary.Builder summary = Summary.newBuilder();
        values.forEach((tag, value) ->
                summary.addValue(Summary.Value.newBuilder().setTag(tag).setSimpleValue(value.floatValue())));
        summary(step, summary.build());
    }

    /**
     * Adds an image.
     *
     * @throws IOException naming the file
     */
    public void image(long step, String tag, BufferedImage image) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream encoder = new MemoryCacheImageOutputStream(png)) {
            ImageIO.write(image, "png", encoder);
        }
        Summary.Image encoded = Summary.Image.newBuilder()
                .setHeight(image.getHeight())
                .setWidth(image.getWidth())
                .setColorspace(image.getColorModel().getNumComponents())
                .setEncodedImageString(ByteString.copyFrom(png.toByteArray()))
                .build();
        summary(
                step,
                Summary.newBuilder()
                        .addValue(Summary.Value.newBuilder().setTag(tag).setImage(encoded))
                        .build());
    }

    private void summary(long step, Summary summary) throws IOException {
        write(event -> {
            event.writeInt64(STEP, step);
            event.writeMessage(SUMMARY, summary);
        });
    }

    @FunctionalInterface
    private interface Fields {
        void writeTo(CodedOutputStream event) throws IOException;
    }

    /** Writes an event of now, its record in one piece. */
    private void write(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream event = CodedOutputStream.newInstance(bytes);
        event.writeDouble(WALL_TIME, System.currentTimeMillis() / 1e3);
        fields.writeTo(event);
        event.flush();
        try {
            out.write(record(bytes.toByteArray()));
        } catch (IOException e) {
            throw unwritten(file, e);
        }
    }

    /** Length (8 bytes), its checksum (4), the data, their checksum (4); little-endian. */
    static byte[] record(byte[] data) {
        ByteBuffer record = ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + data.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(data.length);
        record.putInt(masked(Arrays.copyOf(record.array(), Long.BYTES)));
        record.put(data).putInt(masked(data));
        return record.array();
    }

    /** CRC-32C, turned and shifted, so that data may hold checksums themselves. */
    private static int masked(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return Integer.rotateRight((int) crc.getValue(), CRC_BITS_TURNED) + CRC_ADDED;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
