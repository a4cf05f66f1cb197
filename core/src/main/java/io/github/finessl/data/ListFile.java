package io.github.finessl.data;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Files that list images, one a line. */
final class ListFile {

    /** A path, which may have spaces and may stand in quotes, then a space and the label. */
    static final Pattern PATH_LABEL = Pattern.compile("(?<path>.*\\S)\\s+(?<label>-?\\d{1,9})");

    private ListFile() {}

    /**
     * The images that a list names.
     *
     * @param root what paths are relative to
     * @param line a line's form, with groups {@code path} and {@code label}
     * @param lowest the lowest label allowed
     * @throws DataException for a line of another form, an image listed twice or an empty list
     */
    static List<ImageFiles.Entry> read(Path root, String list, Pattern line, int classes, int lowest) {
        List<ImageFiles.Entry> entries = new ArrayList<>();
        Set<Path> seen = new HashSet<>();
        for (String text : InputFiles.lines(root.resolve(list))) {
            Matcher matcher = line.matcher(text);
            int label = matcher.matches() ? Integer.parseInt(matcher.group("label")) : Integer.MAX_VALUE;
            if (label < lowest || label >= classes) {
                throw new DataException("%s must have lines of a path and a label from %d to %d, but has '%s'."
                        .formatted(root.resolve(list), lowest, classes - 1, text));
            }
            Path file = resolved(root.resolve(list), root, unquoted(matcher.group("path")));
            if (!seen.add(file)) {
                throw new DataException(
                        "%s must list an image once, but has %s twice.".formatted(root.resolve(list), file));
            }
            entries.add(new ImageFiles.Entry(file, label));
        }
        if (entries.isEmpty()) {
            throw new DataException("%s must list images, but is empty.".formatted(root.resolve(list)));
        }
        return entries;
    }

    /** @throws DataException where the line is no path */
    static Path resolved(Path list, Path root, String path) {
        try {
            return root.resolve(path).normalize();
        } catch (InvalidPathException e) {
            throw new DataException(
                    "%s must list paths, but has one that cannot be any: %s.".formatted(list, e.getReason()), e);
        }
    }

    /** Removes CSV's quotes around a path, and halves the doubled quotes within them. */
    private static String unquoted(String path) {
        return path.length() > 1 && path.startsWith("\"") && path.endsWith("\"")
                ? path.substring(1, path.length() - 1).replace("\"\"", "\"")
                : path;
    }

    /**
     * Refuses lists that share images.
     *
     * @param list that {@code entries} come from
     */
    static void requireApart(
            Path list, List<ImageFiles.Entry> entries, String other, List<ImageFiles.Entry> otherEntries) {
        Set<Path> others = otherEntries.stream().map(ImageFiles.Entry::file).collect(Collectors.toSet());
        for (ImageFiles.Entry entry : entries) {
            if (others.contains(entry.file())) {
                throw new DataException(
                        "%s must not share images with %s, but has %s too.".formatted(list, other, entry.file()));
            }
        }
    }
}
