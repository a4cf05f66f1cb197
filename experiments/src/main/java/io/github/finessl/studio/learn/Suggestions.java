package io.github.finessl.studio.learn;

import io.github.finessl.InstantGuesses;
import io.github.finessl.report.NextLabel;
import io.github.finessl.report.TopTwo;
import io.github.finessl.serve.Classification;
import io.github.finessl.studio.photo.Background;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.studio.photo.StudioPhoto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * Suggestions of classes for unlabelled photos, and the order in which these are shown: those first whose labels would teach the
 * most. They are made anew after each label, in the background, by {@link InstantGuesses}, or by the model in use where the {@link
 * Judge} has found it better. Thread-safe.
 */
public final class Suggestions implements AutoCloseable {

    /** How many photos are chosen for what their labels would teach; the others follow in the order of their paths. */
    private static final int CHOSEN = 24;

    private final PhotoLibrary library;
    private final Preparation preparation;
    private final ModelAnswers answers;
    private final Judge judge;
    /** The pause before suggestions are made anew for more photos, by the time that it takes. */
    private static final int PAUSES = 10;

    private final Background background = new Background("finessl-studio-suggest", this::make);
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Set<String> skipped = ConcurrentHashMap.newKeySet();
    private volatile State state = new State(Map.of(), Map.of(), new Basis(0, 0));
    private volatile Duration took = Duration.ZERO;

    /**
     * A suggestion for a photo.
     *
     * @param className the likeliest class
     * @param confidence its probability
     * @param second the next likeliest class
     * @param model the number of the model that suggests; empty for an instant guess
     */
    public record Suggestion(String className, double confidence, String second, Optional<String> model) {}

    /**
     * The photos that suggestions were made from.
     *
     * @param labelled those with a class
     * @param open those without a label
     */
    public record Basis(int labelled, int open) {}

    /**
     * Suggestions as they were made at one time.
     *
     * @param byPhoto by the photos' ids
     * @param chosen ids of the photos whose labels would teach the most, with the reasons, the best first
     */
    private record State(Map<String, Suggestion> byPhoto, Map<String, NextLabel> chosen, Basis basis) {}

    /** Suggestions for the photos of a library. */
    public Suggestions(PhotoLibrary library, Preparation preparation, ModelAnswers answers, Judge judge) {
        this.library = library;
        this.preparation = preparation;
        this.answers = answers;
        this.judge = judge;
    }

    /** Adds what is called, by the worker, when there are new suggestions. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Makes suggestions anew, in the background. */
    public void refresh() {
        background.ask();
    }

    /** Makes suggestions anew in a while, so that this takes a small part of the time: labels are answered sooner. */
    public void refreshLater() {
        background.askLater(took.multipliedBy(PAUSES));
    }

    /** Which of the model in use and the instant guesses suggests, and why. */
    public Judge.Judgement judgement() {
        return judge.judgement();
    }

    /** What the newest suggestions were made from. */
    public Basis basis() {
        return state.basis();
    }

    /** Why a photo is shown before others; empty where it is only the next one. */
    public Optional<NextLabel> why(StudioPhoto photo) {
        return Optional.ofNullable(state.chosen().get(photo.id()));
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
            if (photo.isOpen()) {
                open.put(photo.id(), photo);
                inOrder.add(photo);
            }
        }
        Set<StudioPhoto> next = new LinkedHashSet<>();
        state.chosen().keySet().stream()
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
                .filter(photo -> photo.isOpen()
                        && suggestions.containsKey(photo.id())
                        && suggestions.get(photo.id()).className().equals(className))
                .sorted(Comparator.comparingDouble((StudioPhoto photo) ->
                                suggestions.get(photo.id()).confidence())
                        .reversed())
                .limit(most)
                .toList();
    }

    private void make() {
        long start = System.nanoTime();
        state = made(LabelledFeatures.of(library, preparation));
        took = Duration.ofNanos(System.nanoTime() - start);
        listeners.forEach(Runnable::run);
    }

    private State made(LabelledFeatures known) {
        List<StudioPhoto> open = known.open();
        Basis basis = new Basis(known.labelled().size(), open.size());
        if (open.isEmpty()) {
            return new State(Map.of(), Map.of(), basis);
        }
        Optional<Guesses> guesses = known.canTell() ? Optional.of(guesses(known)) : Optional.empty();
        Map<String, Suggestion> byPhoto = new HashMap<>();
        guesses.ifPresent(all -> {
            for (int i = 0; i < open.size(); i++) {
                byPhoto.put(open.get(i).id(), all.suggestion(i));
            }
        });
        Map<String, NextLabel> chosen = new LinkedHashMap<>();
        InstantGuesses.next(guesses.map(Guesses::topTwo), known.ofOpen(), known.ofLabelled(), CHOSEN)
                .forEach(next -> chosen.put(open.get(next.image()).id(), next));
        return new State(byPhoto, chosen, basis);
    }

    /**
     * Guesses for photos.
     *
     * @param names of classes
     * @param topTwo by the indices of these
     * @param models the numbers of the models that guess; empty for an instant guess
     */
    private record Guesses(List<String> names, List<TopTwo> topTwo, List<Optional<String>> models) {
        Suggestion suggestion(int photo) {
            TopTwo guess = topTwo.get(photo);
            return new Suggestion(
                    names.get(guess.label()), guess.confidence(), names.get(guess.second()), models.get(photo));
        }
    }

    /** The model's answers where it is the better one and they are known, else instant guesses. */
    private Guesses guesses(LabelledFeatures known) {
        List<TopTwo> instant = known.guesses().guesses(known.ofOpen());
        Optional<TrainedModel> model = answers.model()
                .filter(each -> judge.judgement().isForModel())
                .filter(each -> judge.judgement().model().equals(Optional.of(each.number())));
        List<String> names = Stream.concat(
                        known.classes().stream(), model.stream().flatMap(each -> each.classes().stream()))
                .distinct()
                .toList();
        List<TopTwo> topTwo = new ArrayList<>();
        List<Optional<String>> models = new ArrayList<>();
        for (int i = 0; i < instant.size(); i++) {
            StudioPhoto photo = known.open().get(i);
            Optional<TopTwo> answer = model.flatMap(each -> answers.of(photo)).map(each -> topTwo(each, names));
            topTwo.add(answer.orElse(instant.get(i)));
            models.add(answer.flatMap(each -> model.map(TrainedModel::number)));
        }
        return new Guesses(names, topTwo, models);
    }

    private static TopTwo topTwo(Classification answer, List<String> names) {
        List<Classification.Guess> top = answer.top(2);
        return new TopTwo(
                names.indexOf(top.get(0).label()),
                top.get(0).probability(),
                names.indexOf(top.get(1).label()),
                top.get(1).probability());
    }

    /** Waits for the suggestions that are being made. */
    @Override
    public void close() {
        background.close();
    }
}
