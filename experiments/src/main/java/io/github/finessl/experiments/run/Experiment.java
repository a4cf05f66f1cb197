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

/** An experiment that {@code -Dexp=} can name, such as a table or figure of the paper. */
public interface Experiment {

    /** The name by which {@code -Dexp=} selects the experiment. */
    String name();

    /** A description of the experiment in one line. */
    String summary();

    /** The name of the folder of the experiment's results, for example {@code table1}. */
    default String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The profiles in which the experiment can be run. */
    default Set<Profile> profiles() {
        return EnumSet.allOf(Profile.class);
    }

    /**
     * The experiment's defaults, where they differ from {@link Option}'s.
     *
     * @return option names and values, as a user would write them
     */
    default Map<String, String> defaults(Profile profile) {
        return Map.of();
    }

    /** The options that the experiment sets itself, so that a user's value is refused rather than ignored. */
    default Set<Option<?>> fixed() {
        return Set.of();
    }

    /**
     * The options of a run of this experiment.
     *
     * @param properties what the user gave; names that are not an option's are ignored, unless they resemble one
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

    /** The folder for the results of a profile: {@code results/table1}, or {@code results/table1-paper}. */
    default Path directory(Path results, Profile profile) {
        return results.resolve(profile == Profile.QUICK ? folder() : folder() + "-" + profile);
    }

    /**
     * Runs the experiment to its end, or until {@link RunContext#stopRequested()}, when it writes a checkpoint.
     *
     * @throws IOException where a file of the encoder, the data or a checkpoint is missing or unusable
     */
    Exit run(Options options, RunContext context) throws IOException;
}
