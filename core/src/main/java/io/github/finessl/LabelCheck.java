package io.github.finessl;

import io.github.finessl.data.EvenlySpread;
import io.github.finessl.report.LabelCurve;
import io.github.finessl.report.LabelVotes;
import io.github.finessl.report.PairedTest;
import io.github.finessl.ssl.LabelSpread;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the labels of photos tell of each other, by frozen features and without training: which of them look wrong, what each
 * photo would be guessed to be without its label, and whether more labels would help.
 */
public final class LabelCheck {

    /** The most unlabelled photos that take part in votes; of more, so many, evenly spread. */
    private static final int MOST_VOTING = 5000;

    /** The parts of the labelled photos that are held out in turn. */
    private static final int PARTS = 5;

    /** The draws of fewer labels, where guesses are tested on test photos. */
    private static final int DRAWS = 3;

    private static final int UNKNOWN = -1;

    private final float[][] labelled;
    private final int[] labels;
    private final float[][] pile;
    private final int classes;

    /**
     * A check of labels.
     *
     * @param labelled features of labelled photos [L, D]
     * @param labels of these [L], from 0 to {@code classes} - 1, each at least once
     * @param pile features of unlabelled photos [n, D], maybe none
     * @param classes two or more
     */
    public LabelCheck(float[][] labelled, int[] labels, float[][] pile, int classes) {
        if (classes < 2) {
            throw new IllegalArgumentException("labels of %d classes tell nothing of each other".formatted(classes));
        }
        this.labelled = labelled.clone();
        this.labels = labels.clone();
        this.pile = pile.clone();
        this.classes = classes;
    }

    /**
     * What the other labels make of each labelled photo, in their order, as the report of a training finds labels that look wrong;
     * empty for the only photo of its class.
     */
    public List<Optional<LabelVotes>> votes() {
        LabelSpread spread =
                new LabelSpread(labelled, labels, EvenlySpread.of(pile, MOST_VOTING), classes, (done, all) -> {});
        List<Optional<LabelSpread.Reached>> reached = spread.reachedWithoutTheirLabels(
                IntStream.range(0, labels.length).toArray());
        return IntStream.range(0, labels.length)
                .mapToObj(i -> reached.get(i).map(each -> LabelVotes.of(labels[i], each.shares())))
                .toList();
    }

    /**
     * The classes that {@link InstantGuesses} guess for the labelled photos, a fifth of them being unlabelled in turn.
     *
     * @return [L]; -1 for the only photo of its class, which cannot be guessed
     */
    public int[] heldOutGuesses() {
        int[] guesses = new int[labels.length];
        Arrays.fill(guesses, UNKNOWN);
        for (Draw draw : parts()) {
            int[] of = guesses(draw, 0, features(draw.guessed()));
            for (int i = 0; i < of.length; i++) {
                guesses[draw.guessed()[i]] = of[i];
            }
        }
        return guesses;
    }

    /** The curve over the number of labels, of labelled photos that are held out in turn. */
    public LabelCurve curve() {
        return curve(
                true,
                parts().stream()
                        .map(draw -> new Exam(
                                draw,
                                features(draw.guessed()),
                                Arrays.stream(draw.guessed())
                                        .map(i -> labels[i])
                                        .toArray()))
                        .toList());
    }

    /**
     * The curve over the number of labels, on test photos.
     *
     * @param test features of test photos [T, D]
     * @param truth their classes [T]
     */
    public LabelCurve curve(float[][] test, int[] truth) {
        return curve(
                false,
                IntStream.range(0, DRAWS)
                        .mapToObj(n -> new Exam(new Draw(shuffled(n), new int[0]), test, truth))
                        .toList());
    }

    /**
     * Labelled photos to learn from, and others of them that are taken for unlabelled.
     *
     * @param learnt their numbers by class, in the order in which they are dropped, the last first
     */
    private record Draw(List<List<Integer>> learnt, int[] guessed) {

        /** The numbers of those that are left after some halvings, one of each class at least. */
        int[] left(int halvings) {
            return learnt.stream()
                    .flatMap(some -> some.stream().limit(Math.max(1, some.size() >> halvings)))
                    .mapToInt(i -> i)
                    .toArray();
        }

