package io.github.finessl;

import io.github.finessl.data.Dataset;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Photo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * An image's label and a model's answer.
 *
 * @param label {@link Dataset#STRANGER} for an image of no class
 */
record Answered(int label, Classification answer) {

    /**
     * A model's answers for images of a set; those that cannot be read, of which was told before the training, have none.
     *
     * @param some their indices
     * @throws CancellationException if it was stopped
     */
    static List<Answered> by(FineSslModel model, Dataset images, int[] some, BooleanSupplier stop) {
        List<Answered> answers = new ArrayList<>();
        model.classify(IntStream.of(some).mapToObj(i -> Photo.of(images, i)).toList(), new FineSslModel.Listener() {
            @Override
            public void classified(Photo photo, Classification answer) {
                if (stop.getAsBoolean()) {
                    throw new CancellationException();
                }
                answers.add(new Answered(photo.truth(), answer));
            }

            @Override
            public void unreadable(Photo photo, String reason) {}
        });
        return answers;
    }

    /** Whether the answer is the label. */
    boolean isRight() {
        return answer.classes().indexOf(answer.label()) == label;
    }

    /** The probabilities of the classes. */
    double[] probabilities() {
        return answer.probabilities().stream().mapToDouble(Double::doubleValue).toArray();
    }
}
