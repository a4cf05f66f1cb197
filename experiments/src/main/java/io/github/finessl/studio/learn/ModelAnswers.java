package io.github.finessl.studio.learn;

import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.ImageDecoder;
import io.github.finessl.io.FineSslException;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.Classification.Guess;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Photo;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.folder.StudioException;
import io.github.finessl.studio.photo.Background;
import io.github.finessl.studio.photo.OneWarning;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.StudioPhoto;
import io.github.finessl.studio.photo.Turns;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answers of the model in use for all photos of a library, found in the background and kept by content: those that {@code
 * finessl predict} would give. Thread-safe.
 */
public final class ModelAnswers implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ModelAnswers.class);

    /** The likeliest classes that are kept of each answer. */
    private static final int MOST_CLASSES = 5;

    private final PhotoLibrary library;
    private final Models models;
    private final Precision precision;
    private final Turns turns = new Turns(this::toDo);
    private final Background background = new Background("finessl-studio-answers", this::work);
    private final OneWarning warning = new OneWarning(log);
    private final List<Runnable> progress = new CopyOnWriteArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile Answers answers = new Answers(Optional.empty(), Map.of());
    private volatile String fault = "";

    /** Ids of the photos that were asked about this time; the worker's alone. */
    private final Set<String> tried = new HashSet<>();

    /** The model that answers; asking and closing it wait for each other. */
    private Loaded loaded;

    /** A model in memory, and the file of its answers. */
    private record Loaded(TrainedModel of, FineSslModel model, KeptAnswers file) {}

    /**
     * Answers by the photos' content.
     *
     * @param model that gives them
     */
    private record Answers(Optional<TrainedModel> model, Map<String, Classification> byContent) {}

    /**
     * How far the work has come.
     *
     * @param model the number of the model in use; empty where there is none
     * @param done photos that it has answered
     * @param all photos, but for those that are known not to be any
     * @param fault a sentence where it cannot be used; else empty
     */
    public record State(Optional<String> model, int done, int all, String fault) {}

    /** Answers for the photos of a library. */
    public ModelAnswers(PhotoLibrary library, Models models, Precision precision) {
        this.library = library;
        this.models = models;
        this.precision = precision;
    }

    /** Adds what is called, by the worker, after each few photos. */
    public void onProgress(Runnable listener) {
        progress.add(listener);
    }

    /** Adds what is called, by the worker, once all photos are answered, or another model begins to. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Answers what is not answered yet, by the model that is in use now, in the background. */
    public void refresh() {
        background.ask();
    }

    /** Tells that labels have changed: which photos are answered first depends on them. */
    public void reorder() {
        turns.changed();
    }

    /** The model whose answers these are. */
    public Optional<TrainedModel> model() {
        return answers.model();
    }

    /** The answer for a photo, with its likeliest classes, if it is known already. */
    public Optional<Classification> of(StudioPhoto photo) {
        Map<String, Classification> known = answers.byContent();
        return photo.sha256().map(known::get);
    }

    /** How far the work has come. */
    public State state() {
        Optional<TrainedModel> used = models.inUse();
        Answers now = answers;
        Map<String, Classification> known = TrainedModel.areSame(now.model(), used) ? now.byContent() : Map.of();
        List<StudioPhoto> photos =
                library.all().stream().filter(photo -> !photo.isUnreadable()).toList();
        int done = (int) photos.stream()
                .filter(photo -> photo.sha256().filter(known::containsKey).isPresent())
                .count();
        return new State(used.map(TrainedModel::number), done, photos.size(), fault);
    }

    /**
     * The answer for a photo from anywhere.
     *
     * @param bytes of its file
     * @throws FineSslException if there is no model, or the bytes are no photo
     */
    public synchronized Answer ask(byte[] bytes) {
        Loaded now = loaded().orElseThrow(() -> new StudioException("There is no model yet to try: train one first."));
        Heard heard = new Heard();
        now.model().classify(List.of(Photo.of(bytes, "The photo")), heard);
        if (!heard.fault.isEmpty()) {
            throw new StudioException(heard.fault);
        }
        return new Answer(now.of().number(), heard.answers.get("The photo"));
    }

    /** A model's answer. */
    public record Answer(String model, Classification classification) {}

    /** A listener that keeps answers by the photos' names. */
    private static final class Heard implements FineSslModel.Listener {
        private final Map<String, Classification> answers = new HashMap<>();
        private String fault = "";

        @Override
        public void classified(Photo photo, Classification answer) {
            answers.put(photo.name(), likeliest(answer));
        }

        @Override
        public void unreadable(Photo photo, String reason) {
            fault = reason;
        }

        private static Classification likeliest(Classification answer) {
            List<Guess> top = answer.top(MOST_CLASSES);
            return new Classification(
                    top.stream().map(Guess::label).toList(),
                    top.stream().map(Guess::probability).toList(),
                    answer.fit());
        }
    }

    /** The model in use in memory; whoever calls this holds the lock. */
    private Optional<Loaded> loaded() {
        Optional<TrainedModel> used = models.inUse();
        if (loaded != null && !TrainedModel.areSame(used, Optional.of(loaded.of()))) {
            loaded.model().close();
            loaded = null;
        }
        if (loaded == null && used.isPresent() && !background.isClosing()) {
            Kernels kernels = KernelChoice.open(precision);
            String name = kernels.name();
            FineSslModel model = FineSslModel.load(models.folder(used.get().number()), kernels);
            loaded = new Loaded(used.get(), model, KeptAnswers.of(model.card(), name));
        }
        return Optional.ofNullable(loaded);
    }

    private void work() {
        try {
            fault = "";
            begin();
            tried.clear();
            turns.changed();
            List<StudioPhoto> some = turns.next();
            while (!some.isEmpty() && !background.isClosing() && answer(some)) {
                some.forEach(photo -> tried.add(photo.id()));
                progress.forEach(Runnable::run);
                some = turns.next();
            }
            if (!tried.isEmpty()) {
                save();
                listeners.forEach(Runnable::run);
            }
        } catch (FineSslException e) {
            failed(e.getMessage());
        } catch (RuntimeException | Error e) {
            log.error("The model does not answer", e);
            failed(e.toString());
        }
    }

    private void failed(String sentence) {
        fault = sentence;
        listeners.forEach(Runnable::run);
    }

    /** Takes the answers that are kept of the model in use, if it is another one than before. */
    private synchronized void begin() {
        Optional<TrainedModel> used = models.inUse();
        if (TrainedModel.areSame(used, answers.model())) {
            return;
        }
        answers = new Answers(Optional.empty(), Map.of()); // if the model cannot be loaded
        Map<String, Classification> kept = new ConcurrentHashMap<>();
        loaded().ifPresent(now -> kept.putAll(now.file().read()));
        answers = new Answers(used, kept);
        listeners.forEach(Runnable::run);
    }

    /** The photos to ask about: those that test first, for they tell how good the model is, then the labelled ones. */
    private List<StudioPhoto> toDo() {
        Answers now = answers;
        if (now.model().isEmpty()) {
            return List.of();
        }
        return library.all().stream()
                .filter(photo -> photo.sha256()
                        .filter(sha256 -> !now.byContent().containsKey(sha256))
                        .isPresent())
                .filter(photo -> !tried.contains(photo.id()))
                .sorted(Comparator.comparingInt(ModelAnswers::turn))
                .toList();
    }

    private static int turn(StudioPhoto photo) {
        if (photo.place() instanceof Place.Test) {
            return 0;
        }
        return photo.place() instanceof Place.Unlabelled ? 2 : 1;
    }

    /** Returns false if another model is in use since. */
    private synchronized boolean answer(List<StudioPhoto> some) {
        Optional<Loaded> now = loaded();
        if (now.isEmpty() || !isOf(now.get())) {
            background.ask();
            return false;
        }
        Heard heard = new Heard();
        now.get().model().classify(some.stream().map(this::photo).toList(), heard);
        answers.byContent().putAll(heard.answers);
        return true;
    }

    /** Whether the answers are a model's. */
    private boolean isOf(Loaded model) {
        return TrainedModel.areSame(answers.model(), Optional.of(model.of()));
    }

    /** A photo by the name of its content; one that is being moved is answered the next time. */
    private Photo photo(StudioPhoto photo) {
        String sha256 = photo.sha256().orElseThrow();
        return new Photo(sha256, Dataset.UNKNOWN, shortSide -> {
            if (background.isClosing()) {
                throw new DataException("The studio is being closed.");
            }
            try {
                return ImageDecoder.PHOTO.decode(sha256, library.folder().inside(photo.path()), shortSide);
            } catch (StudioException e) {
                throw new DataException(e.getMessage(), e);
            }
        });
    }

    private synchronized void save() {
        if (loaded != null && isOf(loaded)) {
            loaded.file().write(answers.byContent(), warning);
        }
    }

    /** Waits for the photos that are being answered. */
    @Override
    public void close() {
        background.close();
        synchronized (this) {
            save();
            if (loaded != null) {
                loaded.model().close();
                loaded = null;
            }
        }
    }
}
