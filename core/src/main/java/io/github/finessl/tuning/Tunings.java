package io.github.finessl.tuning;

import io.github.finessl.tuning.VisualPrompts.Placement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The registry of fine-tuning strategies by name. A name may have settings behind a colon, with commas between, and
 * several names a plus between them: {@code lora:rank=4}, {@code adaptformer:dim=16,norm=out}, {@code vpt-deep+bitfit}.
 */
public final class Tunings {
    private static final int ADAPTER = 8;
    private static final int ADAPT_FORMER = 64;
    private static final int RANK = 8;
    private static final int MANY_CLASSES = 100;
    private static final Map<String, Function<Settings, Tuning>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("linear", s -> new LinearProbe());
        ALL.put("vpt-deep", s -> new VisualPrompts(new Placement.Deep(), s.prompts));
        ALL.put("vpt-shallow", s -> new VisualPrompts(new Placement.Shallow(), s.prompts));
        ALL.put("vpt-last", s -> new VisualPrompts(new Placement.Last(s.number("blocks", 0)), s.prompts));
        ALL.put("adapter", s -> new Adapter(s.number("dim", ADAPTER), s.flag("sequential")));
        ALL.put(
                "adaptformer",
                s -> new AdaptFormer(
                        s.number("dim", ADAPT_FORMER), s.flag("sequential"), s.flag("learnable"), s.norm()));
        ALL.put("lora", s -> new Lora(s.number("rank", s.classes < MANY_CLASSES ? RANK : 2 * RANK)));
        ALL.put("ssf", s -> new ScaleAndShift());
        ALL.put("bitfit", s -> new BitFit());
        ALL.put("bn", s -> new BatchNormTuning());
        ALL.put("full", s -> new FullFineTuning());
        ALL.put("lp-ft", s -> new ProbeThenFull());
    }

    private Tunings() {}

    /** The names of all strategies, without settings. */
    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /**
     * Makes the strategy of a name, with settings and in combinations.
     *
     * @param prompts the prompt length
     * @param classes C, by which the rank of LoRA goes where none is given: 8, or 16 from 100 classes on, as in the authors'
     *     code
     * @throws IllegalArgumentException saying what is wrong
     */
    public static Tuning make(String text, int prompts, int classes) {
        List<Tuning> parts = Arrays.stream(text.split("\\+", -1))
                .map(part -> one(part, prompts, classes))
                .toList();
        return parts.size() == 1 ? parts.get(0) : new Combined(parts);
    }

    private static Tuning one(String text, int prompts, int classes) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        Function<Settings, Tuning> maker = ALL.get(name);
        if (maker == null) {
            throw new IllegalArgumentException("'" + name + "' is none of " + String.join(", ", names()));
        }
        Settings settings = new Settings(name, colon < 0 ? "" : text.substring(colon + 1), prompts, classes);
        Tuning tuning = maker.apply(settings);
        settings.requireNoneLeft();
        return tuning;
    }

    /** The settings behind the colon, taken out one after the other. */
    private static final class Settings {
        private final String name;
        private final int prompts;
        private final int classes;
        private final Map<String, String> left;

        Settings(String name, String text, int prompts, int classes) {
            this.name = name;
            this.prompts = prompts;
            this.classes = classes;
            left = Arrays.stream(text.split(","))
                    .filter(setting -> !setting.isEmpty())
                    .map(setting ->
                            setting.matches("[0-9]+") && name.equals("vpt-last") ? "blocks=" + setting : setting)
                    .collect(Collectors.toMap(
                            setting -> setting.replaceFirst("=.*", ""),
                            setting -> setting.contains("=") ? setting.replaceFirst("[^=]*=", "") : "",
                            (first, second) -> {
                                throw new IllegalArgumentException(name + " has a setting twice");
                            },
                            LinkedHashMap::new));
        }

        int number(String setting, int fallback) {
            String value = left.remove(setting);
            if (value == null) {
                return fallback;
            }
            if (!value.matches("[0-9]{1,6}")) {
                throw new IllegalArgumentException(
                        name + ": " + setting + " must be a whole number from 1 on, not '" + value + "'");
            }
            return Integer.parseInt(value);
        }

        boolean flag(String setting) {
            String value = left.remove(setting);
            if (value != null && !value.isEmpty()) {
                throw new IllegalArgumentException(
                        name + ": " + setting + " stands by itself, without '=" + value + "'");
            }
            return value != null;
        }

        AdaptFormer.Norm norm() {
            String value = left.remove("norm");
            return switch (value == null ? "in" : value) {
                case "in" -> AdaptFormer.Norm.IN;
                case "out" -> AdaptFormer.Norm.OUT;
                case "none" -> AdaptFormer.Norm.NONE;
                default ->
                    throw new IllegalArgumentException(name + ": norm must be in, out or none, not '" + value + "'");
            };
        }

        void requireNoneLeft() {
            if (!left.isEmpty()) {
                throw new IllegalArgumentException(
                        name + " has no setting '" + left.keySet().iterator().next() + "'");
            }
        }
    }
}
