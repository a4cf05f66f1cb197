package io.github.finessl.studio.folder;

import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Set;

/** The lock by which one process at a time changes the labels in a folder; its file says who has it. */
final class FolderLock implements AutoCloseable {

    private static final String FILE = ".studio.lock";

    /** A byte far behind the text, so that others can read that where locks forbid it. */
    private static final long AT = Long.MAX_VALUE - 1;

    private static final int MOST_READ = 1000;

    /** Lock files of this process: to open one again and close it would unlock it. */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path file;
    private final FileChannel channel;

    private FolderLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Locks a folder.
     *
     * @throws StudioException naming who has it, if it is locked; or if it cannot be written to
     */
    static FolderLock of(Path folder) {
        Path file = folder.resolve(FILE);
        synchronized (HELD) {
            if (!HELD.add(file)) {
                throw new StudioException("%s is open in a studio of this process already.".formatted(folder));
            }
            try {
                return locked(folder, file);
            } catch (RuntimeException e) {
                HELD.remove(file);
                throw e;
            }
        }
    }

    private static FolderLock locked(Path folder, Path file) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new StudioException("%s must be a file of the studio's own, but is none.".formatted(file));
        }
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!isLocked(channel)) {
                String owner = text(channel);
                channel.close();
                throw new StudioException(
                        "%s is being labelled in another studio already%s; use that one, or end it first."
                                .formatted(folder, owner.isBlank() ? "" : ": " + owner.strip()));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(owner().getBytes(StandardCharsets.UTF_8)), 0);
            return new FolderLock(file, channel);
        } catch (IOException e) {
            throw new StudioException(
                    "%s cannot be written to, so that nothing can be labelled there: %s; --labels=FILE keeps the labels in a table elsewhere."
                            .formatted(folder, AtomicFile.reason(e)),
                    e);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock(AT, 1, false);
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static String text(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(MOST_READ);
        int read = channel.read(buffer, 0);
        return read <= 0 ? "" : new String(buffer.array(), 0, read, StandardCharsets.UTF_8);
    }

    private static String owner() {
        return "process %d of %s on %s, since %s"
                .formatted(
                        ProcessHandle.current().pid(),
                        System.getProperty("user.name"),
                        host(),
                        LocalDateTime.now(ZoneId.systemDefault())
                                .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm")));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this machine";
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            HELD.remove(file);
            channel.truncate(0);
            channel.close();
        }
    }
}
