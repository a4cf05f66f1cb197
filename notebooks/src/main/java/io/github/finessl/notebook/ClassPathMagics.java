package io.github.finessl.notebook;

import io.github.spencerpark.jupyter.kernel.magic.LineMagicArgs;
import io.github.spencerpark.jupyter.kernel.magic.MagicParser;
import io.github.spencerpark.jupyter.kernel.util.GlobFinder;
import java.io.File;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * The magics that add to the class path of cells, as IJava has them: {@code %jars folder/*.jar} and
 * {@code %classpath folder/}. A cell may have several of them, but no Java besides.
 */
final class ClassPathMagics {

    private final MagicParser parser = new MagicParser();

    /** Whether a cell's first line is a magic. */
    static boolean isMagic(String cell) {
        return cell.stripLeading().startsWith("%");
    }

    /**
     * The class path that a cell asks for.
     *
     * @throws CellException if a line is none of the magics, or a pattern matches no file
     */
    String classPath(String cell) throws IOException, CellException {
        List<LineMagicArgs> magics = new ArrayList<>();
        String rest = parser.transformLineMagics(cell.stripLeading(), magic -> {
            magics.add(magic.getMagicCall());
            return "";
        });
        if (!rest.isBlank()) {
            throw new CellException("Magics stand in cells of their own, without this: "
                    + rest.strip().lines().findFirst().orElseThrow());
        }
        List<Path> paths = new ArrayList<>();
        for (LineMagicArgs magic : magics) {
            for (String pattern : magic.getArgs()) {
                paths.addAll(matches(magic.getName(), pattern));
            }
        }
        return paths.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static List<Path> matches(String name, String pattern) throws IOException, CellException {
        GlobFinder finder = new GlobFinder(pattern);
        try {
            Iterable<Path> found = switch (name) {
                case "jars" -> finder.computeMatchingFiles();
                case "classpath" -> finder.computeMatchingPaths();
                default ->
                    throw new IllegalArgumentException("%" + name + " is not known here; %jars and %classpath are.");
            };
            List<Path> paths =
                    StreamSupport.stream(found.spliterator(), false).sorted().toList();
            if (!paths.isEmpty()) {
                return paths;
            }
        } catch (NoSuchFileException e) {
            // Reported below, as for an empty folder.
        }
        throw new CellException(
                "%%%s finds no %s in %s".formatted(name, pattern, Path.of("").toAbsolutePath()));
    }
}
