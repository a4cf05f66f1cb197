package io.github.finessl.train;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.report.CurvePoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A checkpoint: all that a run needs to go on as if it had never stopped, the trained parameters but not the frozen
 * encoder.
 *
 * <p>Every random stream is a function of the seed, which is part of the identity, and of the step. On disk it is a zip
 * file: {@code checkpoint.json}, and each array as little-endian numbers in an entry of its own.
 *
 * @param identity everything that decides the run's result, encoder and data hashes included
 * @param step steps done
 * @param trainSeconds time spent on them
 * @param arrays parameters ({@code parameter/}), velocities ({@code velocity/}), running statistics of norms
 *     ({@code statistic/}), the method's memory ({@code method/}), the average of parameters and statistics ({@code
 *     average/}) and the best ones so far ({@code best/}), by name
 * @param best the best accuracy on the held-out part so far and its step; null where none is kept
 * @param curve so far
 */
record Checkpoint(
        Map<String, String> identity,
        long step,
        double trainSeconds,
        Map<String, INDArray> arrays,
        Best best,
        List<CurvePoint> curve) {
    private static final String HEADER = "checkpoint.json";

    /** Bytes of the longest header: a curve has a hundred points or so, each with a count for every class. */
    private static final long LONGEST_HEADER = 1L << 28;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The step and the accuracy of the best model on the held-out part. */
    record Best(long step, double accuracy) {}

    private record ArrayHeader(String name, String type, long[] shape) {}

    private record Header(
            Map<String, String> identity,
            long step,
            double trainSeconds,
            List<ArrayHeader> arrays,
            Best best,
            List<CurvePoint> curve) {}

    /** The arrays of one group, without its prefix. */
    Map<String, INDArray> group(String prefix) {
        Map<String, INDArray> group = new LinkedHashMap<>();
        arrays.forEach((name, array) -> {
            if (name.startsWith(prefix)) {
                group.put(name.substring(prefix.length()), array);
            }
        });
        return group;
    }

    /** Writes the file beside its place and moves it there. */
    void write(Path file) throws IOException {
        List<ArrayHeader> headers = arrays.entrySet().stream()
                .map(e -> new ArrayHeader(
                        e.getKey(), e.getValue().dataType().name(), e.getValue().shape()))
                .toList();
        AtomicFile.write(file, out -> {
            ZipOutputStream zip = new ZipOutputStream(out);
            zip.setLevel(Deflater.NO_COMPRESSION); // weights do not get smaller, only slower
            zip.putNextEntry(new ZipEntry(HEADER));
            zip.write(JSON.writeValueAsBytes(new Header(identity, step, trainSeconds, headers, best, curve)));
            for (Map.Entry<String, INDArray> array : arrays.entrySet()) {
                zip.putNextEntry(new ZipEntry(array.getKey()));
                zip.write(bytes(array.getValue()));
            }
            zip.finish();
        });
    }

    /**
     * Reads a checkpoint.
     *
     * @throws CheckpointException if it is missing, damaged or of another run than {@code expected}
     */
    static Checkpoint read(Path file, Map<String, String> expected) {
        Checkpoint checkpoint = read(file);
        checkpoint.requireSameRun(file, expected);
        return checkpoint;
    }

    /**
     * Reads a checkpoint of any run.
     *
     * @throws CheckpointException if it is missing or damaged
     */
    static Checkpoint read(Path file) {
        requireFile(file);
        Checkpoint checkpoint;
        try (ZipFile zip = new ZipFile(file.toFile())) {
            Header header = header(zip);
            Map<String, INDArray> arrays = new LinkedHashMap<>();
            for (ArrayHeader array : header.arrays()) {
                if (arrays.put(array.name(), array(array, entry(zip, array.name(), bytes(array)))) != null) {
                    throw new IOException("it has " + array.name() + " twice");
                }
            }
            checkpoint = new Checkpoint(
                    header.identity(), header.step(), header.trainSeconds(), arrays, header.best(), header.curve());
        } catch (IOException | RuntimeException e) {
            throw damaged(file, e);
        }
        return checkpoint;
    }

    /**
     * Reads what a checkpoint is of, without its arrays.
     *
     * @throws CheckpointException if it is missing or no checkpoint
     */
    static Map<String, String> identity(Path file) {
        requireFile(file);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return header(zip).identity();
        } catch (IOException | RuntimeException e) {
            throw damaged(file, e);
        }
    }

    private static void requireFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(file + " should be a checkpoint, but there is no such file.");
        }
    }

    private static CheckpointException damaged(Path file, Exception e) {
        return new CheckpointException(
                file + " should be a complete checkpoint, but it is damaged: " + e.getMessage() + ".", e);
    }

    private static Header header(ZipFile zip) throws IOException {
        Header header = JSON.readValue(entry(zip, HEADER, LONGEST_HEADER), new TypeReference<>() {});
        requireComplete(header);
        return header;
    }

    private static void requireComplete(Header header) throws IOException {
        if (header == null || header.identity() == null || header.arrays() == null || header.curve() == null) {
            throw new IOException("its " + HEADER + " must have identity, arrays and curve");
        }
        if (header.step() < 0) {
            throw new IOException("it must be at step 0 or later, not " + header.step());
        }
    }

    /**
     * Makes sure that a group has exactly the arrays expected.
     *
     * @param shapes by name, without the prefix
     * @throws CheckpointException if one is missing, unknown or of another shape
     */
    void requireGroup(Path file, String prefix, Map<String, long[]> shapes) {
        Map<String, INDArray> group = group(prefix);
        TreeSet<String> names = new TreeSet<>(group.keySet());
        names.addAll(shapes.keySet());
        for (String name : names) {
            String saved =
                    group.containsKey(name) ? Arrays.toString(group.get(name).shape()) : "nothing";
            String here = shapes.containsKey(name) ? Arrays.toString(shapes.get(name)) : "nothing";
            if (!saved.equals(here)) {
                throw new CheckpointException(file + " should be a checkpoint of this run, but its " + prefix + name
                        + " is " + saved + " instead of " + here + ".");
            }
        }
    }

    private void requireSameRun(Path file, Map<String, String> expected) {
        TreeSet<String> names = new TreeSet<>(identity.keySet());
        names.addAll(expected.keySet());
        Map<String, String> differences = new TreeMap<>();
        for (String name : names) {
            String saved = identity.getOrDefault(name, "nothing");
            String here = expected.getOrDefault(name, "nothing");
            if (!saved.equals(here)) {
                differences.put(name, saved + " there, " + here + " here");
            }
        }
        if (!differences.isEmpty()) {
            throw new CheckpointException(
                    file + " should be a checkpoint of this run, but it is of another one: " + differences + ".");
        }
    }

    /** No more than {@code most} bytes are unpacked, whatever the entry says. */
    private static byte[] entry(ZipFile zip, String name, long most) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new IOException("it has no " + name);
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes((int) Math.min(most + 1, Integer.MAX_VALUE));
            if (bytes.length > most) {
                throw new IOException(name + " should have at most " + most + " bytes, but has more");
            }
            CRC32 crc = new CRC32(); // ZipFile, unlike ZipInputStream, does not check it
            crc.update(bytes);
            if (crc.getValue() != entry.getCrc()) {
                throw new IOException("the checksum of " + name + " is wrong");
            }
            return bytes;
        }
    }

    private static byte[] bytes(INDArray array) {
        INDArray flat = array.dup('c').reshape(array.length());
        ByteBuffer buffer = ByteBuffer.allocate(
                        (int) (array.length() * array.dataType().width()))
                .order(ByteOrder.LITTLE_ENDIAN);
        switch (array.dataType()) {
            case FLOAT -> buffer.asFloatBuffer().put(flat.toFloatVector());
            case DOUBLE -> buffer.asDoubleBuffer().put(flat.toDoubleVector());
            default -> throw new IllegalArgumentException("checkpoints hold no arrays of " + array.dataType());
        }
        return buffer.array();
    }

    private static long bytes(ArrayHeader header) throws IOException {
        if (header == null || header.name() == null || header.type() == null || header.shape() == null) {
            throw new IOException("an array has no name, type or shape");
        }
        long length = DataType.valueOf(header.type()).width();
        for (long size : header.shape()) {
            if (size < 0) {
                throw new IOException(header.name() + " has a size of " + size);
            }
            length = Math.multiplyExact(length, size);
        }
        return length;
    }

    private static void requireFinite(ArrayHeader header, double value) throws IOException {
        // A method's averages begin as NaN.
        if (!Double.isFinite(value) && !header.name().startsWith(Trainer.METHOD)) {
            throw new IOException(header.name() + " holds " + value);
        }
    }

    private static INDArray array(ArrayHeader header, byte[] bytes) throws IOException {
        DataType type = DataType.valueOf(header.type());
        if (bytes.length != bytes(header)) {
            throw new IOException(header.name() + " should have " + bytes(header) + " bytes, but has " + bytes.length);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int n = bytes.length / type.width();
        INDArray flat = switch (type) {
            case FLOAT -> {
                float[] values = new float[n];
                buffer.asFloatBuffer().get(values);
                for (float value : values) {
                    requireFinite(header, value);
                }
                yield Nd4j.createFromArray(values);
            }
            case DOUBLE -> {
                double[] values = new double[n];
                buffer.asDoubleBuffer().get(values);
                for (double value : values) {
                    requireFinite(header, value);
                }
                yield Nd4j.createFromArray(values);
            }
            default -> throw new IOException("checkpoints hold no arrays of " + type);
        };
        return flat.reshape(header.shape());
    }
}
