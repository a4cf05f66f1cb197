package io.github.finessl.train;

/** How the class weights of the heads start. */
public enum HeadStart {
    /** Uniform in (-1, 1), rows of length 1: the paper's. */
    UNIFORM,
    /**
     * The mean frozen feature of each class's labelled images, of length 1. Pseudo-labels are then sensible from the first
     * step on, where a random head needs some hundred steps to unlearn those it made up: for short runs.
     */
    MEANS
}
