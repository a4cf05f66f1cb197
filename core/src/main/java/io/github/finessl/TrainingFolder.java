package io.github.finessl;

import io.github.finessl.data.Dataset;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.report.Comparison;
import io.github.finessl.report.Findings;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.train.CheckpointException;
import io.github.finessl.train.Trainer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The folder that a training writes to, which is its own for as long as it is at work. */
final class TrainingFolder implements AutoCloseable {

    private static final String LOCK = ".training.lock";

    /** One of these shows that a folder is a training's, if a training has written it. */
    private static final List<String> SIGNS = List.of(RunStore.RECORD, PreparedRun.CHECKPOINT);

    /** Lock files of this process by what the system knows them by: to close any of its channels to one unlocks it. */
    private static final Set<Object> HELD = new HashSet<>();

    private final Path folder;
    private final boolean made;
    private final Lock lock;

    /** A lock file that this process has locked. */
    private record Lock(FileChannel channel, Object key) {}

    private TrainingFolder(Path folder, boolean made, Lock lock) {
        this.folder = folder;
        this.made = made;
        this.lock = lock;
    }

    /**
     * Makes the folder where it is missing, and keeps other trainings out of it.
     *
     * @throws IOException if it cannot be written to, holds something else, or another training is at work in it
     */
    static TrainingFolder open(Path folder) throws IOException {
        boolean made = !Files.exists(folder);
        try {
            AtomicFile.makeDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("The model should go to the folder " + folder + ", but that is a file.", e);
        } catch (IOException e) {
            throw new IOException(
                    "The model should go to " + folder + ", but it cannot be made there: " + AtomicFile.reason(e) + ".",
                    e);
        }
        requireOwn(folder);
        return new TrainingFolder(folder, made, locked(folder));
    }

    /**
     * Refuses a folder with files of other programs, which may be called run.json, checkpoint.zip, model.json or
     * curve.csv too.
     */
    private static void requireOwn(Path folder) throws IOException {
        List<String> found = names(folder);
        Optional<String> sign = SIGNS.stream().filter(found::contains).findFirst();
        if (sign.isPresent()) {
            if (!isOwn(folder.resolve(sign.get()))) {
                throw new IOException("The model should go to a new or empty folder, but " + folder + " holds a "
                        + sign.get() + " that no training has written, or that is damaged.");
            }
        } else if (!found.isEmpty() && !found.contains(LOCK)) {
            throw new IOException("The model should go to a new or empty folder, but " + folder + " holds "
                    + found.get(0) + (found.size() > 1 ? " and " + (found.size() - 1) + " more." : "."));
        }
    }

    private static boolean isOwn(Path file) {
        try {
            if (file.endsWith(RunStore.RECORD)) {
                RunRecord record = RunRecord.read(file);
                return record != null && record.encoder() != null && record.data() != null;
            }
            return !Trainer.identityOf(file).isEmpty();
        } catch (IOException | CheckpointException e) {
            return false;
        }
    }

    /** Nothing may open the file again while it is locked: POSIX locks go with the first channel that is closed. */
    private static Lock locked(Path folder) throws IOException {
        Path file = folder.resolve(LOCK);
        synchronized (HELD) {
            while (true) {
                Object before = key(file);
                if (before != null && HELD.contains(before)) {
                    throw busy(folder, null);
                }
                FileChannel channel = channel(folder, file);
                try {
                    if (channel.tryLock() == null) {
                        throw busy(folder, null);
                    }
                    Object key = key(file);
                    // Its earlier owner may have removed it before it was locked.
                    if (before != null && before.equals(key)) {
                        HELD.add(key);
                        return new Lock(channel, key);
                    }
                    channel.close();
                } catch (OverlappingFileLockException e) {
                    channel.close();
                    throw busy(folder, e);
                } catch (IOException e) {
                    channel.close();
                    throw e;
                }
            }
        }
    }

