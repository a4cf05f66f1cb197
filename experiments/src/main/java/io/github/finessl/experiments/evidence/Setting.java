package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.paper.PaperProfile;
import java.util.Map;

/**
 * Images and labels that methods of the protocol are compared on.
 *
 * @param name for people
 * @param set whose tuned settings hold
 * @param options by name
 */
record Setting(String name, Set set, Map<String, String> options) {

    /**
     * A data set.
     *
     * @param name for people
     * @param labels a class, in its tuning
     * @param options that all of its runs have: data, resolution and held-out images
     */
    record Set(String name, int labels, Map<String, String> options) {

        /** The set with N labels of each class. */
        Setting labels(int n) {
            return setting("N" + n, Map.of(Option.LABELS.name(), Integer.toString(n)));
        }

        /** The set with some options of its own. */
        Setting setting(String what, Map<String, String> more) {
            return new Setting(name + " " + what, this, PaperProfile.with(options, more));
        }
    }

    /** The labels a class, of the largest class where they differ. */
    int labels() {
        return Integer.parseInt(options.get(Option.LABELS.name()));
    }
}
