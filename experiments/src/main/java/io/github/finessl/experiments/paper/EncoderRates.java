package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The choice of {@link PaperProfile#ENCODER_RATE}, the learning rate of fully trained encoders: the one with the best mean
 * accuracy on images held out of the training part, with a seed that no table has. Test images play no part in it.
 *
 * <p>{@code mvn exec:java -Dexp=EncoderRates}
 */
final class EncoderRates implements PaperExperiment {
    @Override
    public String name() {
        return "EncoderRates";
    }

    @Override
    public String summary() {
        return "Chooses the encoder's learning rate on held-out images";
    }

    @Override
    public String folder() {
        return "encoder-rates";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK, Profile.MEDIUM);
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        return PaperProfile.with(
                PaperProfile.defaults(profile), Map.of("seeds", "11", "survey", "0", "tuning", "full"));
    }

    @Override
    public List<CrossTable> tables(Options options) {
        Profile profile = options.get(Option.PROFILE);
        Column cifar10 = PaperProfile.labels("CIFAR-10", PaperProfile.cifar(10, profile), 4);
        Column cifar100 = PaperProfile.labels("CIFAR-100", PaperProfile.cifar(100, profile), 4);
        List<Row> rows = List.of(
                row("FixMatch", "fixmatch", cifar100, 10, options),
                row("FineSSL", "finessl", cifar100, 10, options),
                row("FixMatch", "fixmatch", cifar10, 50, options));
        List<Column> rates = Stream.of("0.0001", "0.0003", "0.001", "0.003")
                .map(rate -> new Column(rate, Map.of(Option.ENCODER_LEARNING_RATE.name(), rate)))
                .toList();
        return List.of(new CrossTable(
                "Accuracy on held-out training images in %, by the learning rate of a fully trained encoder",
                "method, data", rows, rates, List.of(Defaults.HELD_OUT), Quotes.NONE));
    }

    /** @param perClass held-out images per class, a thousand or five hundred in all */
    private static Row row(String name, String method, Column data, int perClass, Options options) {
        Map<String, String> settings = Map.of(
                Option.METHOD.name(), method,
                Option.HELD_OUT.name(), Integer.toString(perClass),
                Option.EVAL_EVERY.name(), options.get(Option.STEPS).toString());
        return new Row(name + ", " + data.name(), PaperProfile.with(data.options(), settings));
    }
}