        /** How often the largest class can be halved. */
        int halvings() {
            int most = learnt.stream().mapToInt(List::size).max().orElse(1);
            return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(most);
        }
    }

    /** A draw, and photos that its guesses are tested on. */
    private record Exam(Draw draw, float[][] features, int[] truth) {}

    private LabelCurve curve(boolean heldOut, List<Exam> exams) {
        int images = heldOut
                ? exams.stream().mapToInt(exam -> exam.truth().length).sum()
                : exams.get(0).truth().length;
        if (images == 0) {
            return new LabelCurve(heldOut, 0, List.of(), Optional.empty());
        }
        int halvings =
                exams.stream().mapToInt(exam -> exam.draw().halvings()).max().orElse(0);
        List<LabelCurve.Point> points = new ArrayList<>();
        List<boolean[]> right = new ArrayList<>();
        for (int k = 0; k <= halvings; k++) {
            int halved = k;
            List<Exam> sat = k == 0 && !heldOut ? exams.subList(0, 1) : exams; // all labels are drawn in one way
            List<boolean[]> results =
                    sat.stream().map(exam -> right(exam, halved)).toList();
            points.add(
                    0,
                    new LabelCurve.Point(
                            sat.stream()
                                    .mapToInt(exam -> exam.draw().left(halved).length)
                                    .average()
                                    .orElseThrow(),
                            results.stream().mapToInt(LabelCheck::count).sum()
                                    / (double) results.stream()
                                            .mapToInt(some -> some.length)
                                            .sum()));
            right.add(heldOut ? joined(results) : results.get(0));
        }
        return new LabelCurve(
                heldOut,
                images,
                points,
                right.size() < 2 ? Optional.empty() : Optional.of(PairedTest.of(right.get(0), right.get(1))));
    }

    private static int count(boolean[] values) {
        return (int) IntStream.range(0, values.length).filter(i -> values[i]).count();
    }

    private static boolean[] joined(List<boolean[]> parts) {
        boolean[] all = new boolean[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (boolean[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private boolean[] right(Exam exam, int halvings) {
        int[] guesses = guesses(exam.draw(), halvings, exam.features());
        boolean[] right = new boolean[guesses.length];
        for (int i = 0; i < right.length; i++) {
            right[i] = guesses[i] == exam.truth()[i];
        }
        return right;
    }

    private int[] guesses(Draw draw, int halvings, float[][] photos) {
        int[] learnt = draw.left(halvings);
        boolean[] isLearnt = new boolean[labels.length];
        Arrays.stream(learnt).forEach(i -> isLearnt[i] = true);
        float[][] others = features(
                IntStream.range(0, labels.length).filter(i -> !isLearnt[i]).toArray());
        return InstantGuesses.of(
                        features(learnt),
                        Arrays.stream(learnt).map(i -> labels[i]).toArray(),
                        Stream.concat(Arrays.stream(others), Arrays.stream(pile))
                                .toArray(float[][]::new),
                        classes)
                .guesses(photos)
                .stream()
                .mapToInt(guess -> guess.label())
                .toArray();
    }

    private float[][] features(int[] some) {
        return Arrays.stream(some).mapToObj(i -> labelled[i]).toArray(float[][]::new);
    }

    /** The numbers of the photos of each class, in a random order. */
    private List<List<Integer>> shuffled(long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, classes)
                .mapToObj(c -> {
                    List<Integer> of = new ArrayList<>(IntStream.range(0, labels.length)
                            .filter(i -> labels[i] == c)
                            .boxed()
                            .toList());
                    Collections.shuffle(of, random);
                    return of;
                })
                .toList();
    }

    /** Draws in which each photo is held out once, but for the only ones of their classes. */
    private List<Draw> parts() {
        int[] part = new int[labels.length];
        List<List<Integer>> byClass = shuffled(0);
        int dealt = 0;
        for (List<Integer> of : byClass) {
            for (int i : of) {
                part[i] = of.size() == 1 ? UNKNOWN : dealt++ % PARTS;
            }
        }
        return IntStream.range(0, PARTS)
                .mapToObj(n -> new Draw(
                        byClass.stream()
                                .map(of -> of.stream().filter(i -> part[i] != n).toList())
                                .toList(),
                        IntStream.range(0, labels.length)
                                .filter(i -> part[i] == n)
                                .toArray()))
                .toList();
    }
}
