package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.CrossTable.Column;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The options that the profiles of tables and figures set, and the encoder that the paper's profile needs. */
public final class PaperProfile {
    /** The options that tables set themselves: the method, and which images and labels it is given. */
    public static final Set<Option<?>> FIXED = fixed();

    /** The mark of a column whose data set is only a part of the named one. */
    static final String MINI = " (mini)";

    /** The learning rate of a fully trained encoder in the profiles of ViT-Ti/16. */
    static final String ENCODER_RATE = "0.0003";

    /** The encoder of the paper's profile. */
    public static final String CLIP = "data/clip-vit-b-16.onnx";

    private static final Map<String, String> SMALL = Map.of(
            "resolution", "128",
            "batch", "16",
            "promptStart", "tokens",
            "headStart", "means",
            "survey", "1000");

    private PaperProfile() {}

    private static Set<Option<?>> fixed() {
        Set<Option<?>> fixed = new HashSet<>(Options.SPLIT);
        fixed.addAll(List.of(Option.METHOD, Option.DATA, Option.TEACHER));
        return Set.copyOf(fixed);
    }

    /**
     * The default options of a table: the paper's, or for ViT-Ti/16 ones with which a run takes a minute (medium:
     * minutes).
     */
    static Map<String, String> defaults(Profile profile) {
        return switch (profile) {
            case PAPER -> Map.of("encoder", CLIP, "seeds", "1,2,3", "survey", "10000");
            case MEDIUM -> with(SMALL, Map.of("steps", "300", "seeds", "1,2,3"));
            case QUICK -> with(SMALL, Map.of("steps", "150"));
        };
    }

    /** The union of two sets of options, in which the second overrides the first. */
    public static Map<String, String> with(Map<String, String> settings, Map<String, String> others) {
        Map<String, String> all = new TreeMap<>(settings);
        all.putAll(others);
        return all;
    }

    /** The name of the CIFAR set with 10 or 100 classes for a profile: in quick, the mini set in the repository. */
    static String cifar(int classes, Profile profile) {
        return "cifar" + classes + (profile == Profile.QUICK ? "-mini" : "");
    }

    /** The column for a data set with N labels per class. */
    static Column labels(String name, String data, int labels) {
        return new Column(
                name + " N" + labels + (data.endsWith("-mini") ? MINI : ""),
                Map.of(Option.DATA.name(), data, Option.LABELS.name(), Integer.toString(labels)));
    }

    /** The number of labels per class of a column that {@link #labels} made. */
    static double labelsOf(Column column) {
        return Double.parseDouble(column.options().get(Option.LABELS.name()));
    }

    /**
     * The columns for CIFAR-10 with 1, 2 and 4 labels per class; as in the authors' code, where that is asked for with
     * the paper's profile, in smaller batches and, with one label, with smaller weights.
     */
    static List<Column> cifar10(Options options) {
        Profile profile = options.get(Option.PROFILE);
        boolean reference = profile == Profile.PAPER && options.isReference();
        return Stream.of(1, 2, 4)
                .map(labels -> {
                    Column column = labels("CIFAR-10", cifar(10, profile), labels);
                    Map<String, String> more = new TreeMap<>(column.options());
                    if (reference) {
                        more.put(Option.BATCH.name(), Integer.toString(8 * labels));
                    }
                    if (reference && labels == 1) {
                        more.put(Option.GAMMA.name(), "1");
                    }
                    return new Column(column.name(), more);
                })
                .toList();
    }

    /**
     * The columns for CIFAR-100 with the labels that the paper's later tables have, as far as the profile's set holds
     * them.
     */
    static List<Column> cifar100(Options options) {
        Profile profile = options.get(Option.PROFILE);
        return Stream.of(4, 25, 100)
                .filter(labels -> profile != Profile.QUICK || labels < 100)
                .map(labels -> labels("CIFAR-100", cifar(100, profile), labels))
                .toList();
    }

    /**
     * The options for a way of fine-tuning. Where all of the encoder is trained, its weights learn slowly in the profiles of
     * ViT-Ti/16, which the paper's rate wrecks: FixMatch is at chance with it. {@link EncoderRates} chose the rate.
     */
    static Map<String, String> tuning(String name, Profile profile) {
        Map<String, String> tuning = Map.of(Option.TUNING.name(), name);
        boolean all = name.equals("full") || name.equals("lp-ft");
        return all && profile != Profile.PAPER
                ? with(tuning, Map.of(Option.ENCODER_LEARNING_RATE.name(), ENCODER_RATE))
                : tuning;
    }

    /** A map of keys and values, given in turn, that keeps their order. */
    static Map<String, String> ordered(String... keysAndValues) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    /**
     * Makes sure that the encoder of the paper's profile is there.
     *
     * @throws IOException saying how to get it
     */
    public static void requireEncoder(Options options) throws IOException {
        Path encoder = options.get(Option.ENCODER);
        if (options.get(Option.PROFILE) == Profile.PAPER && !Files.exists(encoder)) {
            throw new IOException("The profile paper needs the encoder " + encoder
                    + ", which is not there: data/README.md says how to export it; -Dencoder= names another file.");
        }
    }
}
