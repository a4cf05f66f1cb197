package io.github.finessl.cli;

import io.github.finessl.TrainingSettings;
import io.github.finessl.experiments.option.Kind;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Training;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The options of {@code finessl train}: those of experiments under other names, {@code --test-share} for
 * {@code -DtestShare}.
 */
final class TrainingFlags {

    /** The options that most people need, in the order of the help. */
    private static final List<Option<?>> MAIN = List.of(
            Option.LABELLED,
            Option.UNLABELLED,
            Option.LABEL_TABLE,
            Option.PHOTOS,
            Option.TEST,
            Option.TEST_SHARE,
            Option.CLASSES,
            Option.PARENT,
            Option.ENCODER,
            Option.TEXT_ENCODER,
            Option.METHOD,
            Option.TUNING,
            Option.STEPS,
            Option.RESOLUTION,
            Option.PRECISION,
            Option.HELD_OUT,
            Option.KEEP_BEST,
            Option.SEEDS,
            Option.RERUN,
            Option.THREADS,
            Option.HEAP);

    /** The options that say which images there are and how the encoder sees them. */
    private static final List<Option<?>> OF_IMAGES = List.of(
            Option.LABELLED,
            Option.UNLABELLED,
            Option.LABEL_TABLE,
            Option.PHOTOS,
            Option.TEST,
            Option.TEST_SHARE,
            Option.ENCODER,
            Option.RESOLUTION,
            Option.NORMALISATION,
            Option.PRECISION,
            Option.THREADS,
            Option.HEAP);

    /** The options that are for tables of many runs or for other commands. */
    private static final Set<Option<?>> FOREIGN = Set.of(
            Option.PROFILE,
            Option.FROM,
            Option.TO,
            Option.PIXELS,
            Option.GEOMETRY,
            Option.PROFILE_OPS,
            Option.SURVEY,
            Option.STAGES,
            Option.MEMBERS,
            Option.SPARK,
            Option.STACKTRACE,
            Option.OUT);

    /** Flags whose names differ from the option's by more than spelling. */
    private static final Map<Option<?>, String> NAMES = Map.of(
            Option.SEEDS, "--seed",
            Option.TEST, "--test",
            Option.LABEL_TABLE, "--labels",
            Option.LABELS, "--labels-per-class",
            Option.PARENT, "--from");

    private static final Pattern CAPITAL = Pattern.compile("[A-Z]");
    private static final Pattern PROPERTY = Pattern.compile("-D([a-zA-Z.]+)");

    private TrainingFlags() {}

    /** Adds all options of a training to {@code train}. */
    static void addTo(CommandLine train) {
        CommandSpec command = train.getCommandSpec();
        command.addArgGroup(group("%nMost used:%n", 1, MAIN));
        command.addArgGroup(group(
                "%nThe method, its optimiser, and other kinds of data:%n",
                2,
                Options.ALL.stream()
                        .filter(option -> !MAIN.contains(option) && !FOREIGN.contains(option))
                        .toList()));
    }

    /** Adds the options that {@code check} has in common with a training. */
    static void addOfImagesTo(CommandLine check) {
        check.getCommandSpec().addArgGroup(group("%nPhotos, as for 'finessl train':%n", 1, OF_IMAGES));
    }

    private static ArgGroupSpec group(String heading, int order, List<Option<?>> options) {
        ArgGroupSpec.Builder group =
                ArgGroupSpec.builder().heading(heading).validate(false).order(order);
        for (int i = 0; i < options.size(); i++) {
            group.addArg(spec(options.get(i), i));
        }
        return group.build();
    }

    private static OptionSpec spec(Option<?> option, int order) {
        boolean flag = option.kind() == Kind.FLAG;
        OptionSpec.Builder spec = OptionSpec.builder(flag(option))
                .type(String.class)
                .order(order)
                .paramLabel("<" + (flag ? "true" : option.kind()) + ">")
                .description(escaped(withFlags(purpose(option) + " (" + allowed(option) + ")")));
        return (flag ? spec.arity("0..1").fallbackValue("true") : spec.arity("1")).build();
    }

    private static String purpose(Option<?> option) {
        return option.equals(Option.SEEDS)
                ? "random seed of initial parameters, order and augmentation"
                : option.purpose();
    }

    /** The permitted values, and the default where there is one. */
    private static String allowed(Option<?> option) {
        if (option.equals(Option.SEEDS)) {
            return "a whole number from 0 on; default " + option.fallback();
        }
        return option.isOptional() ? option.values() : option.values() + "; default " + fallback(option);
    }

    private static String fallback(Option<?> option) {
        if (option.equals(Option.BATCH) || option.equals(Option.MU)) {
            return "as many as there are, up to " + TrainingSettings.BATCH + " in a batch";
        } else if (option.equals(Option.ENCODER)) {
            return "the ViT-Ti/16 of this installation";
        }
        return Training.DEFAULTS.getOrDefault(option.name(), option.fallback());
    }

    private static String escaped(String description) {
        return description.replace("%", "%%").replace("@|", "@ |");
    }

    /** The flag of an option, such as {@code --test-share} for testShare. */
    static String flag(Option<?> option) {
        return NAMES.getOrDefault(option, "--" + kebab(option.name()));
    }

    private static String kebab(String name) {
        return CAPITAL.matcher(name)
                .replaceAll(capital -> "-" + capital.group().toLowerCase(Locale.ROOT))
                .replace('.', '-');
    }

    /** The text with every {@code -D} property in it replaced by its flag: {@code -DtestShare} by {@code --test-share}. */
    static String withFlags(String text) {
        Map<String, String> flags = new HashMap<>();
        Options.ALL.forEach(option -> flags.put(option.name(), flag(option)));
        return PROPERTY.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(flags.getOrDefault(found.group(1), found.group())));
    }

    /** The options of {@code finessl train}, by their flags without dashes. */
    static Map<String, Option<?>> byName() {
        Map<String, Option<?>> byName = new TreeMap<>();
        Options.ALL.stream()
                .filter(option -> !FOREIGN.contains(option))
                .forEach(option -> byName.put(flag(option).substring(2), option));
        return byName;
    }

    /** The values that the user gave on the command line, by the options' names. */
    static Map<String, String> given(ParseResult parsed) {
        Map<String, String> given = new TreeMap<>();
        byName().forEach((name, option) -> {
            if (parsed.hasMatchedOption("--" + name)) {
                given.put(option.name(), parsed.matchedOptionValue("--" + name, ""));
            }
        });
        return given;
    }
}
