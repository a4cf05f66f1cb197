package io.github.finessl.experiments.option;

import io.github.finessl.tuning.Tunings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Factories for the kinds of options, such as whole numbers and paths, with the parsers of their values. */
final class OptionKinds {

    private OptionKinds() {}

    static Option<Integer> whole(String name, String fallback, int least, String purpose) {
        return new Option<>(
                name,
                fallback,
                Kind.NUMBER,
                "a whole number from " + least + " on",
                purpose,
                text -> whole(text, least));
    }

    static Option<Integer> whole(String name, String fallback, int least, int most, String purpose) {
        return new Option<>(
                name,
                fallback,
                Kind.NUMBER,
                "a whole number from " + least + " to " + most,
                purpose,
                text -> whole(text, least, most));
    }

    static Option<Optional<Integer>> autoWhole(String name, int least, int most, String purpose) {
        return new Option<>(
                name,
                Option.AUTO,
                Kind.NUMBER,
                "a whole number from " + least + " to " + most + ", or auto",
                purpose,
                text -> text.equals(Option.AUTO) ? Optional.empty() : Optional.of(whole(text, least, most)));
    }

    static <T> Option<Optional<T>> orNone(
            String name, Kind kind, String values, String purpose, Function<String, T> parser) {
        return new Option<>(
                name,
                Option.NONE,
                kind,
                values,
                purpose,
                text -> text.equals(Option.NONE) ? Optional.empty() : Optional.of(parser.apply(text)));
    }

    static String tuning(String text) {
        try {
            Tunings.make(text, 1, 1);
            return text;
        } catch (IllegalArgumentException e) {
            throw new OptionException("-Dtuning=" + text + " cannot be used: " + e.getMessage() + ".");
        }
    }

    static double ratio(String text) {
        double value = Double.parseDouble(text);
        require(Double.isFinite(value) && value >= 1);
        return value;
    }

    static int whole(String text, int least) {
        return whole(text, least, Integer.MAX_VALUE);
    }

    static int whole(String text, int least, int most) {
        int value = Integer.parseInt(text);
        require(value >= least && value <= most);
        return value;
    }

    static Option<Double> real(String name, String fallback, DoublePredicate range, String values, String purpose) {
        return new Option<>(name, fallback, Kind.NUMBER, values, purpose, text -> {
            double value = Double.parseDouble(text);
            require(Double.isFinite(value) && range.test(value));
            return value;
        });
    }

    static boolean isFraction(double x) {
        return x >= 0 && x <= 1;
    }

    /** A path; an empty one would stand for the folder that the command was started in. */
    static Path file(String text) {
        require(!text.isBlank());
        return Path.of(text);
    }

    static Option<Path> path(String name, String fallback, String purpose) {
        return new Option<>(name, fallback, Kind.FILE, "a path", purpose, OptionKinds::file);
    }

    static Optional<Path> pathOrNone(String text) {
        return text.equals(Option.NONE) ? Optional.empty() : Optional.of(file(text));
    }

    static Option<String> text(String name, String fallback, String pattern, String values, String purpose) {
        Pattern compiled = Pattern.compile(pattern);
        return new Option<>(name, fallback, Kind.NAME, values, purpose, text -> {
            require(compiled.matcher(text).matches());
            return text;
        });
    }

    static Option<String> choice(String name, String fallback, List<String> choices, String purpose) {
        return new Option<>(name, fallback, Kind.NAME, anyOf(choices), purpose, text -> {
            require(choices.contains(text));
            return text;
        });
    }

    static <E extends Enum<E>> Option<E> choice(String name, E fallback, String purpose) {
        List<E> choices = Arrays.asList(fallback.getDeclaringClass().getEnumConstants());
        String values = anyOf(choices.stream().map(value -> spelling(value)).toList());
        return new Option<>(
                name,
                spelling(fallback),
                Kind.NAME,
                values,
                purpose,
                text -> Enum.valueOf(
                        fallback.getDeclaringClass(),
                        text.toUpperCase(Locale.ROOT).replace('-', '_')));
    }

    private static String spelling(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String anyOf(List<String> choices) {
        return choices.stream()
                .limit(choices.size() - 1L)
                .collect(Collectors.joining(", ", "", " or " + choices.get(choices.size() - 1)));
    }

    static Option<Boolean> flag(String name, String purpose) {
        // A bare -Dname arrives as "true": Maven says so.
        return new Option<>(name, "false", Kind.FLAG, "true or false", purpose, text -> {
            require(text.equals("true") || text.equals("false"));
            return Boolean.valueOf(text);
        });
    }

    static List<Long> seeds(String text) {
        List<Long> seeds = Arrays.stream(text.split(",", -1))
                .map(seed -> Long.valueOf(seed.strip()))
                .toList();
        require(seeds.stream().allMatch(seed -> seed >= 0));
        require(seeds.stream().distinct().count() == seeds.size());
        return seeds;
    }

    static Optional<List<Integer>> stages(String text) {
        return text.equals("all")
                ? Optional.empty()
                : Optional.of(
                        text.equals(Option.NONE)
                                ? List.of()
                                : Arrays.stream(text.split(",", -1))
                                        .map(stage -> whole(stage.strip(), 0))
                                        .toList());
    }

    static Optional<String> master(String text) {
        require(text.matches("none|local\\[([1-9][0-9]*|\\*)]|spark://\\S+"));
        return text.equals(Option.NONE) ? Optional.empty() : Optional.of(text);
    }

    static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException();
        }
    }
}
