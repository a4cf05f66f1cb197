package io.github.finessl.studio.learn;

import io.github.finessl.io.FineSslException;
import io.github.finessl.report.TopTwo;
import io.github.finessl.serve.Classification;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.Background;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.studio.photo.StudioPhoto;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/**
 * The judge between the model in use and the instant guesses, by photos whose classes are known and that the model has not learnt
 * from: those in {@code test}, or else those labelled since its training, for which the instant guesses do without their labels. Labels that were suggestions accepted
 * several at a time do not count: they are such guesses themselves.
 * Works in the background; thread-safe.
 */
public final class Judge implements AutoCloseable {

    /** Of fewer photos it cannot be told which is better. */
    static final int ENOUGH = 20;

    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final PhotoLibrary library;
    private final Preparation preparation;
    private final Models models;
    private final ModelAnswers answers;
    private final Background background = new Background("finessl-studio-judge", this::judge);
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile Judgement judgement = new Judgement(Optional.empty(), Why.NO_MODEL, Optional.empty());
    private volatile Exam exam = new Exam(Optional.empty(), false, List.of());

    /** The reasons for a judgement. */
    public enum Why {
        /** There is no model, or none that can be used. */
        NO_MODEL,
        /** The model is right more often. */
        BETTER,
        /** The model is not right more often. */
        NOT_BETTER,
        /** There are too few photos to judge by. */
        TOO_FEW,
        /** The model does not know all classes that there are now. */
        OTHER_CLASSES,
        /** The model has not answered all of the photos yet. */
        WAITING
    }

    /**
     * What both did.
     *
     * @param onTest whether the photos are those in {@code test}, rather than those labelled since
     * @param model how many of them the model names right
     * @param instant how many the instant guesses do
     */
    public record Evidence(boolean onTest, int photos, int model, int instant) {}

    /**
     * Which of both suggests.
     *
     * @param model the number of the model in use; empty where there is none
     * @param evidence where there is any
     */
    public record Judgement(Optional<String> model, Why why, Optional<Evidence> evidence) {

        /** Whether the model suggests, rather than the instant guesses. */
        public boolean isForModel() {
            return why == Why.BETTER;
        }
    }

    /** A photo whose class is known and that the model has not learnt from, as the model answers it. */
    public record Judged(double confidence, boolean right) {}

    /**
     * The photos that a model is judged by.
     *
     * @param model its number; empty where there is none
     * @param onTest whether they are those in {@code test}, rather than those labelled since
     * @param photos that it has answered
     */
    public record Exam(Optional<String> model, boolean onTest, List<Judged> photos) {

        /** Whether they are enough to tell anything. */
        public boolean isEnough() {
            return photos.size() >= ENOUGH;
        }
    }

    /** A judge who has not judged yet. */
    public Judge(PhotoLibrary library, Preparation preparation, Models models, ModelAnswers answers) {
        this.library = library;
        this.preparation = preparation;
        this.models = models;
        this.answers = answers;
    }

    /** Adds what is called, by the worker, when the judgement is another one. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Judges anew in a while, in the background. */
    public void refresh() {
        background.askLater(PAUSE);
    }

    /** The judgement. */
    public Judgement judgement() {
        return judgement;
    }

    /** The photos by which the model in use was judged last. */
    public Exam exam() {
        return exam;
    }

    private void judge() {
        Optional<TrainedModel> model = answers.model();
        Judgement before = judgement;
        Exam examBefore = exam;
        if (model.isEmpty()) {
            exam = new Exam(Optional.empty(), false, List.of());
            judgement = new Judgement(Optional.empty(), Why.NO_MODEL, Optional.empty());
        } else {
            judge(model.get());
        }
        if (!judgement.equals(before) || !exam.equals(examBefore)) {
            listeners.forEach(Runnable::run);
        }
    }

