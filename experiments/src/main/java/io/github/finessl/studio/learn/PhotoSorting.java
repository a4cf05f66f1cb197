package io.github.finessl.studio.learn;

import io.github.finessl.data.KnownStrangers;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.FineSslException;
import io.github.finessl.serve.Decision;
import io.github.finessl.serve.PhotoSorter;
import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.photo.Background;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.StudioPhoto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sorting of all photos into a new folder beside theirs, a folder for each class: by the labels that people gave, else by the
 * model in use. Copies are made; the photos stay as they are. Works in the background; thread-safe.
 */
public final class PhotoSorting implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PhotoSorting.class);

    private final PhotoLibrary library;
    private final ModelAnswers answers;
    private final Models models;
    private final Background background = new Background("finessl-studio-sort", this::sort);
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile State state = new State(Phase.NONE, 0, 0, "", 0, "");
    private volatile boolean unknown;
    private volatile boolean stop;

    /** The phases of sorting. */
    public enum Phase {
        NONE,
        RUNNING,
        STOPPED,
        FINISHED,
        FAILED
    }

    /**
     * How far it has come.
     *
     * @param done photos that were looked at
     * @param folder that they are copied into
     * @param missed photos that could not be read, and so are not in it
     * @param message a sentence where it failed
     */
    public record State(Phase phase, int done, int all, String folder, int missed, String message) {
        private State at(Phase now, int soFar, int missedSoFar) {
            return new State(now, soFar, all, folder, missedSoFar, message);
        }
    }

    /** The sorting of a library's photos. */
    public PhotoSorting(PhotoLibrary library, ModelAnswers answers, Models models) {
        this.library = library;
        this.answers = answers;
        this.models = models;
    }

    /** Adds what is called when the state has changed. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** The state of the last sorting. */
    public State state() {
        return state;
    }

    /** The photos that are sorted: those that can be read. */
    private List<StudioPhoto> photos() {
        return library.all().stream()
                .filter(photo -> photo.sha256().isPresent())
                .toList();
    }

    /** The bytes that copies of all photos take. */
    public long bytes() {
        return photos().stream().mapToLong(photo -> photo.file().bytes()).sum();
    }

    /** The folder that the photos would be sorted into: beside theirs, or beside the table of labels, and not there yet. */
    public Path target() {
        Path root = library.folder().root();
        Path home = library.folder().home();
        Path beside = home.startsWith(root) ? root.getParent() : home;
        for (int n = 1; ; n++) {
            Path target = beside.resolve(root.getFileName() + "-sorted" + (n == 1 ? "" : "-" + n));
            if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                return target;
            }
        }
    }

    /**
     * Begins to sort.
     *
     * @param toNone whether photos that fit no class are sorted into a folder of such
     * @throws StudioException if it does already, the model has not answered all photos, or there is no room
     */
    public synchronized void begin(boolean toNone) {
        if (state.phase() == Phase.RUNNING) {
            throw new StudioException("The photos are being sorted already.");
        }
        ModelAnswers.State known = answers.state();
        if (known.model().isEmpty()) {
            throw new StudioException("There is no model yet to sort by: train one first.");
        } else if (known.done() < known.all()) {
            throw new StudioException("The model has looked at %d of %d photos: wait until it has seen all."
                    .formatted(known.done(), known.all()));
        }
        Path target = target();
        requireRoom(target);
        requireNoClassLikeAWord(toNone);
        unknown = toNone;
        stop = false;
        change(new State(Phase.RUNNING, 0, photos().size(), target.toString(), 0, ""));
        background.ask();
    }

    private void requireRoom(Path target) {
        try {
            long free = Files.getFileStore(target.getParent()).getUsableSpace();
            if (free < bytes()) {
                throw new StudioException("Copies of the photos take %,d bytes, but beside %s there is room for %,d."
                        .formatted(bytes(), library.folder().root(), free));
            }
        } catch (IOException e) {
            throw new StudioException(
                    "%s cannot be written to: %s.".formatted(target.getParent(), AtomicFile.reason(e)), e);
        }
    }

    private void requireNoClassLikeAWord(boolean toNone) {
        List<String> classes = List.copyOf(library.classes().keySet());
        String unsure = Decision.Unsure.WORD;
        if (classes.contains(unsure)
                && models.unsureBelow(answers.state().model().orElseThrow()) > 0) {
            throw new StudioException(
                    "There is a class of the name %s, which stands for photos below the threshold.".formatted(unsure));
        }
        if (toNone && classes.contains(KnownStrangers.NAME)) {
            throw new StudioException("There is a class of the name %s, which stands for photos of no class."
                    .formatted(KnownStrangers.NAME));
        }
    }

    /** Stops after the photo that is being copied; what was copied stays. */
    public void stop() {
        stop = true;
    }

    private void change(State now) {
        state = now;
        listeners.forEach(Runnable::run);
    }

    private void sort() {
        try {
            PhotoSorter sorter = new PhotoSorter(Path.of(state.folder()), PhotoSorter.Means.COPY);
            Decisions decisions = Decisions.of(answers, models, unknown);
            int done = 0;
            int missed = 0;
            for (StudioPhoto photo : photos()) {
                if (stop || background.isClosing()) {
                    change(state.at(Phase.STOPPED, done, missed));
                    return;
                }
                missed += sort(photo, decisions, sorter) ? 0 : 1;
                change(state.at(Phase.RUNNING, ++done, missed));
            }
            change(state.at(Phase.FINISHED, done, missed));
        } catch (IOException | FineSslException e) {
            failed(e.getMessage());
        } catch (RuntimeException | Error e) {
            log.error("The photos are not sorted", e);
            failed(e.toString());
        }
    }

    private void failed(String sentence) {
        change(new State(Phase.FAILED, state.done(), state.all(), state.folder(), state.missed(), sentence));
    }

    /** Returns false for a photo that is not there any more, or that nobody knows. */
    private boolean sort(StudioPhoto photo, Decisions decisions, PhotoSorter sorter) throws IOException {
        Optional<String> word = photo.className();
        if (word.isEmpty() && photo.place() instanceof Place.NoClass) {
            word = Optional.of(KnownStrangers.NAME);
        } else if (word.isEmpty()) {
            word = decisions.of(photo).map(Decision::word);
        }
        PhotoFolder folder = library.folder();
        try {
            Path file = folder.inside(library.photo(photo.id()).path());
            if (word.isPresent()) {
                sorter.sort(file, word.get());
            }
            return word.isPresent();
        } catch (StudioException e) {
            log.warn("{}", e.getMessage());
            return false;
        }
    }

    /** Stops, and waits for the photo that is being copied. */
    @Override
    public void close() {
        background.close();
    }
}
