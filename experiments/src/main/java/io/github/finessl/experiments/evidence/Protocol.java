package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.evidence.Block.Purpose;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.PaperProfile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The runs of {@code results/PROTOCOL.md}, in the order of their worth, and what is compared.
 *
 * @param blocks a method's tuning before any comparison of it
 * @param families of differences, the primary one first
 */
record Protocol(List<Block> blocks, List<Family> families) {
    private static final List<Long> TUNING_SEED = List.of(101L);
    private static final List<Long> SIX = List.of(1L, 2L, 3L, 4L, 5L, 6L);
    private static final List<Long> THREE = List.of(1L, 2L, 3L);

    /**
     * The data sets of a profile: those of this encoder, or of the paper.
     *
     * @param fineLabels the numbers of labels that the fine-grained set is compared with
     */
    private record Sets(Setting.Set cifar10, Setting.Set cifar100, Setting.Set fine, List<Integer> fineLabels) {
        static Sets of(Profile profile) {
            return profile == Profile.PAPER
                    ? new Sets(
                            set("CIFAR-10", "cifar10", 4, 100, Option.AUTO),
                            set("CIFAR-100", "cifar100", 4, 10, Option.AUTO),
                            set("FOOD-101", "food101", 4, 10, Option.AUTO),
                            List.of(2, 10))
                    : new Sets(
                            set("CIFAR-10", "cifar10", 4, 100, "160"),
                            set("CIFAR-100", "cifar100", 4, 10, "160"),
                            set("Grocery-81", "grocery-81", 5, 4, "224"),
                            List.of(1, 5));
        }

        private static Setting.Set set(String name, String data, int labels, int heldOut, String resolution) {
            return new Setting.Set(
                    name,
                    labels,
                    Map.of(
                            Option.DATA.name(), data,
                            Option.HELD_OUT.name(), Integer.toString(heldOut),
                            Option.RESOLUTION.name(), resolution));
        }
    }

    /** The options that all runs of a profile have besides. */
    static Map<String, String> defaults(Profile profile) {
        return PaperProfile.with(
                profile == Profile.PAPER ? Map.of("encoder", PaperProfile.CLIP) : Map.of("steps", "200", "batch", "16"),
                Map.of(
                        "tuning", "adaptformer",
                        "headStart", "means",
                        "survey", "1000",
                        "evalEvery", "1000000",
                        "seeds", "1"));
    }

    /** The protocol of a profile. */
    static Protocol of(Profile profile) {
        Sets sets = Sets.of(profile);
        String promptStart = profile == Profile.PAPER ? "uniform" : "neutral";
        List<Setting> first = List.of(
                sets.cifar10().labels(1),
                sets.cifar10().labels(4),
                sets.cifar100().labels(4));
        List<Block> blocks = new ArrayList<>();
        blocks.add(tuning(sets.cifar10(), true));
        blocks.add(tuning(sets.cifar100(), true));
        blocks.add(comparison(1, "few labels", Methods.allBut(Methods.V_PET), first, SIX));
        blocks.add(comparison(1, "few labels, V-PET", List.of(Methods.V_PET), first, SIX));
        blocks.add(new Block(
                2,
                "weights of variants, for γ",
                Purpose.MATCHING,
                List.of(Methods.FINESSL, Methods.WITHOUT_SMOOTHING, Methods.MAIN_SMOOTHING),
                List.of(sets.cifar100().labels(4)),
                TUNING_SEED));
        blocks.add(
                comparison(2, "ablation", ablations(), List.of(sets.cifar100().labels(4)), SIX));
        blocks.add(tuning(sets.fine(), false));
        blocks.add(comparison(
                3,
                "fine-grained photos",
                withoutFreeMatch(),
                sets.fineLabels().stream().map(sets.fine()::labels).toList(),
                THREE));
        blocks.add(comparison(4, "long tails", fewer(), longTails(sets.cifar100()), THREE));
        blocks.add(comparison(
                4,
                "strangers",
                with(fewer(), List.of(Methods.WITHOUT_DLS, Methods.WITHOUT_DLS_MATCHED)),
                List.of(strangers(sets.cifar100(), 5), strangers(sets.cifar100(), 10)),
                THREE));
        blocks.add(comparison(
                5,
                "ways of fine-tuning",
                strategies(promptStart),
                List.of(sets.cifar100().labels(4)),
                THREE));
        blocks.add(comparison(6, "starts", starts(), List.of(sets.cifar10().labels(4)), THREE));
        blocks.add(comparison(7, "prompts", prompts(promptStart), first, THREE));
        blocks.add(comparison(
                8,
                "more numbers of labels",
                with(Methods.allBut(Methods.V_PET), List.of(Methods.V_PET)),
                List.of(sets.cifar10().labels(2), sets.cifar10().labels(10)),
                THREE));
        blocks.add(comparison(
                8,
                "without DLS",
                List.of(Methods.WITHOUT_DLS),
                List.of(sets.cifar10().labels(1), sets.cifar10().labels(4)),
                THREE));
        blocks.add(comparison(8, "λ", lambdas(), List.of(strangers(sets.cifar100(), 5)), THREE));
        return new Protocol(List.copyOf(blocks), Family.of(blocks));
    }

    private static Block comparison(int stage, String title, List<Row> rows, List<Setting> settings, List<Long> seeds) {
        return new Block(stage, title, Purpose.COMPARISON, rows, settings, seeds);
    }

