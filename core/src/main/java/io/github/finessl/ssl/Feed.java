package io.github.finessl.ssl;

/**
 * A placeholder of a method's loss, which is filled anew in each step. A method keeps its feeds as constants: {@link Method#loss}
 * places them in the graph ({@link LossGraph#placeholder}), {@link Method#targets} gives them their values ({@link
 * StepTargets.Builder#feed}).
 */
public sealed interface Feed {

    /** The placeholder's name in the graph. */
    String name();

    /** A feed of floats: a margin for each class [C], or a weight for each row [N]. */
    record Vector(String name) implements Feed {}

    /** A feed of class indices [N]. */
    record ClassIndices(String name) implements Feed {}

    /** A feed of distributions over the classes [N, C]. */
    record Distributions(String name) implements Feed {}
}
