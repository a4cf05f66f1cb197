package io.github.finessl.experiments.option;

import static java.util.stream.Collectors.joining;

import io.github.finessl.ClassStart;
import io.github.finessl.TrainingSettings;
import io.github.finessl.report.RunRecord;
import io.github.finessl.ssl.Averaging;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.ssl.Methods;
import io.github.finessl.text.Templates;
import io.github.finessl.text.TextTower;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.TuningChoice;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The checked values of all options. Immutable.
 *
 * <p>A value is the user's, else the experiment's for the profile, else {@link Option#fallback()}.
 */
public final class Options {

    /** The name of the property that names the experiment. */
    public static final String EXPERIMENT = "exp";

    /** All options, in the order of the help. */
    public static final List<Option<?>> ALL = List.of(
            Option.PROFILE,
            Option.ENCODER,
            Option.DATA,
            Option.LABELLED,
            Option.UNLABELLED,
            Option.LABEL_TABLE,
            Option.PHOTOS,
            Option.TEST,
            Option.TEST_SHARE,
            Option.CLASSES,
            Option.SEEDS,
            Option.METHOD,
            Option.FIDELITY,
            Option.LABELS,
            Option.IMBALANCE,
            Option.UNLABELLED_IMBALANCE,
            Option.UNLABELLED_MOST,
            Option.REVERSED,
            Option.SEEN_CLASSES,
            Option.LABELLED_LIST,
            Option.UNLABELLED_PART,
            Option.STEPS,
            Option.BATCH,
            Option.MU,
            Option.RESOLUTION,
            Option.NORMALISATION,
            Option.TUNING,
            Option.PROMPTS,
            Option.PROMPT_START,
            Option.HEAD_START,
            Option.CLASS_FEATURES,
            Option.TEXT_ENCODER,
            Option.TOKENIZER,
            Option.TEMPLATES,
            Option.LEARNING_RATE,
            Option.ENCODER_LEARNING_RATE,
            Option.PROMPT_LEARNING_RATE,
            Option.WARMUP,
            Option.MOMENTUM,
            Option.WEIGHT_DECAY,
            Option.EMA,
            Option.FLIP,
            Option.ALPHA,
            Option.GAMMA,
            Option.ZETA,
            Option.LAMBDA,
            Option.EMA_MOMENTUM,
            Option.DEBIAS,
            Option.TEACHER,
            Option.MEMBERS,
            Option.PARENT,
            Option.FROM,
            Option.TO,
            Option.PIXELS,
            Option.HELD_OUT,
            Option.KEEP_BEST,
            Option.STRANGERS,
            Option.PRECISION,
            Option.GEOMETRY,
            Option.PROFILE_OPS,
            Option.EVAL_EVERY,
            Option.CHECKPOINT_EVERY,
            Option.SURVEY,
            Option.STAGES,
            Option.RESUME,
            Option.RERUN,
            Option.OUT,
            Option.THREADS,
            Option.SPARK,
            Option.HEAP,
            Option.STACKTRACE);

    /** The options that divide a set's images into labelled and unlabelled ones: from labels to unlabelledPart. */
    public static final List<Option<?>> SPLIT =
            ALL.subList(ALL.indexOf(Option.LABELS), ALL.indexOf(Option.UNLABELLED_PART) + 1);

    private final SortedMap<String, String> texts;
    private final Map<String, String> given;

    private Options(Map<String, String> texts, Map<String, String> given) {
        this.texts = Collections.unmodifiableSortedMap(new TreeMap<>(texts));
        this.given = Map.copyOf(given);
        ALL.forEach(this::get);
    }

    /**
     * The options of a run, from defaults and what the user gave.
     *
     * @param defaults where they differ from {@link Option}'s
     * @param properties what the user gave; names that are not an option's are ignored
     * @throws OptionException on a bad value
     */
    public static Options of(Map<String, String> defaults, Map<String, String> properties) {
        Map<String, String> texts = new TreeMap<>();
        ALL.forEach(option -> texts.put(option.name(), option.fallback()));
        texts.putAll(defaults);
        Map<String, String> given = new TreeMap<>(properties);
        given.keySet().retainAll(texts.keySet());
        texts.putAll(given);
        return new Options(texts, given);
    }

    /** The options whose names and values {@link #toMap()} has returned. */
    public static Options of(Map<String, String> map) {
        for (Option<?> option : ALL) {
            if (!map.containsKey(option.name())) {
                throw new OptionException("The option " + option.name() + " is missing.");
            }
        }
        return new Options(map, Map.of());
    }

    /** The options of a recorded run; options that did not exist when it was recorded have their defaults. */
    public static Options ofRecord(RunRecord record) {
        Map<String, String> texts = new TreeMap<>(record.configuration());
        // Before there was this option, all averages had the authors' momentum.
        texts.putIfAbsent(Option.EMA_MOMENTUM.name(), Double.toString(Averaging.AUTHORS.momentum()));
        // A method that trains nothing has no steps, whatever the option says.
        texts.remove(Option.STEPS.name(), "0");
        ALL.forEach(option -> texts.putIfAbsent(option.name(), option.fallback()));
        return new Options(texts, Map.of());
    }

    /** The value of an option. */
    public <T> T get(Option<T> option) {
        return option.parse(texts.get(option.name()));
    }

    /** Whether to follow the authors' code where it differs from the paper. */
    public boolean isReference() {
        return get(Option.FIDELITY).equals("reference");
    }

    /** These options with another value of one, in the form that users write. */
    public Options with(Option<?> option, String value) {
        return with(Map.of(option.name(), value));
    }

    /** These options with other values of some, by name and in the form that users write. */
    public Options with(Map<String, String> values) {
        Map<String, String> changed = new TreeMap<>(texts);
        values.forEach((name, value) -> {
            if (changed.put(name, value) == null) {
                throw new IllegalArgumentException("There is no option " + name);
            }
        });
        return new Options(changed, given);
    }

    /** The values that the user gave, by name. */
    public Map<String, String> given() {
        return given;
    }

    /**
     * The value of an option, which must be one of {@code known}.
     *
     * @throws OptionException naming the known ones
     */
    public String get(Option<String> option, Collection<String> known) {
        String value = get(option);
        if (!known.contains(value)) {
            throw OptionException.of(option.name(), value, "one of " + String.join(", ", known));
        }
        return value;
    }

    /** The names and values of all options, as {@link #of(Map)} takes them. */
    public SortedMap<String, String> toMap() {
        return texts;
    }

    /**
     * The values for run records: {@link #toMap}, except that the momentum of moving averages is a number, and left out for
     * methods without averages, as members are for methods without votes; what becomes of the trained model, and which other
     * runs there are, is no part of a run.
     */
    public SortedMap<String, String> recorded() {
        SortedMap<String, String> all = new TreeMap<>(texts);
        all.remove(Option.KEEP_BEST.name());
        all.remove(Option.STAGES.name());
        SortedMap<String, String> method = settings().method().recorded(get(Option.STEPS));
        if (!settings().method().polls()) {
            all.remove(Option.MEMBERS.name());
        }
        for (Option<?> average : List.of(Option.EMA_MOMENTUM, Option.DEBIAS)) {
            all.remove(average.name());
            if (method.containsKey(average.name())) {
                all.put(average.name(), method.get(average.name()));
            }
        }
        return all;
    }

    /** The training settings that these options stand for, with the first of several seeds. */
    public TrainingSettings settings() {
        return new TrainingSettings(
                MethodChoice.named(get(Option.METHOD, Methods.names()))
                        .with(new Methods.Settings(
                                get(Option.ALPHA),
                                get(Option.GAMMA),
                                get(Option.ZETA),
                                get(Option.LAMBDA),
                                isReference()))
                        .averaging(get(Option.EMA_MOMENTUM), get(Option.DEBIAS)),
                TuningChoice.of(get(Option.TUNING)).prompts(get(Option.PROMPTS)),
                new TrainingSettings.Starts(promptStart(), classStart()),
                new TrainingSettings.Schedule(
                        get(Option.STEPS), Optional.of(get(Option.BATCH)), Optional.of(get(Option.MU))),
                new TrainingSettings.Rates(
                        get(Option.LEARNING_RATE),
                        get(Option.ENCODER_LEARNING_RATE),
                        get(Option.PROMPT_LEARNING_RATE),
                        get(Option.MOMENTUM),
                        get(Option.WEIGHT_DECAY),
                        get(Option.WARMUP)),
                new TrainingSettings.Input(get(Option.RESOLUTION), get(Option.NORMALISATION)),
                get(Option.STRANGERS),
                get(Option.PRECISION),
                get(Option.SEEDS).get(0),
                new TrainingSettings.Inference(get(Option.EMA), get(Option.FLIP)),
                new TrainingSettings.Watching(
                        get(Option.CHECKPOINT_EVERY), Optional.of(get(Option.EVAL_EVERY)), get(Option.SURVEY)));
    }

    private Optional<PromptStart> promptStart() {
        return switch (get(Option.PROMPT_START)) {
            case "uniform" -> Optional.of(PromptStart.UNIFORM);
            case "tokens" -> Optional.of(PromptStart.TOKENS);
            case "neutral" -> Optional.of(PromptStart.NEUTRAL);
            default -> Optional.empty();
        };
    }

    private ClassStart classStart() {
        return switch (get(Option.HEAD_START)) {
            case "means" -> new ClassStart.Means();
            case "pile" -> new ClassStart.Pile();
            case "semantic" ->
                get(Option.CLASS_FEATURES).isPresent()
                        ? new ClassStart.Features(get(Option.CLASS_FEATURES).get())
                        : names();
            default -> new ClassStart.Uniform();
        };
    }

    private ClassStart names() {
        if (get(Option.TEXT_ENCODER).isEmpty()) {
            throw new OptionException(
                    "-DheadStart=semantic needs -DclassFeatures, a file with a row of numbers for each"
                            + " class, or -DtextEncoder, which makes them of the names.");
        }
        return new ClassStart.Names();
    }

    /**
     * The text tower that the options name.
     *
     * @param root what relative paths start from
     */
    public Optional<TextTower> textTower(Path root) {
        Optional<Path> encoder = get(Option.TEXT_ENCODER).map(root::resolve);
        if (encoder.isEmpty()) {
            if (get(Option.TOKENIZER).isPresent()) {
                throw new OptionException("-Dtokenizer is for -DtextEncoder, which is missing.");
            }
            return Optional.empty();
        }
        return Optional.of(new TextTower(
                encoder.get(), get(Option.TOKENIZER).map(root::resolve), Templates.named(get(Option.TEMPLATES))));
    }

    /** The help text: options with their meanings, values and defaults, one per line. */
    public static String help() {
        int width =
                ALL.stream().mapToInt(option -> option.name().length()).max().orElseThrow();
        return ALL.stream()
                .map(option -> ("  -D%-" + width + "s  %s (%s; default %s)")
                        .formatted(option.name(), option.purpose(), option.allowed(), option.fallback()))
                .collect(joining("\n"));
    }

    /**
     * Refuses a property whose name is nearly an option's. Maven's users set properties of all kinds, so that other names
     * are not taken for mistakes.
     *
     * @throws OptionException naming the option
     */
    public static void checkSpelling(String name) {
        List<String> known = ALL.stream().map(Option::name).toList();
        if (name.equals(EXPERIMENT) || known.contains(name)) {
            return;
        }
        Spelling.nearest(name, known).ifPresent(meant -> {
            throw new OptionException("There is no option -D" + name + "; did you mean -D" + meant + "?");
        });
    }
}
