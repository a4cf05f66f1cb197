package io.github.finessl.experiments.evidence;

import java.util.List;

/**
 * A part of a stage of the protocol: methods on settings, each with the same seeds.
 *
 * @param stage its number in {@code results/PROTOCOL.md}
 * @param purpose what the runs are for
 */
record Block(int stage, String title, Purpose purpose, List<Row> rows, List<Setting> settings, List<Long> seeds) {

    /** What the runs of a block are for. */
    enum Purpose {
        /** To choose the settings of each method, by held-out images. */
        TUNING,
        /** To measure how much weight variants of FineSSL give the unlabelled loss. */
        MATCHING,
        /** To compare methods. */
        COMPARISON
    }

    /** The number of runs. */
    int size() {
        return rows.size() * settings.size() * seeds.size();
    }
}
