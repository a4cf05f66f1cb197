package io.github.finessl.experiments.run;

import io.github.finessl.experiments.option.Options;

/** A run of a grid: a variant with a seed. */
record Run(String variant, Options options, long seed) {

    /** The run's name in messages. */
    @Override
    public String toString() {
        return variant + ", seed " + seed;
    }
}
