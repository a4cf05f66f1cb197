package io.github.finessl.studio.folder;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.JournalEntry.Move;
import io.github.finessl.studio.folder.JournalEntry.Withdrawal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Labels that are the places of photos in their folder: a label moves the photo's file, at once and to a name that is free.
 * Nothing is overwritten or deleted.
 *
 * <p>A move is three steps, of which a kill may leave the first ones: the journal's line; an empty file that holds the new name,
 * so that no other program can take it in between; the photo's file renamed to it. {@link #open} makes the last operation's
 * missing steps. Thread-safe.
 */
public final class LabelledFolder implements Labels {

    private static final Logger log = LoggerFactory.getLogger(LabelledFolder.class);

    private final PhotoFolder folder;
    private final FolderLock lock;
    private final LabelJournal<Move> journal;
    private final Clock clock;

    /**
     * A photo that is to be moved.
     *
     * @param from its path, relative and with slashes
     * @param sha256 of its file
     * @param into the folder that it is moved to, relative and with slashes
     */
    record Wish(String from, String sha256, String into) {}

    private LabelledFolder(PhotoFolder folder, FolderLock lock, LabelJournal<Move> journal, Clock clock) {
        this.folder = folder;
        this.lock = lock;
        this.journal = journal;
        this.clock = clock;
    }

