package io.github.finessl.train;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Linear;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The initial class weights of the heads. */
public sealed interface HeadStart {

    /** Random class weights, uniform in (-1, 1), rows of length 1: the paper's. */
    record Uniform() implements HeadStart {}

    /**
     * Class weights from the mean frozen feature of each class's labelled images, of length 1. Pseudo-labels are then
     * sensible from the first step on, where a random head needs some hundred steps to unlearn those it made up: for
     * short runs.
     */
    record Means() implements HeadStart {}

    /** Class weights from the class means, refined on all unlabelled images: {@link io.github.finessl.ssl.PileStart}. */
    record Pile() implements HeadStart {}

    /**
     * Class weights from what is known of the classes beforehand: the features of their names, say.
     *
     * @param weights [C, D], rows of length 1
     */
    record Semantic(INDArray weights) implements HeadStart {

        /**
         * Makes class weights of features in the encoder's feature space. Where they are as wide as what the encoder's
         * file projects its features to (CLIP's joint space of images and text), they are taken back by the
         * projection's transpose; else, where they are as wide as the features, they are taken as they are.
         *
         * @param features [C, E]
         * @throws IllegalArgumentException if E is neither
         */
        public static Semantic of(float[][] features, Encoder encoder) {
            INDArray given = Nd4j.createFromArray(features);
            Optional<INDArray> projection = encoder instanceof VisionTransformer vit
                    ? vit.head().map(Linear::weight).filter(head -> head.size(1) == given.size(1))
                    : Optional.empty();
            if (projection.isEmpty() && given.size(1) != encoder.featureWidth()) {
                throw new IllegalArgumentException("expected %d%s numbers for each class, found %d"
                        .formatted(
                                encoder.featureWidth(),
                                encoder instanceof VisionTransformer vit
                                                && vit.head().isPresent()
                                        ? " or " + vit.head().get().weight().size(1)
                                        : "",
                                given.size(1)));
            }
            INDArray weights =
                    projection.map(head -> given.mmul(head.transpose())).orElse(given);
            INDArray norms = weights.norm2(true, 1);
            if (norms.minNumber().doubleValue() == 0) {
                throw new IllegalArgumentException("expected numbers other than 0 for each class");
            }
            return new Semantic(weights.divColumnVector(norms).dup('c'));
        }
    }

    /** The random start, {@link Uniform}. */
    HeadStart UNIFORM = new Uniform();

    /** The start from class means, {@link Means}. */
    HeadStart MEANS = new Means();

    /** The start from the pile of unlabelled images, {@link Pile}. */
    HeadStart PILE = new Pile();
}
