package io.github.finessl.train;

import io.github.finessl.encoder.Encoder;
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
     * @param scale of the head at the start; empty for the usual one
     */
    record Semantic(INDArray weights, Optional<Double> scale) implements HeadStart {

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
            INDArray weights = ZeroShot.projection(encoder, given.size(1))
                    .map(head -> given.mmul(head.weight().transpose()))
                    .orElse(given);
            return new Semantic(ZeroShot.unit(weights), Optional.empty());
        }
    }

    /** The random start, {@link Uniform}. */
    HeadStart UNIFORM = new Uniform();

    /** The start from class means, {@link Means}. */
    HeadStart MEANS = new Means();

    /** The start from the pile of unlabelled images, {@link Pile}. */
    HeadStart PILE = new Pile();
}
