package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Metric;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The defaults of {@code finessl train}, which {@link Defaults} chose with one seed, beside the simpler ways with three: on images
 * held out of the training part, by which the choice stands or falls, and on the test images, of which the former knows nothing.
 *
 * <p>{@code mvn exec:java -Dexp=DefaultsSeeds}
 */
final class DefaultsSeeds implements PaperExperiment {
    private static final Defaults CHOICE = new Defaults();

    @Override
    public String name() {
        return "DefaultsSeeds";
    }

    @Override
    public String summary() {
        return "Holds the chosen defaults against simpler ways, with three seeds";
    }

    @Override
    public String folder() {
        return "defaults-seeds";
    }

    @Override
    public Set<Profile> profiles() {
        return CHOICE.profiles();
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        return PaperProfile.with(CHOICE.defaults(profile), Map.of("seeds", "11,12,13"));
    }

    @Override
    public Set<Option<?>> around() {
        return CHOICE.around();
    }

    @Override
    public List<CrossTable> tables(Options options) {
        CrossTable heldOut = new CrossTable(
                "Accuracy on held-out training images in %",
                "method", Defaults.chosen(), Defaults.columns(options), List.of(Defaults.HELD_OUT), Quotes.NONE);
        return List.of(
                heldOut,
                new CrossTable(
                        "Accuracy on test images in %, of the same runs",
                        "method", Defaults.chosen(), Defaults.columns(options), List.of(Metric.TOP1), Quotes.NONE));
    }
}
