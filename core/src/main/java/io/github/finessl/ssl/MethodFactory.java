package io.github.finessl.ssl;

/** A maker of fresh methods, one for each run. */
@FunctionalInterface
public interface MethodFactory {

    /**
     * Creates a method that has seen nothing yet.
     *
     * @param unlabelled how many unlabelled images the run has
     * @param classes C
     */
    Method make(int unlabelled, int classes);
}