    /**
     * Opens a folder to label its photos, and finishes what a killed process had begun.
     *
     * @throws StudioException if another process labels it, or it cannot be written to
     */
    public static LabelledFolder open(PhotoFolder folder) {
        FolderLock lock = FolderLock.of(folder.root());
        try {
            LabelledFolder opened = new LabelledFolder(
                    folder,
                    lock,
                    LabelJournal.open(folder.root().resolve(LabelJournal.FILE), Move.class),
                    Clock.systemUTC());
            opened.finishLast();
            return opened;
        } catch (RuntimeException e) {
            try {
                lock.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    @Override
    public PhotoFolder folder() {
        return folder;
    }

    /** A label is another only where a photo was moved. */
    @Override
    public boolean reread() {
        return false;
    }

    @Override
    public Place place(String path) {
        return folder.place(path);
    }

    @Override
    public List<String> classes() {
        return folder.classes();
    }

    @Override
    public synchronized Set<String> acceptedTogether() {
        return journal.counting().acceptedTogether();
    }

    @Override
    public synchronized boolean canUndo() {
        return !journal.counting().isEmpty();
    }

    @Override
    public synchronized Outcome label(List<Photo> photos, Place into, By by) {
        String to = folder.folderOf(into);
        return move(
                photos.stream()
                        .filter(photo -> !folder.place(photo.path()).equals(into))
                        .map(photo -> new Wish(photo.path(), photo.sha256(), to))
                        .toList(),
                by);
    }

    /** Moves photos as one operation. Those that cannot be moved stay where they are. */
    synchronized Outcome move(List<Wish> wishes, By by) {
        return carryOut(
                wishes.stream().map(wish -> new Plan(wish, Optional.empty())).toList(), by, Optional.empty());
    }

    @Override
    public synchronized void addClass(String name) {
        makeFolder(folder.folderOf(Place.labelled(new ClassName(name).text())));
    }

    private void makeFolder(String path) {
        try {
            AtomicFile.makeDirectories(folder.target(path + "/x").getParent());
        } catch (IOException e) {
            throw new StudioException("%s cannot be made: %s.".formatted(path, AtomicFile.reason(e)), e);
        }
    }

    /** The folder of the old name is taken away if nothing is left in it. */
    @Override
    public synchronized Outcome renameClass(String from, String to, List<Photo> photos) {
        String before = folder.folderOf(Place.labelled(from));
        String after = folder.folderOf(Place.labelled(to));
        if (before.equals(after)) {
            return new Outcome(List.of(), List.of());
        }
        makeFolder(after);
        Outcome outcome = label(photos, Place.labelled(to), By.HAND);
        try {
            Files.deleteIfExists(folder.target(before + "/x").getParent());
        } catch (IOException e) {
            log.debug("{} stays, with files of others: {}", before, e.toString());
        }
        return outcome;
    }

    /** Photos return to where they were, or to a free name beside it. */
    @Override
    public synchronized Optional<Outcome> undo() {
        List<Move> newest = journal.counting().newest();
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        List<Plan> back = new ArrayList<>();
        List<Move> gone = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (Move move : newest) {
            try {
                back.add(undoing(move));
            } catch (StudioException e) { // others have moved it since: the folders are right
                gone.add(move);
                faults.add(notTakenBack(move, e));
            } catch (IOException e) {
                faults.add(notTakenBack(move, e));
            }
        }
        if (!gone.isEmpty()) {
            journal.withdraw(gone, now());
        }
        Outcome outcome = carryOut(back, By.HAND, Optional.of(newest.get(0).operation()));
        faults.addAll(outcome.faults());
        return Optional.of(new Outcome(outcome.changes(), faults));
    }

    private Plan undoing(Move move) throws IOException {
        requireThere(move.to());
        folder.target(move.from());
        String sha256 = Sha256.hex(folder.target(move.to()));
        return new Plan(new Wish(move.to(), sha256, parent(move.from())), Optional.of(move.from()));
    }

    private static String notTakenBack(Move move, Exception fault) {
        return "The label of %s is not taken back: %s."
                .formatted(move.to(), AtomicFile.reason(fault).replaceFirst("\\.$", ""));
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    /**
     * A move in the making.
     *
     * @param wanted the path that it is to have; empty for its own name
     */
    private record Plan(Wish wish, Optional<String> wanted) {

        String target() {
            return wanted.orElseGet(() -> {
                String name = wish.from().substring(wish.from().lastIndexOf('/') + 1);
                return wish.into().isEmpty() ? name : wish.into() + "/" + name;
            });
        }
    }

    private Outcome carryOut(List<Plan> plans, By by, Optional<Long> undoes) {
        Set<String> taken = new LinkedHashSet<>();
        List<Move> moves = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        long operation = journal.nextOperation();
        for (Plan plan : plans) {
            Wish wish = plan.wish();
            if (plan.target().equals(wish.from())) {
                continue; // it lies there already
            }
            try {
                requireThere(wish.from());
                String to = free(plan.target(), taken);
                taken.add(to);
                moves.add(new Move(operation, now(), wish.sha256(), wish.from(), to, by, undoes));
            } catch (StudioException e) {
                faults.add(e.getMessage());
            } catch (IOException e) {
                faults.add("%s cannot be moved: %s.".formatted(wish.from(), AtomicFile.reason(e)));
            }
        }
        if (moves.isEmpty()) {
            return new Outcome(List.of(), faults);
        }
        journal.append(moves);
        Set<Path> changed = new LinkedHashSet<>();
        List<Move> made = new ArrayList<>();
        for (Move move : moves) {
            try {
                made.add(makeAtFreeName(move, changed));
            } catch (IOException | StudioException e) {
                faults.add("%s cannot be moved to %s: %s."
                        .formatted(move.from(), move.to(), AtomicFile.reason(e).replaceFirst("\\.$", "")));
            }
        }
        changed.forEach(LabelledFolder::force);
        return new Outcome(made, faults);
    }

    private void requireThere(String path) throws IOException {
        Path file = folder.target(path);
        if (Files.isSymbolicLink(file)) {
            throw new StudioException(
                    "%s is a link, which is not moved: label the photo where it leads.".formatted(path));
        } else if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new StudioException("%s is not there any more.".formatted(path));
        }
    }

    private String free(String wanted, Set<String> taken) throws IOException {
        int dot = wanted.lastIndexOf('.');
        int stem = dot > wanted.lastIndexOf('/') + 1 ? dot : wanted.length();
        for (int n = 1; ; n++) {
            String path = n == 1 ? wanted : wanted.substring(0, stem) + "-" + n + wanted.substring(stem);
            if (!taken.contains(path) && !Files.exists(folder.target(path), LinkOption.NOFOLLOW_LINKS)) {
                return path;
            }
        }
    }

    /**
     * Makes a move that is in the journal, or withdraws it; where another program took the name just now, one to the next free
     * name.
     */
    private Move makeAtFreeName(Move move, Set<Path> changed) throws IOException {
        Move next = move;
        while (true) {
            try {
                make(next, changed);
                return next;
            } catch (FileAlreadyExistsException e) {
                Move another = new Move(
                        next.operation(),
                        now(),
                        next.sha256(),
                        next.from(),
                        free(next.to(), Set.of()),
                        next.by(),
                        next.undoes());
                journal.append(List.of(Withdrawal.of(next, now()), another));
                next = another;
            } catch (IOException | StudioException e) {
                journal.withdraw(List.of(next), now());
                throw e;
            }
        }
    }

    private void make(Move move, Set<Path> changed) throws IOException {
        Path target = folder.target(move.to());
        try {
            AtomicFile.makeDirectories(target.getParent());
        } catch (FileAlreadyExistsException e) {
            throw new StudioException("%s is a file in the place of a folder.".formatted(e.getFile()), e);
        }
        Files.createFile(target);
        rename(move, target, changed);
    }

    /** Renames the photo's file to the empty one that holds its name. */
    private void rename(Move move, Path target, Set<Path> changed) throws IOException {
        try {
            Path source = folder.target(move.from());
            Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
            changed.add(source.getParent());
        } catch (IOException | StudioException e) {
            removePlaceholder(target);
            throw e;
        }
        changed.add(target.getParent());
    }

    private static void removePlaceholder(Path target) throws IOException {
        if (Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS) && Files.size(target) == 0) {
            Files.delete(target);
        }
    }

    /** Makes the moves of the last operation that are in the journal and not yet made, or withdraws them. */
    private void finishLast() {
        Set<Path> changed = new LinkedHashSet<>();
        journal.last().forEach(move -> finish(move, changed));
        changed.forEach(LabelledFolder::force);
    }

    private void finish(Move move, Set<Path> changed) {
        try {
            Path source = folder.target(move.from());
            if (!Files.exists(source, LinkOption.NOFOLLOW_LINKS)) {
                return; // it was moved
            }
            Path target = folder.target(move.to());
            boolean exists = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
            boolean ours = exists && Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS) && Files.size(target) == 0;
            boolean same = Sha256.hex(source).equals(move.sha256());
            if (same && !exists) {
                make(move, changed);
            } else if (same && ours) {
                rename(move, target, changed);
            } else {
                if (ours) {
                    Files.delete(target);
                }
                journal.withdraw(List.of(move), now());
            }
        } catch (IOException | StudioException e) {
            log.warn("{} stays where it is: {}", move.from(), AtomicFile.reason(e));
            journal.withdraw(List.of(move), now());
        }
    }

    /** Forces a folder's entries to the disk, where the system knows how. */
    private static void force(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            log.debug("{} cannot be forced to the disk: {}", directory, e.toString());
        }
    }

    private String now() {
        return Instant.now(clock).truncatedTo(ChronoUnit.MILLIS).toString();
    }

    @Override
    public void close() throws IOException {
        synchronized (this) {
            try (lock) {
                journal.close(now());
            }
        }
    }
}
