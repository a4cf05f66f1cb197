package io.github.finessl.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A list of class names as a user gives it: a text file with a name a line, or the names with commas between. */
public final class ClassList {

    private ClassList() {}

    /**
     * The names, in the order given.
     *
     * @throws DataException if there are fewer than two, one stands there twice, or the file cannot be read
     */
    public static List<String> of(String text) {
        Optional<Path> file = file(text);
        List<String> names = file.map(ClassList::lines)
                .orElseGet(() -> Arrays.stream(text.split(",", -1)))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
        Path source = file.orElse(Path.of("The list of classes"));
        if (names.size() < 2) {
            throw new DataException("%s must name two classes or more, but names %s.".formatted(source, names));
        }
        return ClassNames.listed(source, names);
    }

    private static Optional<Path> file(String text) {
        try {
            return Optional.of(Path.of(text)).filter(Files::isRegularFile);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new DataException(file + " must be a list of class names in UTF-8, but cannot be read.", e);
        }
    }
}
