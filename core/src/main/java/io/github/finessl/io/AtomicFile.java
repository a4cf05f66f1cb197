package io.github.finessl.io;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A writer of files such that whoever looks finds the old content or the new, whatever happens in between.
 *
 * <p>A link is followed: the file that it leads to is replaced, and the link stays. A pipe or a device, which cannot be
 * replaced, gets the content as it comes.
 */
public final class AtomicFile {

    /** The largest number of links to follow, as in Linux. */
    private static final int MOST_LINKS = 40;

    /** The half-written files. */
    private static final Set<Path> UNFINISHED = ConcurrentHashMap.newKeySet();

    /** Files beside which nothing of ended processes is left. */
    private static final Set<Path> TIDIED = ConcurrentHashMap.newKeySet();

    private AtomicFile() {}

    /** The content of a file that is written. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes a file beside the target, forces it to the disk and renames it; directories are made where they are
     * missing. What processes that were killed have left of the same target is removed.
     *
     * @throws IOException naming the file, which is then as it was
     */
    public static void write(Path target, Content content) throws IOException {
        try {
            if (isSpecial(target)) {
                try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.WRITE)) {
                    content.writeTo(out);
                }
            } else {
                replace(replacedBy(target), content);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new IOException(target + " cannot be written: " + reason(e) + ".", e);
        }
    }

    /** Whether the target is there and neither a file nor a folder: a pipe, a device. */
    private static boolean isSpecial(Path target) throws IOException {
        return Files.exists(target)
                && Files.readAttributes(target, BasicFileAttributes.class).isOther();
    }

    /** The file that writing to a target replaces: itself, or where its links lead, if to nothing so far. */
    public static Path replacedBy(Path target) throws IOException {
        Path file = target.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(file); links++) {
            if (links == MOST_LINKS) {
                throw new IOException("its links lead in a circle");
            }
            file = file.resolveSibling(Files.readSymbolicLink(file));
        }
        return file;
    }

    private static void replace(Path file, Content content) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException("it is a folder");
        }
        Path directory = file.getParent();
        makeDirectories(directory);
        if (Files.isReadable(directory) && TIDIED.add(file)) {
            removeDead(directory, Pattern.quote(file.getFileName().toString()));
        }
        writeBeside(
                file,
                content,
                beside ->
                        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
    }

    /**
     * Copies a file, with the time when it was last changed, to a name that is free, in a folder that is there. The copy
     * has the name once it is complete.
     *
     * @throws FileAlreadyExistsException if the name is taken; what has it stays as it is
     */
    public static void copy(Path file, Path target) throws IOException {
        Path directory = target.toAbsolutePath().getParent();
        if (Files.isReadable(directory) && TIDIED.add(directory)) {
            removeDead(directory, ".+");
        }
        writeBeside(target.toAbsolutePath(), out -> Files.copy(file, out), beside -> {
            Files.setLastModifiedTime(beside, Files.getLastModifiedTime(file));
            Files.move(beside, target);
        });
    }

    /** What is done with a file once it is written. */
    private interface Ending {
        void end(Path beside) throws IOException;
    }

    private static void writeBeside(Path file, Content content, Ending ending) throws IOException {
        Path beside = beside(file, Long.toString(ProcessHandle.current().pid()));
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
            ending.end(beside);
        } finally {
            Files.deleteIfExists(beside);
            UNFINISHED.remove(beside);
        }
    }

    private static Path beside(Path file, String process) {
        return file.resolveSibling("." + file.getFileName() + "." + process + ".part");
    }

    /** Removes what processes that have ended began to write in a folder, of files whose names are like {@code names}. */
    private static void removeDead(Path directory, String names) throws IOException {
        Pattern part = Pattern.compile("\\.(?:" + names + ")\\.(\\d{1,18})\\.part");
        try (DirectoryStream<Path> found = Files.newDirectoryStream(
                directory, each -> part.matcher(each.getFileName().toString()).matches())) {
            for (Path each : found) {
                Matcher name = part.matcher(each.getFileName().toString());
                if (name.matches()
                        && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
                    Files.deleteIfExists(each);
                }
            }
        }
    }

    /** Makes a folder where there is none yet; a link to one is one, which {@link Files#createDirectories} denies up to Java 19. */
    public static void makeDirectories(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
        }
    }

    /**
     * Deletes half-written files before {@link Runtime#halt}, which passes over files that are to be deleted on exit.
     */
    public static void removeUnfinished() {
        UNFINISHED.forEach(beside -> beside.toFile().delete());
    }

    /** The reason for a failure in words, without the path that it may begin with. */
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

    /** Writes text in UTF-8, as {@link #write(Path, Content)} does. */
    public static void write(Path target, String text) throws IOException {
        write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }
}
