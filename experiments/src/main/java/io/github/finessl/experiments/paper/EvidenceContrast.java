package io.github.finessl.experiments.paper;

import java.util.List;

/**
 * A method and its rivals on one setting, seed by seed.
 *
 * @param rivals of which the one with the best mean accuracy on held-out images is compared; at least one
 */
record EvidenceContrast(EvidenceSetting setting, EvidenceRow method, List<EvidenceRow> rivals, List<Long> seeds) {

    /** A comparison with a single method. */
    static EvidenceContrast of(EvidenceSetting setting, EvidenceRow method, EvidenceRow rival, List<Long> seeds) {
        return new EvidenceContrast(setting, method, List.of(rival), seeds);
    }
}
