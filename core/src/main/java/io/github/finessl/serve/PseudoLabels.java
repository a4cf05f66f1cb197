package io.github.finessl.serve;

import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.ssl.FineSsl;
import io.github.finessl.ssl.WeakPredictions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Pseudo-labels of photos by a model: which class, how surely, and how much a method of FineSSL's trusts it. */
public final class PseudoLabels {
    private PseudoLabels() {}

    /** A photo, the model's answer, and the class with the largest probability. */
    private record Found(Photo photo, FineSslModel.Answer answer, int label) {
        double confidence() {
            return answer.probabilities()[label];
        }
    }

    /**
     * Pseudo-labels of photos, in their order.
     *
     * <p>Weight ψ and margin m(ŷ) are those that FineSSL's next step would give them if these were all its unlabelled
     * images: the margin falls as a class gets more confident pseudo-labels. Of other methods there are none.
     *
     * @param unreadable hears of photos that cannot be used, with a sentence that names each
     * @param progress hears how many photos are done
     */
    public static List<PseudoLabelled> of(
            FineSslModel model, List<Photo> photos, BiConsumer<Photo, String> unreadable, IntConsumer progress) {
        List<Found> found = new ArrayList<>();
        int[] done = {0};
        model.answer(
                photos,
                (photo, answer) -> {
                    found.add(new Found(photo, answer, WeakPredictions.argmax(answer.probabilities())));
                    progress.accept(++done[0]);
                },
                (photo, reason) -> {
                    unreadable.accept(photo, reason);
                    progress.accept(++done[0]);
                });
        if (!(model.method() instanceof FineSsl method)) {
            return IntStream.range(0, found.size())
                    .mapToObj(i -> pseudoLabelled(found.get(i), null, null))
                    .toList();
        }
        double[] margins = method.margins(
                found.stream().mapToInt(Found::label).toArray(),
                found.stream().mapToDouble(Found::confidence).toArray());
        return found.stream()
                .map(each -> pseudoLabelled(each, method.weight(each.answer().trust()), margins[each.label()]))
                .toList();
    }

    private static PseudoLabelled pseudoLabelled(Found found, Double weight, Double margin) {
        double[] others = found.answer().probabilities().clone();
        others[found.label()] = -1;
        int second = WeakPredictions.argmax(others);
        return new PseudoLabelled(
                found.photo().name(),
                found.label(),
                found.confidence(),
                weight,
                margin,
                found.answer().fit(),
                new PseudoLabelled.Guess(second, others[second]),
                found.photo().truth() < 0
                        ? OptionalInt.empty()
                        : OptionalInt.of(found.photo().truth()));
    }
}
