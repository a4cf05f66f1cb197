package io.github.finessl.serve;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The classification of one photo.
 *
 * @param classes their names
 * @param probabilities of each class, in the same order; they sum to one
 * @param fit the largest logit: how well the photo fits its nearest class, by which those of no class are known
 */
public record Classification(List<String> classes, List<Double> probabilities, double fit) {

    /** A class and its probability. */
    public record Guess(String label, double probability) {}

    /** The name of the most probable class. */
    public String label() {
        return top(1).get(0).label();
    }

    /** The probability of the most probable class. */
    public double confidence() {
        return top(1).get(0).probability();
    }

    /** The most probable classes, the most probable first; at most {@code count}. */
    public List<Guess> top(int count) {
        return IntStream.range(0, classes.size())
                .mapToObj(k -> new Guess(classes.get(k), probabilities.get(k)))
                .sorted(Comparator.comparingDouble(Guess::probability).reversed())
                .limit(count)
                .toList();
    }
}