    private static FileChannel channel(Path folder, Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("The model should go to " + folder + ", but its " + LOCK + " is no file.");
        }
        try {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException(
                    "The model should go to " + folder + ", but it cannot be written to: " + AtomicFile.reason(e) + ".",
                    e);
        }
    }

    /** The key that the file system knows a file by, found without opening it; null where there is no such file. */
    private static Object key(Path file) throws IOException {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return found.fileKey() == null ? file.toRealPath() : found.fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
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

    /** The folder's path. */
    Path path() {
        return folder;
    }

    /** Whether the folder holds a finished training. */
    boolean isFinished() {
        return Files.exists(folder.resolve(RunStore.RECORD));
    }

    /** Whether the folder holds a training that has begun. */
    boolean hasCheckpoint() {
        return Files.exists(folder.resolve(PreparedRun.CHECKPOINT));
    }

    /** Deletes a model and its report from the folder, so that it is trained anew; other files stay. */
    void forget() throws IOException {
        if (isFinished()) {
            ModelFolder.deleteEncoder(
                    folder, RunRecord.read(folder.resolve(RunStore.RECORD)).encoder());
        }
        for (String file : List.of(
                ModelFolder.CARD,
                FineTuner.REPORT,
                Findings.FILE,
                Comparison.FILE,
                PseudoLabelled.FILE,
                ImageList.FILE,
                BetterModel.SIMPLE)) {
            Files.deleteIfExists(folder.resolve(file));
        }
        Files.deleteIfExists(folder.resolve(RunStore.RECORD));
        Files.deleteIfExists(folder.resolve(PreparedRun.CHECKPOINT));
    }

    /**
     * The training's record, if it is finished.
     *
     * @throws TakenFolderException if the folder holds another training's, or one that was tested on other images
     */
    Optional<RunRecord> finished(PreparedRun run) throws IOException {
        Path file = folder.resolve(RunStore.RECORD);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        RunRecord record = RunRecord.read(file);
        Dataset train = run.data().source().train();
        if (!run.isAnsweredBy(record)) {
            RunDifferences differences = run.differencesFrom(folder.resolve(PreparedRun.CHECKPOINT));
            throw new TakenFolderException(
                    folder + " holds a finished model of other data or settings (since then " + text(differences, train)
                            + ")",
                    differences.settings());
        }
        Dataset test = run.data().source().test();
        if (!test.sha256().equals(record.data().testSha256())) {
            throw new TakenFolderException(folder + " holds this training's finished model, which was tested on "
                    + record.data().test() + " images, not on these " + test.size());
        }
        return Optional.of(record);
    }

    /**
     * Writes the list of the images that the training learns from, so that what has changed can be told later.
     *
     * @throws TakenFolderException if the folder holds an interrupted training of other data or settings
     */
    void begin(PreparedRun run) throws IOException {
        Dataset train = run.data().source().train();
        if (hasCheckpoint()) {
            Path checkpoint = folder.resolve(PreparedRun.CHECKPOINT);
            RunDifferences differences = run.differencesFrom(checkpoint);
            if (differences.size() > 0) {
                throw new TakenFolderException(
                        checkpoint + " should be a checkpoint of this training, but is of other data or settings: since"
                                + " then " + text(differences, train),
                        differences.settings());
            }
        } else {
            ImageList.of(train).write(folder);
        }
    }

    private String text(RunDifferences differences, Dataset train) throws IOException {
        Optional<ImageList> before = differences.ofData() ? ImageList.read(folder) : Optional.empty();
        return differences.text(
                before.map(list -> list.changesTo(ImageList.of(train))).orElse("other images or labels"));
    }

    /**
     * Unlocks the folder, and deletes it if it was made here and the training left nothing in it; the lock file stays
     * as the sign of a training that is to go on.
     */
    @Override
    public void close() throws IOException {
        boolean nothing = Set.of(LOCK, ImageList.FILE).containsAll(names(folder));
        if (nothing) {
            Files.deleteIfExists(folder.resolve(ImageList.FILE));
        }
        if (nothing || isFinished()) {
            Files.deleteIfExists(folder.resolve(LOCK));
        }
        synchronized (HELD) {
            HELD.remove(lock.key());
            lock.channel().close();
        }
        if (made && names(folder).isEmpty()) {
            Files.delete(folder);
        }
    }
}
