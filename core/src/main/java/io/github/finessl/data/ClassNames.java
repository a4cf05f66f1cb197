package io.github.finessl.data;

import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Names of classes, in Unicode's composed form (NFC): macOS writes é as two characters where others write one, and both are
 * the same class. Whoever compares names from two places compares these.
 */
final class ClassNames {

    /** Characters that end a line or steer a terminal. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\u2028\\u2029]");

    /** The character that Java puts where a file's name has bytes that are no characters. */
    private static final String NO_CHARACTER = "\ufffd";

    private ClassNames() {}

    /** The name in composed form. */
    static String composed(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC);
    }

    /**
     * The class that a folder's name gives.
     *
     * @throws DataException for a name that is not text or not of one line
     */
    static String of(Path folder) {
        String name = folder.getFileName().toString();
        if (name.contains(NO_CHARACTER)) {
            String encoding = System.getProperty("sun.jnu.encoding");
            throw new DataException(
                    ("%s must have a name in %s to be the folder of a class, but its name is %s (other bytes as %%xx):"
                                    + " rename it%s.")
                            .formatted(
                                    folder,
                                    encoding,
                                    bytes(folder),
                                    "UTF-8".equals(encoding)
                                            ? ""
                                            : ", or set the environment variable LC_ALL=C.UTF-8"));
        }
        return checked(folder, name);
    }

    /**
     * Names that a file lists, in its order.
     *
     * @throws DataException for a name of more than a line, and for one that stands there twice
     */
    static List<String> listed(Path file, List<String> names) {
        List<String> classes = names.stream().map(name -> checked(file, name)).toList();
        Set<String> seen = new HashSet<>();
        for (String name : classes) {
            if (!seen.add(name)) {
                throw new DataException("%s must name each class once, but has '%s' twice.".formatted(file, name));
            }
        }
        return classes;
    }

    private static String checked(Path source, String name) {
        if (CONTROL.matcher(name).find()) {
            throw new DataException(
                    "%s must give a class a name of one line without control characters, but it is '%s'."
                            .formatted(source, visible(name)));
        }
        return composed(name);
    }

    private static String visible(String name) {
        return CONTROL.matcher(name)
                .replaceAll(found -> "\\\\u%04x".formatted((int) found.group().charAt(0)));
    }

    /** The bytes of the folder's name, those that are not ASCII as %xx. */
    private static String bytes(Path folder) {
        String uri = folder.toUri().getRawPath().replaceFirst("/$", "");
        return uri.substring(uri.lastIndexOf('/') + 1);
    }
}
