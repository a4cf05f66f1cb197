package io.github.finessl.cli;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;

/** Options that the start script hands to Java and its native libraries before they start. */
final class OfScript {

    /** What {@code --threads} is made known to native libraries by, when they are loaded. */
    private static final String THREADS = "OMP_NUM_THREADS";

    private OfScript() {}

    /**
     * Makes sure that they are what they should be, and that a script has seen to them.
     *
     * @param heap null where it is not given
     * @param threads null where they are not given
     * @throws OptionException naming the one that cannot be followed
     */
    static void require(String heap, String threads) {
        if (heap != null) {
            Option.HEAP.parse(heap);
        }
        boolean some = threads != null && Option.THREADS.parse(threads).isPresent();
        if (some && !threads.strip().equals(System.getenv(THREADS))) {
            throw new OptionException("--threads=" + threads + " needs the environment variable " + THREADS + "="
                    + threads + ", which the script finessl sets.");
        }
    }
}
