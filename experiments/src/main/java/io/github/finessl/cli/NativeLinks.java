package io.github.finessl.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.io.FileUtils;
import org.bytedeco.javacpp.Loader;

/**
 * A folder of links to the native libraries that a process has loaded. With it in {@code java.library.path} the next process
 * finds them at once, without looking for each of them, and for many that are not there, through all jars.
 */
final class NativeLinks {
    /** What every prediction may need: without one of these the next process would be lost. */
    private static final Set<String> NEEDED =
            Set.of("jnijavacpp", "jnind4jcpu", "jnidnnl", "jniopencv_core", "jniopencv_imgproc", "jniopencv_imgcodecs");

    private NativeLinks() {}

    /**
     * Writes the folder beside its place and moves it there; not at all where a library is missing, or is none of JavaCPP's own
     * files.
     */
    static void write(Path folder) throws IOException {
        Map<String, String> loaded = Loader.getLoadedLibraries();
        List<Path> files = loaded.values().stream().map(Path::of).toList();
        if (!loaded.keySet().containsAll(NEEDED)
                || !files.stream().allMatch(file -> file.isAbsolute() && Files.isRegularFile(file))) {
            return;
        }
        Files.createDirectories(folder.getParent());
        Path beside = Files.createTempDirectory(folder.getParent(), "natives");
        try {
            for (Map.Entry<String, String> library : loaded.entrySet()) {
                String name = library.getKey().replaceFirst("@.*", "");
                Files.createSymbolicLink(beside.resolve(System.mapLibraryName(name)), Path.of(library.getValue()));
            }
            FileUtils.deleteDirectory(folder.toFile()); // links are not followed
            Files.move(beside, folder, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            FileUtils.deleteDirectory(beside.toFile());
        }
    }
}