    /** The grid of a set: learning rates, and a second setting of the methods that have one. */
    private static Block tuning(Setting.Set set, boolean freeMatch) {
        List<Row> rows = new ArrayList<>();
        rows.addAll(grid(Methods.LABELLED, Map.of()));
        for (Row row : List.of(Methods.FIXMATCH, Methods.DEBIASPL, Methods.FINESSL)) {
            rows.addAll(grid(row, Map.of(Option.ZETA.name(), List.of("0.7", "0.95"))));
        }
        if (freeMatch) {
            rows.addAll(grid(Methods.FREEMATCH, Map.of(Option.EMA_MOMENTUM.name(), List.of(Option.AUTO, "0.99"))));
        }
        rows.addAll(grid(Methods.V_PET, Map.of()));
        return new Block(
                0,
                "tuning on " + set.name(),
                Purpose.TUNING,
                List.copyOf(rows),
                List.of(set.labels(set.labels())),
                TUNING_SEED);
    }

    private static List<Row> grid(Row row, Map<String, List<String>> second) {
        List<Row> grid = new ArrayList<>();
        for (String rate : List.of("0.03", "0.01", "0.09")) {
            Map<String, String> ofRate = Map.of(Option.LEARNING_RATE.name(), rate);
            if (second.isEmpty()) {
                grid.add(row.candidate("lr " + rate, ofRate));
            }
            second.forEach((name, values) -> values.forEach(value -> grid.add(row.candidate(
                    "lr " + rate + ", " + name + " " + value, PaperProfile.with(ofRate, Map.of(name, value))))));
        }
        return grid;
    }

    private static List<Row> withoutFreeMatch() {
        return with(fewer(), List.of(Methods.V_PET));
    }

    private static List<Row> fewer() {
        return Methods.allBut(Methods.FREEMATCH, Methods.V_PET);
    }

    private static List<Row> ablations() {
        return List.of(
                Methods.FINESSL,
                Row.variant("w/o BMS", "finessl-without-bms"),
                Row.variant("w/o margin in L_s", "finessl-without-supervised-margin"),
                Row.variant("fixed α (not dynamic)", "finessl-fixed-alpha"),
                Methods.WITHOUT_DLS,
                Methods.WITHOUT_DLS_MATCHED,
                Methods.WITHOUT_SMOOTHING,
                Methods.WITHOUT_SMOOTHING.gammaMatched(),
                Methods.MAIN_SMOOTHING,
                Methods.MAIN_SMOOTHING.gammaMatched(),
                Row.variant("auxiliary head not detached", "finessl-attached"));
    }

    private static List<Setting> longTails(Setting.Set set) {
        Map<String, String> tail = Map.of(
                Option.LABELS.name(), "50",
                Option.UNLABELLED_MOST.name(), "400",
                Option.HELD_OUT.name(), "2");
        return List.of(
                set.setting("ρ 10", PaperProfile.with(tail, Map.of(Option.IMBALANCE.name(), "10"))),
                set.setting("ρ 20", PaperProfile.with(tail, Map.of(Option.IMBALANCE.name(), "20"))),
                set.setting(
                        "ρ 10, unlabelled reversed",
                        PaperProfile.with(
                                tail, Map.of(Option.IMBALANCE.name(), "10", Option.REVERSED.name(), "true"))));
    }

    private static Setting strangers(Setting.Set set, int labels) {
        return set.setting(
                "N" + labels + ", half seen",
                Map.of(Option.LABELS.name(), Integer.toString(labels), Option.SEEN_CLASSES.name(), "half"));
    }

    private static List<Row> strategies(String promptStart) {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("VPT-deep", "vpt-deep");
        names.put("VPT-shallow", "vpt-shallow");
        names.put("Adapter", "adapter");
        names.put("AdaptFormer", "adaptformer");
        names.put("LoRA", "lora");
        names.put("SSF", "ssf");
        names.put("BitFit", "bitfit");
        List<Row> rows = new ArrayList<>();
        names.forEach((name, tuning) ->
                Methods.FOUR.forEach(row -> rows.add(row.with(name, tuning(tuning, promptStart)))));
        return rows;
    }

    private static Map<String, String> tuning(String name, String promptStart) {
        Map<String, String> tuning = Map.of(Option.TUNING.name(), name);
        return name.equals("vpt-deep")
                ? PaperProfile.with(tuning, Map.of(Option.PROMPT_START.name(), promptStart))
                : tuning;
    }

    private static List<Row> prompts(String promptStart) {
        return Methods.FOUR.stream()
                .map(row -> row.with("VPT-deep", tuning("vpt-deep", promptStart)))
                .toList();
    }

    private static List<Row> starts() {
        List<Row> rows = new ArrayList<>();
        for (Row row : List.of(Methods.FIXMATCH, Methods.FINESSL)) {
            rows.add(row);
            rows.add(row.with("uniform head", Map.of(Option.HEAD_START.name(), "uniform")));
            rows.add(row.with("from the pile", Map.of(Option.HEAD_START.name(), "pile")));
        }
        return rows;
    }

    private static List<Row> lambdas() {
        return List.of("0", "0.25", "0.75", "1").stream()
                .map(lambda -> Methods.FINESSL.with("λ " + lambda, Map.of(Option.LAMBDA.name(), lambda)))
                .toList();
    }

    private static List<Row> with(List<Row> rows, List<Row> more) {
        List<Row> all = new ArrayList<>(rows);
        all.addAll(more);
        return List.copyOf(all);
    }
}
