package io.github.finessl.report;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Writes a file so that whoever looks finds the old content or the new, whatever happens in between. */
public final class AtomicFile {

    /** What is half-written. */
    private static final Set<Path> UNFINISHED = ConcurrentHashMap.newKeySet();

    private AtomicFile() {}

    /** What goes into the file. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes beside the target, forces it to the disk and renames; directories are made where they are missing.
     *
     * @throws IOException naming the file, which is then as it was
     */
    public static void write(Path target, Content content) throws IOException {
        try {
            write(target, target.toAbsolutePath().getParent(), content);
        } catch (IOException | UncheckedIOException e) {
            throw new IOException(target + " cannot be written: " + reason(e) + ".", e);
        }
    }

    private static void write(Path target, Path directory, Content content) throws IOException {
        Files.createDirectories(directory);
        Path beside = directory.resolve(
                "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        UNFINISHED.add(beside);
        beside.toFile().deleteOnExit(); // where Ctrl-C ends the process in between
        try {
            try (FileChannel channel = FileChannel.open(
                            beside,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE);
                    OutputStream out = Channels.newOutputStream(channel)) {
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(beside);
            UNFINISHED.remove(beside);
        }
    }

    /** Removes what is half-written, before {@link Runtime#halt}, which passes over files that are to be deleted on exit. */
    public static void removeUnfinished() {
        UNFINISHED.forEach(beside -> beside.toFile().delete());
    }

    /** What the system says, without the path that it may begin with. */
    public static String reason(Exception e) {
        if (e instanceof UncheckedIOException unchecked) {
            return reason(unchecked.getCause());
        } else if (e instanceof AccessDeniedException) {
            return "there is no permission";
        } else if (e instanceof FileAlreadyExistsException exists) {
            return exists.getFile() + " is a file";
        } else if (e instanceof NoSuchFileException missing) {
            return "there is no " + missing.getFile();
        } else if (e instanceof FileSystemException system) {
            return system.getReason() == null ? e.toString() : system.getReason();
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** The same for text in UTF-8. */
    public static void write(Path target, String text) throws IOException {
        write(target, out -> out.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
}
