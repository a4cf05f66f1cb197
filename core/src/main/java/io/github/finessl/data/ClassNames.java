package io.github.finessl.data;

import io.github.finessl.io.OneLine;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Names of classes, in Unicode's composed form (NFC): macOS writes é as two characters where others write one, and both are
 * the same class. Whoever compares names from two places compares these.
 */
final class ClassNames {

    /** The character that Java puts where a file's name has bytes that are no characters. */
    private static final String NO_CHARACTER = "\ufffd";

    private ClassNames() {}

    /**
     * Checks the names of a data set that no file of ours has listed.
     *
     * @throws DataException for a name that is not of one line
     */
    static void require(String dataset, List<String> names) {
        names.forEach(name -> checked(dataset, name));
    }

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

    /**
     * The class that a row of a table gives; the empty name, of an image without a class, stays.
     *
     * @throws DataException for a name that is not of one line
     */
    static String given(Path file, String name) {
        return name.isEmpty() ? name : checked(file, name);
    }

    private static String checked(Object source, String name) {
        if (!OneLine.is(name)) {
            throw new DataException(
                    "%s must give a class a name of one line without control characters, but it is '%s'."
                            .formatted(source, OneLine.visible(name)));
        }
        return composed(name);
    }

    /** The bytes of the folder's name, those that are not ASCII as %xx. */
    private static String bytes(Path folder) {
        String uri = folder.toUri().getRawPath().replaceFirst("/$", "");
        return uri.substring(uri.lastIndexOf('/') + 1);
    }
}
