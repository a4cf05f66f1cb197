package io.github.finessl.studio.folder;

import io.github.finessl.data.KnownStrangers;
import io.github.finessl.data.LabelRows;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.JournalEntry.Relabelling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Labels that are rows of a table, {@link LabelRows} says of which form; the photos stay where they are and may be read-only. The
 * journal {@code <table>.journal.jsonl}, the lock and the models lie beside the table.
 *
 * <p>An operation is two steps, of which a kill may leave the first: the journal's lines; the table written anew beside itself and
 * moved into place. {@link #open} makes the last operation's missing step. What others write into the table meanwhile is read
 * before anything is written; where they take the table away its rows stay known, and the next label writes them all. Classes
 * without a photo are known until the table is closed.
 */
public final class LabelledTable implements Labels {

    private static final String JOURNAL = ".journal.jsonl";

    private final PhotoFolder folder;
    private final Path table;
    private final FolderLock lock;
    private final LabelJournal<Relabelling> journal;
    private final Clock clock = Clock.systemUTC();
    private final SortedSet<String> added = new TreeSet<>();
    private LabelRows rows;
    private Stamp read;

    /** What tells that a file was written by others; all of nothing where there is none. */
    private record Stamp(long bytes, long modified, Object key) {

        private static final Stamp NONE = new Stamp(0, 0, null);

        static Stamp of(Path file) throws IOException {
            if (!Files.exists(file)) {
                return NONE;
            }
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(now.size(), now.lastModifiedTime().toMillis(), now.fileKey());
        }
    }

    private LabelledTable(PhotoFolder folder, Path table, FolderLock lock, LabelJournal<Relabelling> journal) {
        this.folder = folder;
        this.table = table;
        this.lock = lock;
        this.journal = journal;
    }

    /**
     * Opens a table, which is made with the first label where there is none.
     *
     * @throws io.github.finessl.io.FineSslException if another process has it, or it cannot be read or written
     */
    static LabelledTable open(Path photos, Path table) {
        Path root = PhotoFolder.real(photos);
        Path home = home(table);
        Path file = home.resolve(table.getFileName());
        FolderLock lock = FolderLock.of(home);
        Optional<LabelJournal<Relabelling>> journal = Optional.empty();
        try {
            journal = Optional.of(
                    LabelJournal.open(file.resolveSibling(file.getFileName() + JOURNAL), Relabelling.class));
            LabelledTable opened = new LabelledTable(new PhotoFolder(root, home), file, lock, journal.get());
            opened.reread();
            opened.finishLast();
            return opened;
        } catch (RuntimeException e) {
            try {
                if (journal.isPresent()) {
                    journal.get().close();
                }
                lock.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    private static Path home(Path table) {
        if (Files.isDirectory(table)) {
            throw new StudioException("%s must be a table of labels, but is a folder.".formatted(table));
        }
        Path beside = table.toAbsolutePath().normalize().getParent();
        if (!Files.isDirectory(beside)) {
            throw new StudioException("%s must lie in a folder, but %s is none.".formatted(table, beside));
        }
        return PhotoFolder.real(beside);
    }

    @Override
    public PhotoFolder folder() {
        return folder;
    }

    /** How many rows with a label name no photo of the folder; they stay as they are. */
    public synchronized int elsewhere() {
        return (int) rows.rows().entrySet().stream()
                .filter(row -> !row.getValue().label().isEmpty()
                        && !(row.getKey().startsWith(folder.root()) && Files.exists(row.getKey())))
                .count();
    }

    @Override
    public synchronized boolean reread() {
        try {
            Stamp now = Stamp.of(table);
            boolean taken = read != null && now.equals(Stamp.NONE); // the next label writes all rows anew
            if (taken || now.equals(read)) {
                return false;
            }
            Optional<Path> photos = Optional.of(folder.root());
            rows = now.equals(Stamp.NONE) ? LabelRows.none(table, photos) : LabelRows.read(table, photos);
            read = now;
            return true;
        } catch (IOException e) {
            throw new StudioException("%s cannot be read: %s.".formatted(table, AtomicFile.reason(e)), e);
        }
    }

    @Override
    public synchronized Place place(String path) {
        String label = label(path);
        if (label.equals(KnownStrangers.NAME)) {
            return Place.NO_CLASS;
        } else if (!label.isEmpty()) {
            return Place.labelled(label);
        }
        return folder.place(path) instanceof Place.Test test ? test : Place.UNLABELLED;
    }

    private String label(String path) {
        return rows.label(folder.root().resolve(path));
    }

    @Override
    public synchronized List<String> classes() {
        SortedSet<String> names = new TreeSet<>(added);
        rows.rows().values().forEach(row -> names.add(row.label()));
        names.remove("");
        names.remove(KnownStrangers.NAME);
        return List.copyOf(names);
    }

    /** The label of a place; that of a class that is or was there as it is, of another if it is a {@link ClassName}. */
    private String label(Place place) {
        if (place instanceof Place.Labelled of) {
            return classes().contains(of.className()) || wasThere(of.className())
                    ? of.className()
                    : new ClassName(of.className()).text();
        } else if (place instanceof Place.Test) {
            throw new StudioException("Photos in test/ are not labelled here.");
        }
        return place.equals(Place.NO_CLASS) ? KnownStrangers.NAME : "";
    }

    /** Whether photos had a label once, which others may have written as no {@link ClassName} is spelt. */
    private boolean wasThere(String className) {
        return !className.equals(KnownStrangers.NAME)
                && journal.entries().stream()
                        .anyMatch(entry ->
                                entry instanceof Relabelling of && of.before().equals(className));
    }

    @Override
    public synchronized Outcome label(List<Photo> photos, Place into, By by) {
        reread();
        String after = label(into);
        List<Relabelling> changes = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (Photo photo : photos) {
            if (!Files.isRegularFile(folder.root().resolve(photo.path()))) {
                faults.add("%s is not there any more.".formatted(photo.path()));
            } else if (!label(photo.path()).equals(after)) {
                changes.add(relabelling(photo, label(photo.path()), after, by));
            }
        }
        carryOut(changes);
        return new Outcome(changes, faults);
    }

    private Relabelling relabelling(Photo photo, String before, String after, By by) {
        return new Relabelling(
                journal.nextOperation(), now(), photo.sha256(), photo.path(), before, after, by, Optional.empty());
    }

    /** Writes changes into the journal, then into the table; where that fails they are withdrawn. */
    private void carryOut(List<Relabelling> changes) {
        if (changes.isEmpty()) {
            return;
        }
        journal.append(changes);
        try {
            write(changes);
        } catch (StudioException e) {
            journal.withdraw(changes, now());
            throw e;
        }
    }

    private void write(List<Relabelling> changes) {
        Map<Path, String> labels = new LinkedHashMap<>();
        changes.forEach(change -> labels.put(folder.root().resolve(change.photo()), change.after()));
        LabelRows changed = rows.with(labels);
        try {
            AtomicFile.write(table, changed.text());
            rows = changed;
            read = Stamp.of(table);
        } catch (IOException e) { // its message is a sentence that names the file
            throw new StudioException(e.getMessage(), e);
        }
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
    public synchronized Optional<Outcome> undo() {
        reread();
        List<Relabelling> newest = journal.counting().newest();
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        List<Relabelling> back = new ArrayList<>();
        List<Relabelling> gone = new ArrayList<>();
        for (Relabelling made : newest) {
            (label(made.photo()).equals(made.after()) ? back : gone).add(made);
        }
        if (!gone.isEmpty()) { // others have changed it since: the table is right
            journal.withdraw(gone, now());
        }
        List<Relabelling> undoing = back.stream().map(this::undoing).toList();
        carryOut(undoing);
        return Optional.of(new Outcome(
                undoing,
                gone.stream()
                        .map(made -> "The label of %s is not taken back: %s gives it another one now."
                                .formatted(made.photo(), table.getFileName()))
                        .toList()));
    }

    private Relabelling undoing(Relabelling made) {
        String now = made.after();
        String then = made.before();
        return new Relabelling(
                journal.nextOperation(),
                now(),
                made.sha256(),
                made.photo(),
                now,
                then,
                By.HAND,
                Optional.of(made.operation()));
    }

    @Override
    public synchronized void addClass(String name) {
        reread();
        added.add(label(Place.labelled(name)));
    }

    /** All rows of the class get the other name, those of photos elsewhere too. */
    @Override
    public synchronized Outcome renameClass(String from, String to, List<Photo> photos) {
        reread();
        String after = label(Place.labelled(to));
        Map<String, String> contents = new LinkedHashMap<>();
        photos.forEach(photo -> contents.put(photo.path(), photo.sha256()));
        List<Relabelling> changes = rows.rows().entrySet().stream()
                .filter(row -> row.getValue().label().equals(from) && !from.equals(after))
                .map(row -> path(row.getKey()))
                .map(path -> relabelling(new Photo(path, contents.getOrDefault(path, "")), from, after, By.HAND))
                .toList();
        carryOut(changes);
        if (added.remove(from)) {
            added.add(after);
        }
        return new Outcome(changes, List.of());
    }

    private String path(Path photo) {
        return photo.startsWith(folder.root()) ? folder.relative(photo) : photo.toString();
    }

    /** Makes the last operation where it is in the journal and not in the table, or withdraws it. */
    private void finishLast() {
        List<Relabelling> missing = new ArrayList<>();
        List<Relabelling> gone = new ArrayList<>();
        for (Relabelling change : journal.last()) {
            String now = label(change.photo());
            if (now.equals(change.before())) {
                missing.add(change);
            } else if (!now.equals(change.after())) {
                gone.add(change);
            }
        }
        if (!gone.isEmpty()) {
            journal.withdraw(gone, now());
        }
        if (!missing.isEmpty()) {
            write(missing);
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
