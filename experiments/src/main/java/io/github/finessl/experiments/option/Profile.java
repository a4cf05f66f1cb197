package io.github.finessl.experiments.option;

import java.util.Locale;

/** The size of an experiment: its data sets, encoder, steps and seeds. */
public enum Profile {
    /** The repository's encoder and data, in minutes. */
    QUICK,
    /** The repository's encoder and the full CIFAR sets, fewer steps, 3 seeds: a night on a small machine. */
    MEDIUM,
    /** The paper's setting, which needs CLIP and the full data sets. */
    PAPER;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
