package io.github.finessl.studio.photo;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.Sha256;
import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.JournalEntry.Change;
import io.github.finessl.studio.folder.Labels;
import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.PhotoFolder.Found;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.photo.StudioPhoto.Content;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * All photos of a folder, with what is known of each. It changes their {@link Labels}, and finds out what people have done in
 * their file manager, or in the table of labels, when it is asked to {@link #rescan}. Thread-safe.
 */
public final class PhotoLibrary implements AutoCloseable {

    private final Labels labels;
    private final ContentIndex index;
    /** Of the next photo that is new; it begins anywhere, so that no browser takes a photo for one of another start. */
    private long nextId = new SecureRandom().nextLong();

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** In the order of their paths when they were first seen. */
    private final Map<String, StudioPhoto> photos = new LinkedHashMap<>();

    private final Map<String, String> ids = new HashMap<>();

    /** Whether more is known of photos, or some are known by other paths, than was saved. */
    private boolean unsaved;

    /**
     * The result of labelling.
     *
     * @param photos whose labels were changed, as they are now
     * @param faults a sentence for each that was not
     */
    public record Labelled(List<StudioPhoto> photos, List<String> faults) {}

    private PhotoLibrary(Labels labels) {
        this.labels = labels;
        index = ContentIndex.of(labels.folder());
    }

    /** A library without photos until the folder is looked at by {@link #rescan}; closing it closes the labels. */
    public static PhotoLibrary unlisted(Labels labels) {
        return new PhotoLibrary(labels);
    }

    /** Lists the photos of a folder, which closing the library closes. */
    public static PhotoLibrary of(Labels labels) {
        try {
            PhotoLibrary library = unlisted(labels);
            library.rescan();
            return library;
        } catch (RuntimeException e) {
            closed(labels);
            throw e;
        }
    }

    /** Adds what is called after each change of labels or photos, by the thread that made it. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    private void changed() {
        listeners.forEach(Runnable::run);
    }

    /** The folder. */
    public PhotoFolder folder() {
        return labels.folder();
    }

    /** All photos as they are now. */
    public synchronized List<StudioPhoto> all() {
        return List.copyOf(photos.values());
    }

    /**
     * A photo.
     *
     * @throws StudioException if there is none of this id
     */
    public synchronized StudioPhoto photo(String id) {
        return Optional.ofNullable(photos.get(id))
                .orElseThrow(() -> new StudioException("This photo is not in the folder any more."));
    }

    /** The classes, in the order of their names, with the number of their labelled photos. */
    public synchronized SortedMap<String, Integer> classes() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        labels.classes().forEach(name -> counts.put(name, 0));
        for (StudioPhoto photo : photos.values()) {
            if (photo.place() instanceof Place.Labelled labelled) {
                counts.computeIfPresent(labelled.className(), (name, count) -> count + 1);
            }
        }
        return counts;
    }

    /**
     * Looks at what is in the folder now. A photo that was moved keeps its id.
     *
     * @return whether anything was different
     */
    public boolean rescan() {
        boolean different;
        synchronized (this) {
            boolean relabelled = takeLabels();
            different = take(folder().scan()) || relabelled;
        }
        if (different) {
            changed();
        }
        return different;
    }

    /** Looks at what others have changed in the labels. */
    private boolean takeLabels() {
        boolean changed = labels.reread();
        if (changed) {
            photos.replaceAll((id, photo) -> photo.at(photo.file(), labels.place(photo.path())));
        }
        return changed;
    }

    private boolean take(List<Found> found) {
        Map<String, StudioPhoto> gone = new HashMap<>(photos);
        List<Found> unknown = new ArrayList<>();
        boolean different = false;
        for (Found file : found) {
            String id = ids.get(file.path());
            if (id == null) {
                unknown.add(file);
            } else {
                StudioPhoto before = gone.remove(id);
                if (before.file().isUnchanged(file)) {
                    photos.put(id, before.at(file, before.place()));
                } else {
                    replace(before, file);
                    different = true;
                }
            }
        }
        Map<Object, StudioPhoto> moved = new HashMap<>();
        gone.values().forEach(photo -> {
            if (photo.file().key() != null) {
                moved.put(photo.file().key(), photo);
            }
            ids.remove(photo.path());
        });
        for (Found file : unknown) {
            StudioPhoto before = file.key() == null ? null : moved.remove(file.key());
            if (before != null && before.file().isUnchanged(file)) {
                gone.remove(before.id());
                put(before.at(file, labels.place(file.path())));
            } else {
                put(unread(file));
            }
        }
        gone.keySet().forEach(photos::remove);
        return different || !unknown.isEmpty() || !gone.isEmpty();
    }

    private void put(StudioPhoto photo) {
        unsaved |= photo.file().key() == null;
        photos.put(photo.id(), photo);
        ids.put(photo.path(), photo.id());
    }

    private StudioPhoto unread(Found file) {
        return new StudioPhoto(newId(), file, labels.place(file.path()), index.content(file));
    }

    /** Another file under the same name is another photo: browsers keep what they were shown under the old id. */
    private void replace(StudioPhoto before, Found file) {
        photos.remove(before.id());
        put(unread(file));
    }

    private String newId() {
        return HexFormat.of().toHexDigits(nextId++);
    }

    /** Notes what a file contains, unless it was changed meanwhile, or moved from where it could not be read. */
    synchronized void know(StudioPhoto read, Content content) {
        StudioPhoto now = photos.get(read.id());
        if (now != null
                && now.file().isUnchanged(read.file())
                && (now.path().equals(read.path()) || content instanceof Content.Decodable)) {
            photos.put(now.id(), now.with(content));
            unsaved = true;
        }
    }

    /** Saves what is known, for the next start. */
    void save() {
        Optional<List<StudioPhoto>> known;
        synchronized (this) {
            known = unsaved ? Optional.of(all()) : Optional.empty();
            unsaved = false;
        }
        known.ifPresent(index::save);
    }

    /**
     * Labels photos, as one operation that can be undone. A photo whose file has changed since it was found is not labelled but
     * looked at again.
     *
     * @param some ids; one that is there twice counts once
     * @param into the place that they get
     * @throws StudioException if there is no such photo, or a class cannot have this name
     */
    public Labelled label(List<String> some, Place into, By by) {
        Labelled labelled;
        synchronized (this) {
            takeLabels();
            List<Labels.Photo> wanted = new ArrayList<>();
            List<String> faults = new ArrayList<>();
            for (String id : new LinkedHashSet<>(some)) {
                StudioPhoto photo = photo(id);
                if (photo.place() instanceof Place.Test) {
                    faults.add("%s tests the models and is not labelled here.".formatted(photo.path()));
                } else if (!photo.place().equals(into)) {
                    add(photo, true, wanted, faults);
                }
            }
            labelled = applied(labels.label(wanted, into, by), faults);
        }
        changed();
        return labelled;
    }

    /**
     * Adds a photo to those that are to be labelled, or a fault.
     *
     * @param asShown whether it must be the photo that browsers were shown
     */
    private void add(StudioPhoto photo, boolean asShown, List<Labels.Photo> wanted, List<String> faults) {
        try {
            Found now = folder().found(photo.path());
            boolean unchanged = now.isUnchanged(photo.file());
            if (asShown && !unchanged) {
                replace(photo, now);
                faults.add("%s has changed since it was shown: look at it again.".formatted(photo.path()));
                return;
            }
            Optional<String> known = photo.sha256().filter(sha256 -> unchanged);
            wanted.add(new Labels.Photo(
                    photo.path(), known.isPresent() ? known.get() : Sha256.hex(folder().inside(photo.path()))));
        } catch (StudioException e) {
            faults.add(e.getMessage());
            if (asShown && folder().isGone(photo.path())) {
                photos.remove(photo.id());
                ids.remove(photo.path());
            }
        } catch (IOException e) {
            faults.add("%s cannot be read: %s.".formatted(photo.path(), AtomicFile.reason(e)));
        }
    }

    private Labelled applied(Labels.Outcome outcome, List<String> before) {
        List<StudioPhoto> changed = new ArrayList<>();
        for (Change change : outcome.changes()) {
            String id = ids.remove(change.from());
            if (id != null) {
                Found old = photos.get(id).file();
                Found file = new Found(change.to(), old.bytes(), old.modified(), old.key());
                StudioPhoto now = photos.get(id).at(file, labels.place(change.to()));
                put(now);
                changed.add(now);
            }
        }
        List<String> faults = new ArrayList<>(before);
        faults.addAll(outcome.faults());
        return new Labelled(changed, faults);
    }

    /**
     * Takes back the last labelling that was not taken back yet.
     *
     * @return empty where there is none
     */
    public Optional<Labelled> undo() {
        Optional<Labelled> undone;
        synchronized (this) {
            takeLabels();
            undone = labels.undo().map(this::undone);
        }
        changed();
        return undone;
    }

    /** A table may have labels of photos that are not in the folder any more, which no browser can be shown. */
    private Labelled undone(Labels.Outcome outcome) {
        Labelled undone = applied(outcome, List.of());
        return undone.photos().isEmpty() && undone.faults().isEmpty()
                ? new Labelled(
                        List.of(),
                        outcome.changes().stream()
                                .map(change -> "%s is not in the folder any more; its label is taken back in the table."
                                        .formatted(change.from()))
                                .toList())
                : undone;
    }

    /** The contents of photos whose suggestions were accepted several at a time: see {@link Labels#acceptedTogether}. */
    public Set<String> acceptedTogether() {
        return labels.acceptedTogether();
    }

    /** Whether there is a labelling to undo. */
    public boolean canUndo() {
        return labels.canUndo();
    }

    /** Adds a class that has no photo yet. */
    public void addClass(String name) {
        labels.addClass(name);
        changed();
    }

    /**
     * Gives a class another name; where there is a class of that name, both become one.
     *
     * @throws StudioException if there is no such class, or the name cannot be one's
     */
    public Labelled renameClass(String from, String to) {
        Labelled renamed;
        synchronized (this) {
            takeLabels();
            String before = Place.composed(from);
            if (!labels.classes().contains(before)) {
                throw new StudioException("There is no class '%s'.".formatted(from));
            }
            List<Labels.Photo> wanted = new ArrayList<>();
            List<String> faults = new ArrayList<>();
            for (StudioPhoto photo : photos.values()) {
                if (photo.place().equals(Place.labelled(before))) {
                    add(photo, false, wanted, faults);
                }
            }
            renamed = applied(labels.renameClass(before, to, wanted), faults);
        }
        changed();
        return renamed;
    }

    @Override
    public void close() {
        save();
        closed(labels);
    }

    private static void closed(Labels labels) {
        try {
            labels.close();
        } catch (IOException e) {
            throw new StudioException(
                    "%s cannot be closed: %s.".formatted(labels.folder().root(), AtomicFile.reason(e)), e);
        }
    }
}
