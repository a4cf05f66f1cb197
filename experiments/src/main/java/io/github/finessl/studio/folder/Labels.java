package io.github.finessl.studio.folder;

import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.JournalEntry.Change;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The truth about the labels of a folder's photos, which this process changes: where the photos lie ({@link LabelledFolder}) or
 * what a table says of them ({@link LabelledTable}). No label is lost, and each operation can be undone, the last one first, also
 * after a restart. Thread-safe.
 */
public sealed interface Labels extends AutoCloseable permits LabelledFolder, LabelledTable {

    /**
     * A photo that is to be labelled.
     *
     * @param path relative to the folder and with slashes
     * @param sha256 of its file
     */
    record Photo(String path, String sha256) {}

    /**
     * The result of an operation.
     *
     * @param changes that were made
     * @param faults a sentence for each photo whose label could not be changed
     */
    record Outcome(List<? extends Change> changes, List<String> faults) {}

    /**
     * Opens the labels of a folder's photos, and finishes what a killed process had begun.
     *
     * @param table where labels are rows of a table; empty where they are the photos' places
     * @throws io.github.finessl.io.FineSslException if another process changes them, or they cannot be read or written
     */
    static Labels open(Path photos, Optional<Path> table) {
        return table.isPresent()
                ? LabelledTable.open(photos, table.get())
                : LabelledFolder.open(PhotoFolder.open(photos));
    }

    /** The folder of the photos. */
    PhotoFolder folder();

    /**
     * Looks at what others have changed since, apart from photos that were moved.
     *
     * @return whether any label may be another
     * @throws io.github.finessl.io.FineSslException if it cannot be read any more
     */
    boolean reread();

    /** The place of a photo among the labels. */
    Place place(String path);

    /** The names of the classes, with or without photos, in order. */
    List<String> classes();

    /**
     * Labels photos as one operation; one that has the label already stays as it is.
     *
     * @throws StudioException if a new class cannot have this name, or nothing can be written
     */
    Outcome label(List<Photo> photos, Place into, By by);

    /**
     * Takes back the last operation that has not been undone yet, as far as others have not changed its photos since: of these
     * the faults say so.
     *
     * @return empty where there is nothing to undo
     */
    Optional<Outcome> undo();

    /** Whether there is an operation to undo. */
    boolean canUndo();

    /**
     * The contents, by SHA-256, of photos whose suggestions were accepted several at a time: their labels were the guesses, and
     * tell nothing of how good guesses are.
     */
    Set<String> acceptedTogether();

    /** Adds a class that has no photo yet. */
    void addClass(String name);

    /**
     * Gives a class another name, as one operation; where there is a class of that name, both become one.
     *
     * @param photos of the class
     * @throws StudioException if the name cannot be one's, or nothing can be written
     */
    Outcome renameClass(String from, String to, List<Photo> photos);

    @Override
    void close() throws IOException;
}