    private void judge(TrainedModel model) {
        LabelledFeatures known = LabelledFeatures.of(library, preparation);
        List<StudioPhoto> test = library.all().stream()
                .filter(photo -> photo.place() instanceof Place.Test
                        && photo.sha256().isPresent()
                        && model.classes().contains(photo.className().orElseThrow()))
                .toList();
        boolean onTest = test.size() >= ENOUGH;
        List<StudioPhoto> judging = onTest ? test : since(model, known);
        List<StudioPhoto> answered =
                judging.stream().filter(photo -> answers.of(photo).isPresent()).toList();
        exam = new Exam(
                Optional.of(model.number()),
                onTest,
                answered.stream().map(this::judged).toList());
        if (!known.canTell() || !model.classes().containsAll(known.classes())) {
            decide(model, Why.OTHER_CLASSES, Optional.empty());
        } else if (judging.size() < ENOUGH) {
            decide(model, Why.TOO_FEW, Optional.empty());
        } else if (answered.size() < judging.size()) {
            decide(model, Why.WAITING, Optional.empty());
        } else {
            OptionalInt instant = onTest ? instantOnTest(known, test) : instantSince(known, judging);
            int byModel = (int) exam.photos().stream().filter(Judged::right).count();
            if (instant.isEmpty()) {
                decide(model, Why.WAITING, Optional.empty());
            } else {
                decide(
                        model,
                        byModel > instant.getAsInt() ? Why.BETTER : Why.NOT_BETTER,
                        Optional.of(new Evidence(onTest, judging.size(), byModel, instant.getAsInt())));
            }
        }
    }

    private void decide(TrainedModel model, Why why, Optional<Evidence> evidence) {
        judgement = new Judgement(Optional.of(model.number()), why, evidence);
    }

    /** The photos that the model did not learn with their labels, and that were labelled one at a time. */
    private List<StudioPhoto> since(TrainedModel model, LabelledFeatures known) {
        Optional<TrainingPlan> plan;
        try {
            plan = models.plan(model.number());
        } catch (FineSslException e) { // it cannot be read: nobody knows what it learnt
            return List.of();
        }
        if (plan.isEmpty()) {
            return List.of();
        }
        Map<String, String> learnt = plan.get().learnt();
        Set<String> together = library.acceptedTogether();
        return known.labelled().stream()
                .filter(photo -> !learnt.containsKey(photo.sha256().orElseThrow())
                        && !together.contains(photo.sha256().orElseThrow()))
                .filter(photo -> model.classes().contains(photo.className().orElseThrow()))
                .toList();
    }

    private Judged judged(StudioPhoto photo) {
        Classification answer = answers.of(photo).orElseThrow();
        return new Judged(answer.confidence(), isOf(photo, answer.label()));
    }

    /** How many test photos the instant guesses name right; empty while the features of some are not known. */
    private OptionalInt instantOnTest(LabelledFeatures known, List<StudioPhoto> test) {
        float[][] features = test.stream()
                .flatMap(photo -> preparation.features(photo).stream())
                .toArray(float[][]::new);
        if (features.length < test.size()) {
            return OptionalInt.empty();
        }
        List<TopTwo> guesses = known.guesses().guesses(features);
        return OptionalInt.of((int) IntStream.range(0, test.size())
                .filter(i ->
                        isOf(test.get(i), known.classes().get(guesses.get(i).label())))
                .count());
    }

    private static OptionalInt instantSince(LabelledFeatures known, List<StudioPhoto> since) {
        int[] guesses = known.check().heldOutGuesses();
        Set<StudioPhoto> judged = Set.copyOf(since);
        return OptionalInt.of((int) IntStream.range(0, guesses.length)
                .filter(i -> judged.contains(known.labelled().get(i)))
                .filter(i -> guesses[i] >= 0
                        && isOf(known.labelled().get(i), known.classes().get(guesses[i])))
                .count());
    }

    private static boolean isOf(StudioPhoto photo, String className) {
        return photo.className().equals(Optional.of(className));
    }

    /** Waits for the judgement that is being made. */
    @Override
    public void close() {
        background.close();
    }
}
