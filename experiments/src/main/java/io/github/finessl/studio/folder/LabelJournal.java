package io.github.finessl.studio.folder;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.studio.folder.JournalEntry.Change;
import io.github.finessl.studio.folder.JournalEntry.Closing;
import io.github.finessl.studio.folder.JournalEntry.Withdrawal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The journal of labels: a line of JSON for each change, forced to the disk before the change is made. It serves undo and
 * history; where it and the labels differ, the labels are right.
 *
 * <p>Not thread-safe; one process at a time has it open, which {@link FolderLock} sees to.
 *
 * @param <C> the kind of its changes
 */
final class LabelJournal<C extends Change> implements AutoCloseable {

    /** The name of the journal beside photos that labels move. */
    static final String FILE = "journal.jsonl";

    private final JsonLines lines;
    private final List<JournalEntry> entries;
    private final Class<C> kind;
    private final CountingChanges<C> counting;

    /** The entries that were appended last. */
    private List<JournalEntry> newest = List.of();

    private LabelJournal(JsonLines lines, List<JournalEntry> entries, Class<C> kind) {
        this.lines = lines;
        this.entries = entries;
        this.kind = kind;
        counting = new CountingChanges<>(kind);
        entries.forEach(counting::take);
    }

    /**
     * Opens the journal, made where there is none. A last line that was not written to its end, whose move was never begun, is
     * taken off.
     *
     * @param kind of its changes
     * @throws StudioException if it cannot be written, or a line is none of a journal of such changes
     */
    static <C extends Change> LabelJournal<C> open(Path file, Class<C> kind) {
        try {
            return JsonLines.open(file, lines -> new LabelJournal<>(lines, read(lines, kind), kind));
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static List<JournalEntry> read(JsonLines lines, Class<? extends Change> kind) {
        return lines.read(
                JournalEntry.Line.class,
                line -> line.entry().filter(entry -> !(entry instanceof Change) || kind.isInstance(entry)),
                number ->
                        "Line %d of %s must be an entry of the studio's journal about photos in its folder, but is not; no photo depends on this file: moved away, it only costs the history and undo."
                                .formatted(number, lines.file()));
    }

    private static StudioException unwritable(Path file, IOException e) {
        return new StudioException(
                "%s cannot be written, so that nothing can be labelled: %s.".formatted(file, AtomicFile.reason(e)), e);
    }

    /** All entries, the oldest first. */
    List<JournalEntry> entries() {
        return List.copyOf(entries);
    }

    /** The changes that count. */
    CountingChanges<C> counting() {
        return counting;
    }

    /**
     * The changes of the last operation that may not have been made, as far as they are not withdrawn: none where the journal was
     * closed since.
     */
    List<C> last() {
        List<C> last = new ArrayList<>();
        Set<Object> withdrawn = new HashSet<>();
        for (int i = entries.size() - 1; i >= 0 && entries.get(i).operation() == nextOperation() - 1; i--) {
            if (entries.get(i) instanceof Closing) {
                break;
            } else if (entries.get(i) instanceof Withdrawal withdrawal) {
                withdrawn.add(withdrawal.key());
            } else if (entries.get(i) instanceof Change change && !withdrawn.contains(change.key())) {
                last.add(0, kind.cast(change));
            }
        }
        return last;
    }

    /** The number for a new operation. */
    long nextOperation() {
        return entries.isEmpty() ? 1 : entries.get(entries.size() - 1).operation() + 1;
    }

    /**
     * Appends entries and forces them to the disk.
     *
     * @throws StudioException if that fails; the journal is then as it was, as far as the disk lets it
     */
    void append(List<? extends JournalEntry> more) {
        try {
            lines.append(more.stream().map(JournalEntry.Line::of).toList());
        } catch (IOException e) {
            throw unwritable(lines.file(), e);
        }
        entries.addAll(more);
        more.forEach(counting::take);
        newest = List.copyOf(more);
    }

    /**
     * Appends that changes do not count. On a disk that is too full for that the lines of the newest entries, if these are the
     * changes, are taken off the file instead.
     *
     * @throws StudioException if neither can be done
     */
    void withdraw(List<C> changes, String time) {
        List<Withdrawal> gone =
                changes.stream().map(change -> Withdrawal.of(change, time)).toList();
        try {
            append(gone);
        } catch (StudioException e) {
            if (!newest.equals(changes)) {
                throw e;
            }
            takeBack();
            gone.forEach(counting::take);
        }
    }

    private void takeBack() {
        try {
            lines.takeBack();
        } catch (IOException e) {
            throw unwritable(lines.file(), e);
        }
        entries.subList(entries.size() - newest.size(), entries.size()).clear();
        newest = List.of();
    }

    /** Notes that all operations were carried out, and closes the file. */
    void close(String time) throws IOException {
        try (lines) {
            if (!entries.isEmpty() && !(entries.get(entries.size() - 1) instanceof Closing)) {
                append(List.of(new Closing(nextOperation() - 1, time)));
            }
        }
    }

    /** Closes the file as a kill does. */
    @Override
    public void close() throws IOException {
        lines.close();
    }
}
