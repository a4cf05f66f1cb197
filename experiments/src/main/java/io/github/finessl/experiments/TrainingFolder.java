package io.github.finessl.experiments;

import io.github.finessl.report.RunIdentity;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.serve.ModelFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The folder that a training writes to: that it may, and that nobody else does. */
final class TrainingFolder {

    private static final String LOCK = ".training.lock";

    /** One of these shows that a folder is a training's. */
    private static final Set<String> SIGNS = Set.of(LOCK, Runner.CHECKPOINT, RunStore.RECORD, ModelFolder.CARD);

    private TrainingFolder() {}

    /**
     * Makes the folder where it is missing.
     *
     * @throws IOException if it cannot be written to, or holds something else
     */
    static void prepare(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("The model should go to the folder " + folder + ", but that is a file.", e);
        } catch (IOException e) {
            throw new IOException("The model should go to " + folder + ", but it cannot be made there: " + e, e);
        }
        List<String> found;
        try (Stream<Path> files = Files.list(folder)) {
            found = files.map(file -> file.getFileName().toString()).sorted().toList();
        }
        if (!found.isEmpty() && found.stream().noneMatch(SIGNS::contains)) {
            throw new IOException("The model should go to a new or empty folder, but " + folder + " holds "
                    + found.get(0) + (found.size() > 1 ? " and " + (found.size() - 1) + " more." : "."));
        }
    }

    /** Held while a training is at work in a folder. */
    record Lock(Path folder, FileChannel channel, FileLock held) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            held.release();
            channel.close();
        }
    }

    /** @throws IOException if another training is at work in the folder, or it cannot be written to */
    static Lock lock(Path folder) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException("The model should go to " + folder + ", but it cannot be written to: " + e, e);
        }
        try {
            FileLock held = channel.tryLock();
            if (held != null) {
                return new Lock(folder, channel, held);
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw busy(folder);
        }
        channel.close();
        throw busy(folder);
    }

    private static IOException busy(Path folder) {
        return new IOException("Another training is at work in " + folder + "; let it end, or choose another folder.");
    }

    /** Removes what a killed process was writing. */
    static void removeParts(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path part : files.filter(file -> file.getFileName().toString().matches("\\..*\\.part"))
                    .toList()) {
                Files.delete(part);
            }
        }
    }

    /**
     * The training's record, if it is finished.
     *
     * @throws IOException if the folder holds another training's
     */
    static Optional<RunRecord> finished(Path folder, RunIdentity wanted) throws IOException {
        Path file = folder.resolve(RunStore.RECORD);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        RunRecord record = RunRecord.read(file);
        if (!record.id().equals(wanted.hash())) {
            throw new IOException(folder + " holds a finished model of other data or options (method "
                    + record.method() + ", " + record.steps() + " steps, seed " + record.seed()
                    + "): choose another folder, or replace it with -Drerun=true.");
        }
        return Optional.of(record);
    }
}
