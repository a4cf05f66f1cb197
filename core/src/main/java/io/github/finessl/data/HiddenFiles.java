package io.github.finessl.data;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/**
 * Files and folders that nobody put there as photos: hidden ones, and those that systems, network drives and programs make
 * for thumbnails, deleted files and backups.
 */
public final class HiddenFiles {

    /** The names, in lower case, of files and folders that systems keep beside photos. */
    private static final Set<String> OF_SYSTEMS = Set.of(
            "@eadir",
            "@recently-snapshot",
            "@recycle",
            "#recycle",
            "#snapshot",
            "__macosx",
            "$recycle.bin",
            "recycler",
            "system volume information",
            "lost+found",
            "thumbs.db",
            "ehthumbs.db",
            "desktop.ini");

    private HiddenFiles() {}

    /** Whether the name says so, whatever the file is. */
    public static boolean isHidden(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(".") || OF_SYSTEMS.contains(name.toLowerCase(Locale.ROOT));
    }
}
