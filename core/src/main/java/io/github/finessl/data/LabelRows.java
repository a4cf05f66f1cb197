package io.github.finessl.data;

import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A CSV file of photos and their labels, whose rows stay as they are written, in their order and with all their columns, but for
 * labels that are given anew. It has a header that names the columns {@code image} and {@code label}, then a row for each photo.
 * A path is relative to the file, or else to the folder of photos. Immutable.
 */
public final class LabelRows {

    private static final String IMAGE = "image";
    private static final String LABEL = "label";
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setHeader()
            .setSkipHeaderRecord(true)
            .setIgnoreEmptyLines(true)
            .get();

    /** Empty lines before a row, the row, and the end of its line. */
    private static final Pattern ROW = Pattern.compile("([\\r\\n]*)(.*?)([\\r\\n]*)", Pattern.DOTALL);

    private final Path file;
    private final Optional<Path> photos;
    private final Header header;

    /** The rows by the absolute paths of their photos. */
    private final Map<Path, Row> rows;

    /**
     * A row.
     *
     * @param photo its file, as the row names it
     * @param label its class, composed; empty where it is not known
     * @param text the row as it is written, with the end of its line
     */
    public record Row(Path photo, String label, String text) {}

    /**
     * The part of the file before the first row.
     *
     * @param columns how many there are
     * @param image the number of the column with the path
     */
    private record Header(String text, int columns, int image, int label) {

        String lineEnd() {
            return text.contains("\r\n") ? "\r\n" : "\n";
        }
    }

    private LabelRows(Path file, Optional<Path> photos, Header header, Map<Path, Row> rows) {
        this.file = file;
        this.photos = photos;
        this.header = header;
        this.rows = rows;
    }

    /** No rows, for a file that is not there yet. */
    public static LabelRows none(Path file, Optional<Path> photos) {
        return new LabelRows(file, photos, new Header(IMAGE + "," + LABEL + "\r\n", 2, 0, 1), Map.of());
    }

    /**
     * Reads a file.
     *
     * @param photos a folder that paths may be relative to
     * @throws DataException if it is none of this form, or a row names no photo or one that another row has named
     */
    public static LabelRows read(Path file, Optional<Path> photos) {
        String all = text(file);
        String text = all.startsWith("\ufeff") ? all.substring(1) : all;
        try (CSVParser csv = parser(file, text)) {
            List<String> names = csv.getHeaderNames().stream().map(String::trim).toList();
            if (!names.containsAll(List.of(IMAGE, LABEL))) {
                throw new DataException("%s must begin with a line that names the columns image and label, but has %s."
                        .formatted(file, names));
            }
            List<CSVRecord> records = records(file, csv);
            int end = records.isEmpty() ? text.length() : start(records.get(0));
            Header header = new Header(
                    all.substring(0, all.length() - text.length() + end),
                    names.size(),
                    names.indexOf(IMAGE),
                    names.indexOf(LABEL));
            LabelRows read = new LabelRows(file, photos, header, new LinkedHashMap<>());
            for (int i = 0; i < records.size(); i++) {
                int next = i + 1 < records.size() ? start(records.get(i + 1)) : text.length();
                read.add(records.get(i), text.substring(start(records.get(i)), next));
            }
            return read;
        } catch (IOException e) {
            throw new UncheckedIOException("it is in memory", e);
        }
    }

    private static CSVParser parser(Path file, String text) {
        try {
            return FORMAT.parse(new StringReader(text));
        } catch (IOException e) {
            throw badQuotes(file, 1, e);
        } catch (IllegalArgumentException e) {
            throw new DataException(
                    "%s must begin with a line that gives each column a name of its own, but does not.".formatted(file),
                    e);
        }
    }

    private static List<CSVRecord> records(Path file, CSVParser csv) {
        List<CSVRecord> records = new ArrayList<>();
        long line = 0;
        try {
            Iterator<CSVRecord> rows = csv.iterator();
            for (line = csv.getCurrentLineNumber() + 1; rows.hasNext(); line = csv.getCurrentLineNumber() + 1) {
                records.add(rows.next());
            }
            return records;
        } catch (UncheckedIOException e) {
            throw badQuotes(file, line, e);
        }
    }

