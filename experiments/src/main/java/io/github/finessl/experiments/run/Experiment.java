package io.github.finessl.experiments.run;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import java.io.IOException;
import java.nio.file.Path;
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
     * Options of a run of this experiment.
     *
     * @param properties what the user gave; names that are no option's are passed over, unless they nearly are
     * @throws OptionException on a bad value or a misspelt name
     */
    default Options options(Map<String, String> properties) {
        properties.keySet().forEach(Options::checkSpelling);
        Profile profile =
                Option.PROFILE.parse(properties.getOrDefault(Option.PROFILE.name(), Option.PROFILE.fallback()));
        if (!profiles().contains(profile)) {
            throw new OptionException(name() + " has no profile " + profile + ", only " + profiles());
        }
        for (Option<?> option : fixed()) {
            if (properties.containsKey(option.name())) {
                throw new OptionException(name() + " sets -D" + option.name() + " itself; leave it out.");
            }
        }
        return Options.of(defaults(profile), properties);
    }

    /** Where the results of a profile go: {@code results/table1}, or {@code results/table1-paper}. */
    default Path directory(Path results, Profile profile) {
        return results.resolve(profile == Profile.QUICK ? folder() : folder() + "-" + profile);
    }

    /**
     * Runs to the end, or until {@link RunContext#stopRequested()} and then a checkpoint.
     *
     * @throws IOException where a file of the encoder, the data or a checkpoint is missing or unusable
     */
    Exit run(Options options, RunContext context) throws IOException;
}
