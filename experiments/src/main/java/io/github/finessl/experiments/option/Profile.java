package io.github.finessl.experiments.option;

import java.util.Locale;

/** How much an experiment does. */
public enum Profile {
    /** The embedded encoder and data, in minutes. */
    QUICK,
    /** The embedded encoder and the full CIFAR sets, fewer steps, 3 seeds: a night on a small machine. */
    MEDIUM,
    /** The paper's setting; needs CLIP and the full data sets. */
    PAPER;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
