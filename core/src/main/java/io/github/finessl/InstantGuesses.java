package io.github.finessl;

import io.github.finessl.data.EvenlySpread;
import io.github.finessl.report.NextLabel;
import io.github.finessl.report.NextLabel.Why;
import io.github.finessl.report.TopTwo;
import io.github.finessl.ssl.PileStart;
import io.github.finessl.train.CoveringChoice;
import io.github.finessl.train.SimpleModel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Guesses of the classes of photos from frozen features and a few labels, made in a moment and without training: by class vectors
 * that are refined on the unlabelled photos ({@link PileStart}), or by class means where there are none.
 */
public final class InstantGuesses {

    /** The most unlabelled photos that class vectors are refined on; of more, so many, evenly spread. */
    private static final int MOST_REFINING = 2000;

    private final SimpleModel model;

    private InstantGuesses(SimpleModel model) {
        this.model = model;
    }

    /**
     * Learns to guess.
     *
     * @param labelled features of labelled photos [L, D]
     * @param labels of these [L], from 0 to {@code classes} - 1, each at least once
     * @param pile features of unlabelled photos [n, D], maybe none
     * @param classes two or more
     */
    public static InstantGuesses of(float[][] labelled, int[] labels, float[][] pile, int classes) {
        if (classes < 2) {
            throw new IllegalArgumentException("there is nothing to guess between %d classes".formatted(classes));
        }
        float[][] vectors = PileStart.of(labelled, labels, EvenlySpread.of(pile, MOST_REFINING), classes);
        return new InstantGuesses(new SimpleModel("pile", "pile", vectors));
    }

    /** The guesses for photos by their features [n, D], in their order. */
    public List<TopTwo> guesses(float[][] photos) {
        return photos.length == 0
                ? List.of()
                : Arrays.stream(model.probabilities(photos)).map(TopTwo::of).toList();
    }

    /**
     * The unlabelled photos whose labels would teach the most, by {@link CoveringChoice}, the best first.
     *
     * @param guesses for the unlabelled photos, by these guesses or another model; empty where nothing is guessed
     * @param pile features of the unlabelled photos [n, D]
     * @param labelled features of the labelled photos [L, D], maybe none
     * @param most how many are wanted
     */
    public static List<NextLabel> next(Optional<List<TopTwo>> guesses, float[][] pile, float[][] labelled, int most) {
        double[] doubt = new double[pile.length];
        Arrays.setAll(doubt, i -> guesses.map(each -> each.get(i).doubt()).orElse(1.0));
        double usual = Arrays.stream(doubt).average().orElse(1);
        Set<Integer> weak = guesses.map(InstantGuesses::weak).orElse(Set.of());
        return CoveringChoice.of(doubt, pile, labelled, most).stream()
                .map(each -> {
                    Why other = guesses.filter(all ->
                                            weak.contains(all.get(each.image()).label()))
                                    .isPresent()
                            ? Why.WEAK_CLASS
                            : Why.ALIKE;
                    return new NextLabel(
                            each.image(), each.alike(), doubt[each.image()] > usual ? Why.DOUBTFUL : other);
                })
                .toList();
    }

    /** The classes that are guessed with less confidence than all photos are on average. */
    private static Set<Integer> weak(List<TopTwo> guesses) {
        double usual =
                guesses.stream().mapToDouble(TopTwo::confidence).average().orElse(1);
        Map<Integer, Double> confidence = guesses.stream()
                .collect(Collectors.groupingBy(TopTwo::label, Collectors.averagingDouble(TopTwo::confidence)));
        confidence.values().removeIf(mean -> mean >= usual);
        return confidence.keySet();
    }
}
