package io.github.finessl.io;

import java.nio.file.Path;

/**
 * The folder of files that save work and may be deleted at any time: {@code .cache/finessl} in the user's home, or where the
 * system property {@code finessl.cache} says.
 */
public final class CacheFolder {

    private CacheFolder() {}

    /** The path of a file in the folder, which need not exist. */
    public static Path file(String name) {
        String folder = System.getProperty("finessl.cache");
        Path cache = folder == null ? Path.of(System.getProperty("user.home"), ".cache", "finessl") : Path.of(folder);
        return cache.resolve(name);
    }
}
