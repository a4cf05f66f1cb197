package io.github.finessl.data;

import io.github.finessl.io.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A feature vector for each class, such as CLIP's text features of the classes' names, for a semantic start of the heads.
 *
 * <p>Read from NumPy's {@code .npy} or {@code .npz} (with one array), C or Fortran order, or from CSV: a class a line, in
 * the order of the data set's classes, or in any order with the class's name in the first column.
 */
public final class ClassFeatures {

    /** Unpacked: a thousand classes of 16 thousand numbers each. */
    private static final int MOST_BYTES = 1 << 27;

    private ClassFeatures() {}

    /** SHA-256 of the file, so that a run can be told from one with another file of the same name. */
    public static String sha256(Path file) {
        return Sha256.hex(InputFiles.bytes(file));
    }

    /**
     * Reads [C, E].
     *
     * @param classes the data set's C classes
     * @throws DataException if the file is missing, damaged, or does not have a row for each class
     */
    public static float[][] read(Path file, List<String> classes) {
        byte[] bytes = InputFiles.bytes(file);
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        float[][] rows;
        if (name.endsWith(".npy")) {
            rows = NpyMatrix.parse(file.toString(), bytes);
        } else if (name.endsWith(".npz")) {
            rows = ofArchive(file, bytes);
        } else if (name.endsWith(".csv")) {
            rows = ofCsv(file, bytes, classes);
        } else {
            throw new DataException(file + " should be a .npy, .npz or .csv file.");
        }
        if (rows.length != classes.size()) {
            throw new DataException("%s should have a row for each of %d classes, but has %d."
                    .formatted(file, classes.size(), rows.length));
        }
        int width = rows[0].length;
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != width || width == 0) {
                throw new DataException(
                        "%s should have equally many numbers in all rows, but has %d in row 1 and %d in row %d."
                                .formatted(file, width, rows[i].length, i + 1));
            }
            for (float value : rows[i]) {
                if (!Float.isFinite(value)) {
                    throw new DataException(file + " should hold finite numbers, but has " + value + ".");
                }
            }
        }
        return rows;
    }

    private static float[][] ofArchive(Path file, byte[] bytes) {
        Map<String, byte[]> arrays = new HashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                byte[] array = zip.readNBytes(MOST_BYTES + 1);
                if (array.length > MOST_BYTES || !arrays.isEmpty()) {
                    throw new DataException("%s should hold one array of at most %d bytes, but holds more."
                            .formatted(file, MOST_BYTES));
                }
                arrays.put(entry.getName(), array);
            }
        } catch (IOException e) {
            throw new DataException(file + " should be a .npz archive, but: " + e.getMessage() + ".", e);
        }
        if (arrays.size() != 1) {
            throw new DataException(file + " should hold one array, but holds " + arrays.size() + ".");
        }
        Map.Entry<String, byte[]> only = arrays.entrySet().iterator().next();
        return NpyMatrix.parse(file + "!" + only.getKey(), only.getValue());
    }

    private static float[][] ofCsv(Path file, byte[] bytes, List<String> classes) {
        List<CSVRecord> records;
        try (CSVParser parser = CSVFormat.DEFAULT
                .builder()
                .setIgnoreEmptyLines(true)
                .setTrim(true)
                .get()
                .parse(new StringReader(InputFiles.text(bytes)))) {
            records = parser.getRecords();
        } catch (IOException | UncheckedIOException | IllegalStateException e) {
            throw new DataException(file + " should be a CSV file, but: " + e.getMessage() + ".", e);
        }
        if (records.isEmpty()) {
            throw new DataException(file + " should have a row for each class, but is empty.");
        }
        List<String> names = classes.stream().map(ClassNames::composed).toList();
        boolean named = names.contains(ClassNames.composed(records.get(0).get(0)));
        Map<String, float[]> byName = new HashMap<>();
        List<float[]> rows = new ArrayList<>();
        for (CSVRecord record : records) {
            String name = ClassNames.composed(record.get(0));
            if (named && !names.contains(name)) {
                throw new DataException(
                        "%s, row %d: the data set has no class '%s'.".formatted(file, record.getRecordNumber(), name));
            }
            float[] row = numbers(file, record, named ? 1 : 0);
            rows.add(row);
            if (named && byName.put(name, row) != null) {
                throw new DataException(
                        "%s, row %d: a second row for '%s'.".formatted(file, record.getRecordNumber(), name));
            }
        }
        if (!named) {
            return rows.toArray(float[][]::new);
        }
        return names.stream()
                .map(name -> {
                    if (!byName.containsKey(name)) {
                        throw new DataException(
                                file + " should have a row for the class '" + name + "', but has none.");
                    }
                    return byName.get(name);
                })
                .toArray(float[][]::new);
    }

    private static float[] numbers(Path file, CSVRecord record, int from) {
        float[] row = new float[record.size() - from];
        for (int i = 0; i < row.length; i++) {
            try {
                row[i] = Float.parseFloat(record.get(i + from));
            } catch (NumberFormatException e) {
                throw new DataException(
                        "%s, row %d: expected a number, found '%s'."
                                .formatted(file, record.getRecordNumber(), record.get(i + from)),
                        e);
            }
        }
        return row;
    }
}
