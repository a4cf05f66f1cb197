package io.github.finessl.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The photos and classes that the {@link LabelRows} of a file name. A row with an empty label is of a photo without one; the
 * label {@code none} is of one of no class.
 *
 * @param classes in alphabetical order
 */
record LabelTable(List<String> classes, List<ImageFiles.Entry> labelled, List<ImageFiles.Entry> unlabelled) {

    /**
     * Reads a table.
     *
     * @param photos a folder that paths may be relative to
     * @throws DataException if it is no such table, has fewer than two classes, or a row names no photo or one that another
     *     row has named
     */
    static LabelTable read(Path file, Optional<Path> photos) {
        Collection<LabelRows.Row> rows = LabelRows.read(file, photos).rows().values();
        Set<String> names = rows.stream().map(LabelRows.Row::label).collect(Collectors.toCollection(TreeSet::new));
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
        rows.forEach(row -> {
            String label = row.label();
            if (label.isEmpty()) {
                unlabelled.add(new ImageFiles.Entry(row.photo(), Dataset.UNKNOWN));
            } else {
                boolean stranger = label.equals(KnownStrangers.NAME);
                labelled.add(new ImageFiles.Entry(row.photo(), stranger ? Dataset.STRANGER : classes.indexOf(label)));
            }
        });
        return new LabelTable(classes, labelled, unlabelled);
    }

    /** The absolute paths of all photos that the table names. */
    Set<Path> files() {
        return Stream.concat(labelled.stream(), unlabelled.stream())
                .map(entry -> entry.file().toAbsolutePath().normalize())
                .collect(Collectors.toSet());
    }
}
