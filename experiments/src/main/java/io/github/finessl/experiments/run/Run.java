package io.github.finessl.experiments.run;

import io.github.finessl.experiments.option.Options;

/** One run of a grid: a variant with a seed. */
record Run(String variant, Options options, long seed) {

    /** As messages name it. */
    @Override
    public String toString() {
        return variant + ", seed " + seed;
    }
}
