package io.github.finessl.experiments;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** One table or figure of the paper, or one guided run. */
public interface Experiment {

    /** What {@code -Dexp=} calls it. */
    String name();

    /** What it shows, in one line. */
    String summary();

    /** The folder of its results, for example {@code table1}. */
    default String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The profiles that it has. */
    default Set<Profile> profiles() {
        return EnumSet.allOf(Profile.class);
    }

    /**
     * Defaults of this experiment's own, where they differ from {@link Option}'s.
     *
     * @return option names and values, as a user would write them
     */
    default Map<String, String> defaults(Profile profile) {
        return Map.of();
    }

    /** Options that the experiment sets itself, so that a user's value is refused rather than ignored. */
    default Set<Option<?>> fixed() {
        return Set.of();
    }

    /**
     * Runs to the end, or until {@link RunContext#stopRequested()} and then a checkpoint.
     *
     * @throws IOException where a file of the encoder, the data or a checkpoint is missing or unusable
     */
    Exit run(Options options, RunContext context) throws IOException;
}
