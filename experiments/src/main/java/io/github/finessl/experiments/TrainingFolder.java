package io.github.finessl.experiments;

import io.github.finessl.data.Dataset;
import io.github.finessl.report.AtomicFile;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.RunIdentity;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.serve.ModelFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The folder that a training writes to, which is its own for as long as it is at work. */
final class TrainingFolder implements AutoCloseable {

    private static final String LOCK = ".training.lock";

    /** One of these shows that a folder is a training's; other programs, too, have a model.json or a curve.csv. */
    private static final Set<String> SIGNS = Set.of(LOCK, Runner.CHECKPOINT, RunStore.RECORD);

    private final Path folder;
    private final boolean made;
    private final FileChannel channel;

    private TrainingFolder(Path folder, boolean made, FileChannel channel) {
        this.folder = folder;
        this.made = made;
        this.channel = channel;
    }

    /**
     * Makes the folder where it is missing, and keeps other trainings out of it.
     *
     * @throws IOException if it cannot be written to, holds something else, or another training is at work in it
     */
    static TrainingFolder open(Path folder) throws IOException {
        boolean made = !Files.exists(folder);
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("The model should go to the folder " + folder + ", but that is a file.", e);
        } catch (IOException e) {
            throw new IOException(
                    "The model should go to " + folder + ", but it cannot be made there: " + AtomicFile.reason(e) + ".",
                    e);
        }
        List<String> found = names(folder);
        if (!found.isEmpty() && found.stream().noneMatch(SIGNS::contains)) {
            throw new IOException("The model should go to a new or empty folder, but " + folder + " holds "
                    + found.get(0) + (found.size() > 1 ? " and " + (found.size() - 1) + " more." : "."));
        }
        return new TrainingFolder(folder, made, locked(folder));
    }

    private static FileChannel locked(Path folder) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException(
                    "The model should go to " + folder + ", but it cannot be written to: " + AtomicFile.reason(e) + ".",
                    e);
        }
        try {
            FileLock held = channel.tryLock();
            if (held != null && isThere(channel, folder.resolve(LOCK))) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw busy(folder, e);
        }
        channel.close();
        throw busy(folder, null);
    }

    /** Whether the file is this one still: its earlier owner may have removed it before it was locked. */
    private static boolean isThere(FileChannel channel, Path file) throws IOException {
        byte[] token = (ProcessHandle.current().pid() + " " + System.nanoTime()).getBytes(StandardCharsets.US_ASCII);
        channel.truncate(0).write(ByteBuffer.wrap(token), 0);
        return Files.exists(file) && Arrays.equals(Files.readAllBytes(file), token);
    }

    private static IOException busy(Path folder, Exception cause) {
        return new IOException(
                "Another training is at work in " + folder + "; let it end, or choose another folder.", cause);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Removes what a process that was killed had begun to write. */
    void removeParts() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path part : files.filter(file -> file.getFileName().toString().matches("\\..*\\.part"))
                    .toList()) {
                Files.delete(part);
            }
        }
    }

    /** Where it is. */
    Path path() {
        return folder;
    }

    /** Whether a training has come to its end here. */
    boolean isFinished() {
        return Files.exists(folder.resolve(RunStore.RECORD));
    }

    /** Whether a training has begun here. */
    boolean hasCheckpoint() {
        return Files.exists(folder.resolve(Runner.CHECKPOINT));
    }

    /** Drops what there is of a model and its report, so that it is trained anew. */
    void forget() throws IOException {
        for (String file : List.of(ModelFolder.CARD, Training.REPORT, PseudoLabelled.FILE)) {
            Files.deleteIfExists(folder.resolve(file));
        }
        Runner.forget(folder);
    }

    /**
     * The training's record, if it is finished.
     *
     * @param test what it is to be tested on
     * @throws IOException if the folder holds another training's, or one that was tested on others
     */
    Optional<RunRecord> finished(RunIdentity wanted, Dataset test) throws IOException {
        Path file = folder.resolve(RunStore.RECORD);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        RunRecord record;
        try {
            record = RunRecord.read(file);
        } catch (IOException e) {
            throw new IOException(
                    e.getMessage() + ": choose another folder, or replace its model with -Drerun=true.", e);
        }
        if (!record.id().equals(wanted.hash())) {
            throw new IOException(folder + " holds a finished model of other data or options (method "
                    + record.method() + ", " + record.steps() + " steps, seed " + record.seed()
                    + "): choose another folder, or replace it with -Drerun=true.");
        }
        if (!test.sha256().equals(record.data().testSha256())) {
            throw new IOException(folder + " holds this training's finished model, which was tested on "
                    + record.data().test() + " images, not on these " + test.size()
                    + ": evaluate the model by itself, choose another folder, or train anew with -Drerun=true.");
        }
        return Optional.of(record);
    }

    /** Lets others in; of a training that came to nothing no folder is left, and one that is to go on keeps its sign. */
    @Override
    public void close() throws IOException {
        if (Files.exists(folder.resolve(RunStore.RECORD)) || names(folder).equals(List.of(LOCK))) {
            Files.deleteIfExists(folder.resolve(LOCK));
        }
        channel.close();
        if (made && names(folder).isEmpty()) {
            Files.delete(folder);
        }
    }
}
