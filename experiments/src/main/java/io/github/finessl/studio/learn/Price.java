package io.github.finessl.studio.learn;

import io.github.finessl.studio.learn.Judge.Judged;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The price of a threshold, on photos whose classes are known.
 *
 * @param threshold probability below which an answer is unsure
 * @param answered photos that are answered nevertheless
 * @param right answers of these that are right
 */
public record Price(double threshold, int answered, int right) {

    private static final int STEPS = 100;

    /** The prices of thresholds from 0 to .99. */
    public static List<Price> of(List<Judged> photos) {
        return IntStream.range(0, STEPS)
                .mapToObj(step -> step / (double) STEPS)
                .map(threshold -> {
                    List<Judged> answered = photos.stream()
                            .filter(photo -> photo.confidence() >= threshold)
                            .toList();
                    return new Price(threshold, answered.size(), (int)
                            answered.stream().filter(Judged::right).count());
                })
                .toList();
    }
}
