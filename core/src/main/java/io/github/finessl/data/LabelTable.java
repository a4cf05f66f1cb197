package io.github.finessl.data;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A CSV file of photos and their classes: a header that names the columns {@code image} and {@code label}, then a row for
 * each photo; other columns are passed over. A row with an empty label is of a photo without one; the label {@code none} is of
 * one of no class. A path is relative to the
 * table, or else to the folder of photos.
 *
 * @param classes in alphabetical order
 */
record LabelTable(List<String> classes, List<ImageFiles.Entry> labelled, List<ImageFiles.Entry> unlabelled) {

    private static final String IMAGE = "image";
    private static final String LABEL = "label";
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setHeader()
            .setSkipHeaderRecord(true)
            .setIgnoreEmptyLines(true)
            .setTrim(true)
            .get();

    /**
     * Reads a table.
     *
     * @param photos a folder that paths may be relative to
     * @throws DataException if it is no such table, has fewer than two classes, or a row names no photo or one that another
     *     row has named
     */
    static LabelTable read(Path file, Optional<Path> photos) {
        Map<Path, String> labels = new LinkedHashMap<>();
        Set<Path> seen = new HashSet<>();
        try (CSVParser csv = FORMAT.parse(new StringReader(InputFiles.text(InputFiles.bytes(file))))) {
            if (!csv.getHeaderNames().containsAll(List.of(IMAGE, LABEL))) {
                throw new DataException("%s must begin with a line that names the columns image and label, but has %s."
                        .formatted(file, csv.getHeaderNames()));
            }
            for (CSVRecord row : csv) {
                if (!row.isSet(IMAGE) || !row.isSet(LABEL)) {
                    throw new DataException("%s must have an image and a label in each row, but row %d has %s."
                            .formatted(file, row.getRecordNumber(), row.toList()));
                }
                Path photo = photo(file, photos, row.get(IMAGE));
                if (!seen.add(photo.toAbsolutePath().normalize())) {
                    throw new DataException("%s must name a photo once, but has %s twice.".formatted(file, photo));
                }
                labels.put(photo, ClassNames.given(file, row.get(LABEL)));
            }
        } catch (IOException | UncheckedIOException | IllegalArgumentException | IllegalStateException e) {
            throw new DataException(
                    "%s must be a CSV file of photos and labels, but cannot be read as one: %s."
                            .formatted(file, e.getMessage()),
                    e);
        }
        Set<String> names = new TreeSet<>(labels.values());
        names.removeAll(Set.of("", KnownStrangers.NAME));
        if (names.size() < 2) {
            throw new DataException("%s must have labels of two classes or more, but has %s."
                    .formatted(
                            file,
                            names.isEmpty()
                                    ? "none"
                                    : "only '" + names.iterator().next() + "'"));
        }
        List<String> classes = List.copyOf(names);
        List<ImageFiles.Entry> labelled = new ArrayList<>();
        List<ImageFiles.Entry> unlabelled = new ArrayList<>();
        labels.forEach((photo, label) -> {
            if (label.isEmpty()) {
                unlabelled.add(new ImageFiles.Entry(photo, Dataset.UNKNOWN));
            } else {
                boolean stranger = label.equals(KnownStrangers.NAME);
                labelled.add(new ImageFiles.Entry(photo, stranger ? Dataset.STRANGER : classes.indexOf(label)));
            }
        });
        return new LabelTable(classes, labelled, unlabelled);
    }

    private static Path photo(Path table, Optional<Path> photos, String text) {
        if (text.isEmpty()) {
            throw new DataException("%s must name a photo in each row, but one has none.".formatted(table));
        }
        try {
            Path beside = table.resolveSibling(text).normalize();
            Path inside = photos.map(folder -> folder.resolve(text).normalize()).orElse(beside);
            return Files.exists(beside) ? beside : inside;
        } catch (InvalidPathException e) {
            throw new DataException(
                    "%s must name photos, but has one that cannot be any: %s.".formatted(table, e.getReason()), e);
        }
    }

    /** The absolute paths of all photos that the table names. */
    Set<Path> files() {
        return Stream.concat(labelled.stream(), unlabelled.stream())
                .map(entry -> entry.file().toAbsolutePath().normalize())
                .collect(Collectors.toSet());
    }
}
