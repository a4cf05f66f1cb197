package io.github.finessl.experiments.evidence;

import java.util.List;

/**
 * A method and its rivals on one setting, seed by seed.
 *
 * @param rivals of which the one with the best mean accuracy on held-out images is compared; at least one
 */
record Contrast(Setting setting, Row method, List<Row> rivals, List<Long> seeds) {

    /** A comparison with a single method. */
    static Contrast of(Setting setting, Row method, Row rival, List<Long> seeds) {
        return new Contrast(setting, method, List.of(rival), seeds);
    }
}
