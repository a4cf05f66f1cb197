package io.github.finessl.cli;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;

/** The options that the start script hands to Java and to native libraries before they start. */
final class StartScriptOptions {

    /** The environment variable that tells native libraries of {@code --threads} when they are loaded. */
    private static final String THREADS = "OMP_NUM_THREADS";

    private StartScriptOptions() {}

    /**
     * Makes sure that the values are valid and that the start script has applied them.
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
