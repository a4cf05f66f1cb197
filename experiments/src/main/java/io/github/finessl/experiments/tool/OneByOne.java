package io.github.finessl.experiments.tool;

import io.github.finessl.InstantGuesses;
import io.github.finessl.report.TopTwo;
import io.github.finessl.ssl.PileStart;
import io.github.finessl.train.NextLabels;
import io.github.finessl.train.SimpleModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** A person who labels one photo after the other and always knows the class. */
final class OneByOne {

    /** The numbers of labels after which the guesses are tested. */
    static final List<Integer> AFTER = List.of(10, 20, 30, 50);

    private static final int AT_ONCE = 24;

    /** The guess where no two classes are known. */
    private static final TopTwo UNKNOWN = new TopTwo(0, 0, 1, 0);

    private final Part photos;
    private final Part others;
    private final Random random;
    private final List<Integer> labelled = new ArrayList<>();
    private final List<Integer> open = new ArrayList<>();

    /**
     * Photos with their true classes.
     *
     * @param features [n, D]
     * @param classes [n]
     */
    record Part(float[][] features, int[] classes) {}

    /** The orders in which photos are labelled. */
    enum Order {
        AT_RANDOM,
        /** {@link NextLabels}: doubt and distance, weak classes first. */
        DOUBTED,
        /** {@link InstantGuesses#next}. */
        COVERING;

        @Override
        public String toString() {
            return switch (this) {
                case AT_RANDOM -> "at random";
                case DOUBTED -> "doubted and unlike, weak classes first";
                case COVERING -> "like many doubted ones";
            };
        }
    }

    /**
     * Photos to label.
     *
     * @param others that the guesses are tested on
     */
    OneByOne(Part photos, Part others, Random random) {
        this.photos = photos;
        this.others = others;
        this.random = random;
        IntStream.range(0, photos.classes().length).forEach(open::add);
    }

    /** Labels photos in an order. The part of the others that is guessed right, by the number of labels. */
    Map<Integer, Double> label(Order order) {
        Map<Integer, Double> right = new TreeMap<>();
        int most = AFTER.get(AFTER.size() - 1);
        while (labelled.size() < most) {
            int next = open.get(next(order));
            open.remove(Integer.valueOf(next));
            labelled.add(next);
            if (AFTER.contains(labelled.size())) {
                right.put(labelled.size(), right());
            }
        }
        return right;
    }

    private int next(Order order) {
        if (order == Order.AT_RANDOM) {
            return random.nextInt(open.size());
        }
        float[][] pile = features(open);
        List<Integer> known = known();
        Optional<List<TopTwo>> guesses = known.size() < 2
                ? Optional.empty()
                : Optional.of(InstantGuesses.of(features(labelled), labels(known), pile, known.size())
                        .guesses(pile));
        return order == Order.COVERING
                ? InstantGuesses.next(guesses, pile, features(labelled), 1)
                        .get(0)
                        .image()
                : NextLabels.of(
                                guesses.orElse(Collections.nCopies(pile.length, UNKNOWN)),
                                pile,
                                features(labelled),
                                AT_ONCE)
                        .get(0);
    }

    /** The part of the others whose class is guessed right; where no two classes are known, all are guessed to be of that one. */
    private double right() {
        List<Integer> known = known();
        int[] guessed = new int[others.classes().length];
        if (known.size() > 1) {
            float[][] vectors = PileStart.of(features(labelled), labels(known), features(open), known.size());
            double[][] probabilities = new SimpleModel("pile", "pile", vectors).probabilities(others.features());
            Arrays.setAll(guessed, i -> best(probabilities[i]));
        }
        return IntStream.range(0, guessed.length)
                        .filter(i -> known.get(guessed[i]) == others.classes()[i])
                        .count()
                / (double) guessed.length;
    }

    private static int best(double[] values) {
        return IntStream.range(0, values.length)
                .reduce((a, b) -> values[b] > values[a] ? b : a)
                .orElseThrow();
    }

    private List<Integer> known() {
        return List.copyOf(
                new TreeSet<>(labelled.stream().map(i -> photos.classes()[i]).toList()));
    }

    private int[] labels(List<Integer> known) {
        return labelled.stream()
                .mapToInt(i -> known.indexOf(photos.classes()[i]))
                .toArray();
    }

    private float[][] features(List<Integer> some) {
        return some.stream().map(i -> photos.features()[i]).toArray(float[][]::new);
    }
}
