package io.github.finessl;

import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.ssl.PileStart;
import io.github.finessl.train.CoveringChoice;
import io.github.finessl.train.SimpleModel;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Guesses of the classes of photos from frozen features and a few labels, made in a moment and without training: by class vectors
 * that are refined on the unlabelled photos ({@link PileStart}), or by class means where there are none.
 */
public final class InstantGuesses {

    /** The most unlabelled photos that class vectors are refined on; of more, so many, evenly spread. */
    private static final int MOST_REFINING = 2000;

    private final List<PseudoLabelled> guesses;
    private final float[][] labelled;
    private final float[][] pile;

    /**
     * A guess.
     *
     * @param label the likeliest class
     * @param confidence its probability
     * @param second the next likeliest class
     * @param secondConfidence its probability
     */
    public record Guess(int label, double confidence, int second, double secondConfidence) {}

    private InstantGuesses(List<PseudoLabelled> guesses, float[][] labelled, float[][] pile) {
        this.guesses = guesses;
        this.labelled = labelled;
        this.pile = pile;
    }

    /**
     * Guesses the classes of unlabelled photos.
     *
     * @param labelled features of labelled photos [L, D]
     * @param labels of these [L], from 0 to {@code classes} - 1, each at least once
     * @param pile features of unlabelled photos [n, D]
     * @param classes two or more
     */
    public static InstantGuesses of(float[][] labelled, int[] labels, float[][] pile, int classes) {
        if (classes < 2 || pile.length == 0) {
            throw new IllegalArgumentException(
                    "no guesses for %d classes and %d photos".formatted(classes, pile.length));
        }
        float[][] vectors = PileStart.of(labelled, labels, evenly(pile), classes);
        double[][] probabilities = new SimpleModel("pile", "pile", vectors).probabilities(pile);
        return new InstantGuesses(
                IntStream.range(0, pile.length)
                        .mapToObj(i -> guess(i, probabilities[i]))
                        .toList(),
                labelled.clone(),
                pile.clone());
    }

    /**
     * No guesses, for photos of which fewer than two classes are known: they only have an order.
     *
     * @param labelled features of labelled photos [L, D], maybe none
     * @param pile features of unlabelled photos [n, D]
     */
    public static InstantGuesses none(float[][] labelled, float[][] pile) {
        double[] unknown = {0, 0};
        return new InstantGuesses(
                IntStream.range(0, pile.length).mapToObj(i -> guess(i, unknown)).toList(),
                labelled.clone(),
                pile.clone());
    }

    private static float[][] evenly(float[][] pile) {
        int some = Math.min(pile.length, MOST_REFINING);
        return IntStream.range(0, some)
                .mapToObj(i -> pile[(int) ((long) i * pile.length / some)])
                .toArray(float[][]::new);
    }

    private static PseudoLabelled guess(int image, double[] probabilities) {
        int first = probabilities[0] >= probabilities[1] ? 0 : 1;
        int second = 1 - first;
        for (int c = 2; c < probabilities.length; c++) {
            if (probabilities[c] > probabilities[first]) {
                second = first;
                first = c;
            } else if (probabilities[c] > probabilities[second]) {
                second = c;
            }
        }
        return new PseudoLabelled(
                Integer.toString(image),
                first,
                probabilities[first],
                null,
                null,
                0,
                new PseudoLabelled.Guess(second, probabilities[second]),
                OptionalInt.empty());
    }

    /** The guesses, in the order of the unlabelled photos. */
    public List<Guess> all() {
        return guesses.stream()
                .map(each -> new Guess(
                        each.label(),
                        each.confidence(),
                        each.second().label(),
                        each.second().confidence()))
                .toList();
    }

    /** The unlabelled photos whose labels would teach the most, by {@link CoveringChoice}, the best first. */
    public List<Integer> next(int most) {
        double[] doubt = guesses.stream()
                .mapToDouble(each -> 1 - (each.confidence() - each.second().confidence()))
                .toArray();
        return CoveringChoice.of(doubt, pile, labelled, most);
    }
}
