package io.github.finessl.studio.learn;

import io.github.finessl.InstantGuesses;
import io.github.finessl.io.Daemon;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.studio.photo.StudioPhoto;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Suggestions of classes for unlabelled photos, and the order in which these are shown: those first whose labels would teach the
 * most. They are made anew after each label, in the background, by {@link InstantGuesses}. Thread-safe.
 */
public final class Suggestions implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Suggestions.class);

    /** How many photos are chosen for what their labels would teach; the others follow in the order of their paths. */
    private static final int CHOSEN = 24;

    private final PhotoLibrary library;
    private final Preparation preparation;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(Daemon.named("finessl-studio-suggest"));
    private final AtomicBoolean asked = new AtomicBoolean();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Set<String> skipped = ConcurrentHashMap.newKeySet();
    private volatile State state = new State(Map.of(), List.of());

    /**
     * A suggestion for a photo.
     *
     * @param className the likeliest class
     * @param confidence its probability
     * @param second the next likeliest class
     */
    public record Suggestion(String className, double confidence, String second) {}

    /**
     * Suggestions as they were made at one time.
     *
     * @param byPhoto by the photos' ids
     * @param chosen ids of the photos whose labels would teach the most
     */
    private record State(Map<String, Suggestion> byPhoto, List<String> chosen) {}

    /** Suggestions for the photos of a library. */
    public Suggestions(PhotoLibrary library, Preparation preparation) {
        this.library = library;
        this.preparation = preparation;
    }

    /** Adds what is called, by the worker, when there are new suggestions. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Makes suggestions anew, in the background. */
    public void refresh() {
        if (!worker.isShutdown() && asked.compareAndSet(false, true)) {
            worker.execute(this::make);
        }
    }

    /** The suggestion for a photo, if there is one. */
    public Optional<Suggestion> of(StudioPhoto photo) {
        return Optional.ofNullable(state.byPhoto().get(photo.id()));
    }

    /** Shows a photo after all others. */
    public void skip(StudioPhoto photo) {
        skipped.add(photo.id());
    }

    /** The photos to label next: such as teach much first, skipped ones last. */
    public List<StudioPhoto> next(int most) {
        Map<String, StudioPhoto> open = new HashMap<>();
        List<StudioPhoto> inOrder = new ArrayList<>();
        for (StudioPhoto photo : library.all()) {
            if (isOpen(photo)) {
                open.put(photo.id(), photo);
                inOrder.add(photo);
            }
        }
        Set<StudioPhoto> next = new LinkedHashSet<>();
        state.chosen().stream()
                .map(open::get)
                .filter(photo -> photo != null && !skipped.contains(photo.id()))
                .forEach(next::add);
        inOrder.stream()
                .filter(photo -> !skipped.contains(photo.id()))
                .limit(most)
                .forEach(next::add);
        inOrder.stream()
                .filter(photo -> skipped.contains(photo.id()))
                .limit(most)
                .forEach(next::add);
        return next.stream().limit(most).toList();
    }

    /** The photos that are suggested to be of a class, the surest first. */
    public List<StudioPhoto> ofClass(String className, int most) {
        Map<String, Suggestion> suggestions = state.byPhoto();
        return library.all().stream()
                .filter(photo -> isOpen(photo)
                        && suggestions.containsKey(photo.id())
                        && suggestions.get(photo.id()).className().equals(className))
                .sorted(Comparator.comparingDouble((StudioPhoto photo) ->
                                suggestions.get(photo.id()).confidence())
                        .reversed())
                .limit(most)
                .toList();
    }

    private static boolean isOpen(StudioPhoto photo) {
        return photo.place().equals(Place.UNLABELLED) && !photo.isUnreadable();
    }

    private void make() {
        asked.set(false);
        try {
            state = made();
            listeners.forEach(Runnable::run);
        } catch (RuntimeException | Error e) {
            log.error("The suggestions stay as they were", e);
        }
    }

    private State made() {
        List<float[]> labelled = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<StudioPhoto> open = new ArrayList<>();
        List<float[]> pile = new ArrayList<>();
        for (StudioPhoto photo : library.all()) {
            Optional<float[]> features = preparation.features(photo);
            if (features.isPresent() && photo.place() instanceof Place.Labelled of) {
                labelled.add(features.get());
                names.add(of.className());
            } else if (features.isPresent() && isOpen(photo)) {
                open.add(photo);
                pile.add(features.get());
            }
        }
        if (open.isEmpty()) {
            return new State(Map.of(), List.of());
        }
        List<String> classes = List.copyOf(new TreeSet<>(names));
        float[][] ofLabelled = labelled.toArray(float[][]::new);
        float[][] ofPile = pile.toArray(float[][]::new);
        boolean canTell = classes.size() > 1;
        InstantGuesses guesses = canTell
                ? InstantGuesses.of(
                        ofLabelled, names.stream().mapToInt(classes::indexOf).toArray(), ofPile, classes.size())
                : InstantGuesses.none(ofLabelled, ofPile);
        Map<String, Suggestion> byPhoto = new HashMap<>();
        if (canTell) {
            List<InstantGuesses.Guess> all = guesses.all();
            for (int i = 0; i < open.size(); i++) {
                InstantGuesses.Guess guess = all.get(i);
                byPhoto.put(
                        open.get(i).id(),
                        new Suggestion(classes.get(guess.label()), guess.confidence(), classes.get(guess.second())));
            }
        }
        return new State(
                byPhoto,
                guesses.next(CHOSEN).stream().map(i -> open.get(i).id()).toList());
    }

    @Override
    public void close() {
        Daemon.end(worker);
    }
}
