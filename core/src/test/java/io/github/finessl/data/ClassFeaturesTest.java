package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassFeaturesTest {
    private static final List<String> CLASSES = List.of("cat", "dog, big");
    private static final float[][] ROWS = {{1, 2, 3}, {4, 5, 6}};

    @TempDir
    private Path directory;

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(directory.resolve(name), bytes);
    }

    private Path file(String name, String text) throws IOException {
        return file(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Of version 1, as numpy.save writes it. */
    private static byte[] npy(String type, boolean fortran, String shape, double... values) {
        String header = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"
                .formatted(type, fortran ? "True" : "False", shape);
        header += " ".repeat(Math.floorMod(-(10 + header.length() + 1), 64)) + "\n";
        boolean wide = type.endsWith("8");
        ByteBuffer buffer = ByteBuffer.allocate(10 + header.length() + values.length * (wide ? 8 : 4))
                .order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        buffer.putShort((short) header.length()).put(header.getBytes(StandardCharsets.ISO_8859_1));
        buffer.order(type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(v -> {
            if (wide) {
                buffer.putDouble(v);
            } else {
                buffer.putFloat((float) v);
            }
        });
        return buffer.array();
    }

    @ParameterizedTest
    @CsvSource({"<f4, false", "<f8, false", ">f4, false", "<f4, true", ">f8, true"})
    void numpyMatrices(String type, boolean fortran) throws IOException {
        byte[] bytes =
                fortran ? npy(type, true, "(2, 3)", 1, 4, 2, 5, 3, 6) : npy(type, false, "(2, 3)", 1, 2, 3, 4, 5, 6);
        assertThat(ClassFeatures.read(file("f.npy", bytes), CLASSES)).isDeepEqualTo(ROWS);
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(archive)) {
            zip.putNextEntry(new ZipEntry("features.npy"));
            zip.write(bytes);
        }
        assertThat(ClassFeatures.read(file("f.npz", archive.toByteArray()), CLASSES))
                .isDeepEqualTo(ROWS);
    }

    @Test
    void csv() throws IOException {
        assertThat(ClassFeatures.read(file("plain.csv", "1, 2, 3\n4,5,6\n"), CLASSES))
                .isDeepEqualTo(ROWS);
        assertThat(ClassFeatures.read(file("named.csv", "\"dog, big\",4,5,6\n\ncat,1,2,3\n"), CLASSES))
                .isDeepEqualTo(ROWS);
    }

    private void assertRefused(Path file, String why) {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> ClassFeatures.read(file, CLASSES))
                .withMessageContaining(file.toString())
                .withMessageContaining(why);
    }

    @Test
    void badFiles() throws IOException {
        assertRefused(directory.resolve("missing.npy"), "does not exist");
        assertRefused(file("f.txt", "1"), "should be a .npy, .npz or .csv file");
        assertRefused(file("noise.npy", "no numpy at all"), "does not begin like one");
        assertRefused(file("i8.npy", npy("<i8", false, "(2, 3)", 1, 2, 3, 4, 5, 6)), "holds <i8");
        assertRefused(file("1d.npy", npy("<f4", false, "(6,)", 1, 2, 3, 4, 5, 6)), "should be a matrix");
        assertRefused(file("short.npy", npy("<f4", false, "(2, 3)", 1, 2, 3)), "should hold 2×3 numbers");
        assertRefused(file("lie.npy", npy("<f4", false, "(2, 99999999999)", 1)), "says that it is 99999999999 long");
        assertRefused(file("rows.npy", npy("<f4", false, "(1, 3)", 1, 2, 3)), "each of 2 classes, but has 1");
        assertRefused(file("nan.npy", npy("<f4", false, "(2, 1)", 1, Double.NaN)), "finite numbers, but has NaN");
        assertRefused(file("f.npz", "PK no"), "should hold one array, but holds 0");
        assertRefused(file("empty.csv", ""), "is empty");
        assertRefused(file("word.csv", "1,2\n3,x\n"), "row 2: expected a number, found 'x'");
        assertRefused(file("twice.csv", "cat,1\ncat,2\n"), "row 2: a second row for 'cat'");
        assertRefused(file("unknown.csv", "cat,1\ncow,2\n"), "row 2: the data set has no class 'cow'");
        assertRefused(file("one.csv", "cat,1\n"), "should have a row for the class 'dog, big'");
        assertRefused(file("ragged.csv", "1,2,3\n4,5\n"), "3 in row 1 and 2 in row 2");
        assertRefused(file("names.csv", "cat\n\"dog, big\"\n"), "0 in row 1");
        assertRefused(file("empty.npy", npy("<f4", false, "(2, 0)")), "0 in row 1");
    }

    @Test
    void namesOfRowsAsSpreadsheetsAndOtherSystemsWriteThem() throws IOException {
        List<String> classes = List.of("caf\u00e9", "dog, big");
        Path marked = file("marked.csv", "\ufeff\"dog, big\",4,5,6\r\ncafe\u0301,1,2,3\r\n");
        assertThat(ClassFeatures.read(marked, classes)).isDeepEqualTo(ROWS);
        assertThat(ClassFeatures.read(marked, List.of("cafe\u0301", "dog, big")))
                .isDeepEqualTo(ROWS);
        Path unclosed = file("unclosed.csv", "\"cat,1,2,3\ndog,4,5,6\n");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> ClassFeatures.read(unclosed, CLASSES))
                .withMessageStartingWith(unclosed + " should be a CSV file, but: ");
    }

    /** A gigabyte of zeros in a megabyte. */
    @Test
    void anArchiveThatUnpacksWithoutEnd() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(archive)) {
            zip.putNextEntry(new ZipEntry("a.npy"));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 1 << 10; i++) {
                zip.write(zeros);
            }
        }
        assertRefused(file("f.npz", archive.toByteArray()), "should hold one array of at most");
    }
}