    /** All other text is CSV. */
    private static DataException badQuotes(Path file, long line, Exception cause) {
        return new DataException(
                "%s must be a CSV file, in which a value that begins with a quote ends with one before a comma or the end of a line, but the row from line %d on has one that does not."
                        .formatted(file, line),
                cause);
    }

    private static int start(CSVRecord row) {
        return Math.toIntExact(row.getCharacterPosition());
    }

    /** Other bytes than UTF-8's would not be written back as they were. */
    private static String text(Path file) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(InputFiles.bytes(file)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DataException("%s must be a CSV file in UTF-8, but has other bytes.".formatted(file), e);
        }
    }

    private void add(CSVRecord row, String text) {
        if (row.size() <= Math.max(header.image(), header.label())) {
            throw new DataException("%s must have an image and a label in each row, but row %d has %s."
                    .formatted(file, row.getRecordNumber(), row.toList()));
        }
        Path photo = photo(row.get(header.image()).trim());
        String label = ClassNames.given(file, row.get(header.label()).trim());
        if (rows.putIfAbsent(key(photo), new Row(photo, label, text)) != null) {
            throw new DataException("%s must name a photo once, but has %s twice.".formatted(file, photo));
        }
    }

    private Path photo(String text) {
        if (text.isEmpty()) {
            throw new DataException("%s must name a photo in each row, but one has none.".formatted(file));
        }
        try {
            Path beside = file.resolveSibling(text).normalize();
            Path inside = photos.map(folder -> folder.resolve(text).normalize()).orElse(beside);
            return Files.exists(beside) ? beside : inside;
        } catch (InvalidPathException e) {
            throw new DataException(
                    "%s must name photos, but has one that cannot be any: %s.".formatted(file, e.getReason()), e);
        }
    }

    private static Path key(Path photo) {
        return photo.toAbsolutePath().normalize();
    }

    /** The rows by the absolute paths of their photos, in their order. */
    public Map<Path, Row> rows() {
        return Collections.unmodifiableMap(rows);
    }

    /**
     * The label of a photo; empty where it has none.
     *
     * @param photo its absolute path
     */
    public String label(Path photo) {
        Row row = rows.get(photo);
        return row == null ? "" : row.label();
    }

    /**
     * These rows with other labels. A photo that no row has named yet gets one, after all others.
     *
     * @param labels by the absolute paths of photos; empty to take a label away
     */
    public LabelRows with(Map<Path, String> labels) {
        Map<Path, Row> changed = new LinkedHashMap<>(rows);
        labels.forEach((photo, label) ->
                changed.compute(photo, (same, row) -> row == null ? added(photo, label) : relabelled(row, label)));
        return new LabelRows(file, photos, header, changed);
    }

    private Row added(Path photo, String label) {
        String[] values = new String[header.columns()];
        Arrays.fill(values, "");
        values[header.image()] = spelling(photo);
        values[header.label()] = label;
        return new Row(photo, label, line(values) + header.lineEnd());
    }

    /** A text that {@link #photo} finds the photo by: relative to the folder, unless another file beside this one is called so. */
    private String spelling(Path photo) {
        Path folder = photos.orElseGet(() -> key(file).getParent());
        if (photo.startsWith(folder)) {
            String relative = folder.relativize(photo).toString().replace(File.separatorChar, '/');
            String text = relative.equals(relative.trim()) ? relative : "./" + relative;
            if (text.equals(text.trim()) && key(photo(text)).equals(photo)) {
                return text;
            }
        }
        return photo.toString();
    }

    private Row relabelled(Row row, String label) {
        Matcher parts = ROW.matcher(row.text());
        if (!parts.matches()) {
            throw new IllegalStateException("rows are of this form");
        }
        try (CSVParser csv = CSVFormat.RFC4180.parse(new StringReader(parts.group(2)))) {
            String[] values = csv.iterator().next().values();
            values[header.label()] = label;
            return new Row(row.photo(), label, parts.group(1) + line(values) + parts.group(3));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(String[] values) {
        return CSVFormat.RFC4180.format((Object[]) values);
    }

    /** The file's text. */
    public String text() {
        StringBuilder text = new StringBuilder(header.text());
        for (Row row : rows.values()) {
            char last = text.charAt(text.length() - 1);
            text.append(last == '\n' || last == '\r' ? "" : header.lineEnd()).append(row.text());
        }
        return text.toString();
    }
}
