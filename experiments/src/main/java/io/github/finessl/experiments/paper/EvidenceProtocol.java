package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.EvidenceBlock.Purpose;
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
record EvidenceProtocol(List<EvidenceBlock> blocks, List<EvidenceFamily> families) {
    private static final List<Long> TUNING_SEED = List.of(101L);
    private static final List<Long> SIX = List.of(1L, 2L, 3L, 4L, 5L, 6L);
    private static final List<Long> THREE = List.of(1L, 2L, 3L);

    /**
     * The data sets of a profile: those of this encoder, or of the paper.
     *
     * @param fineLabels the numbers of labels that the fine-grained set is compared with
     */
    private record Sets(
            EvidenceSetting.Set cifar10,
            EvidenceSetting.Set cifar100,
            EvidenceSetting.Set fine,
            List<Integer> fineLabels) {
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

        private static EvidenceSetting.Set set(String name, String data, int labels, int heldOut, String resolution) {
            return new EvidenceSetting.Set(
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
                profile == Profile.PAPER
                        ? Map.of("encoder", "data/clip-vit-b-16.onnx")
                        : Map.of("steps", "200", "batch", "16"),
                Map.of(
                        "tuning", "adaptformer",
                        "headStart", "means",
                        "survey", "1000",
                        "evalEvery", "1000000",
                        "seeds", "1"));
    }

    /** The protocol of a profile. */
    static EvidenceProtocol of(Profile profile) {
        Sets sets = Sets.of(profile);
        String promptStart = profile == Profile.PAPER ? "uniform" : "neutral";
        List<EvidenceSetting> first = List.of(
                sets.cifar10().labels(1),
                sets.cifar10().labels(4),
                sets.cifar100().labels(4));
        List<EvidenceBlock> blocks = new ArrayList<>();
        blocks.add(tuning(sets.cifar10(), true));
        blocks.add(tuning(sets.cifar100(), true));
        blocks.add(comparison(1, "few labels", withFreeMatch(), first, SIX));
        blocks.add(comparison(1, "few labels, V-PET", List.of(EvidenceMethods.V_PET), first, SIX));
        blocks.add(new EvidenceBlock(
                2,
                "weights of variants, for γ",
                Purpose.MATCHING,
                List.of(EvidenceMethods.FINESSL, EvidenceMethods.WITHOUT_SMOOTHING, EvidenceMethods.MAIN_SMOOTHING),
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
                with(fewer(), List.of(EvidenceMethods.WITHOUT_DLS, EvidenceMethods.WITHOUT_DLS_MATCHED)),
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
                with(withFreeMatch(), List.of(EvidenceMethods.V_PET)),
                List.of(sets.cifar10().labels(2), sets.cifar10().labels(10)),
                THREE));
        blocks.add(comparison(
                8,
                "without DLS",
                List.of(EvidenceMethods.WITHOUT_DLS),
                List.of(sets.cifar10().labels(1), sets.cifar10().labels(4)),
                THREE));
        blocks.add(comparison(8, "λ", lambdas(), List.of(strangers(sets.cifar100(), 5)), THREE));
        return new EvidenceProtocol(List.copyOf(blocks), EvidenceFamily.of(blocks));
    }

    private static EvidenceBlock comparison(
            int stage, String title, List<EvidenceRow> rows, List<EvidenceSetting> settings, List<Long> seeds) {
        return new EvidenceBlock(stage, title, Purpose.COMPARISON, rows, settings, seeds);
    }

    /** The grid of a set: learning rates, and a second setting of the methods that have one. */
    private static EvidenceBlock tuning(EvidenceSetting.Set set, boolean freeMatch) {
        List<EvidenceRow> rows = new ArrayList<>();
        rows.addAll(grid(EvidenceMethods.LABELLED, Map.of()));
        for (EvidenceRow row : List.of(EvidenceMethods.FIXMATCH, EvidenceMethods.DEBIASPL, EvidenceMethods.FINESSL)) {
            rows.addAll(grid(row, Map.of(Option.ZETA.name(), List.of("0.7", "0.95"))));
        }
        if (freeMatch) {
            rows.addAll(
                    grid(EvidenceMethods.FREEMATCH, Map.of(Option.EMA_MOMENTUM.name(), List.of(Option.AUTO, "0.99"))));
        }
        rows.addAll(grid(EvidenceMethods.V_PET, Map.of()));
        return new EvidenceBlock(
                0,
                "tuning on " + set.name(),
                Purpose.TUNING,
                List.copyOf(rows),
                List.of(set.labels(set.labels())),
                TUNING_SEED);
    }

    private static List<EvidenceRow> grid(EvidenceRow row, Map<String, List<String>> second) {
        List<EvidenceRow> grid = new ArrayList<>();
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

    private static List<EvidenceRow> withFreeMatch() {
        return List.of(
                EvidenceMethods.CLASS_MEANS,
                EvidenceMethods.PILE,
                EvidenceMethods.LABELLED,
                EvidenceMethods.FIXMATCH,
                EvidenceMethods.FREEMATCH,
                EvidenceMethods.DEBIASPL,
                EvidenceMethods.FINESSL,
                EvidenceMethods.FINESSL_FROM_PILE);
    }

    private static List<EvidenceRow> withoutFreeMatch() {
        return with(fewer(), List.of(EvidenceMethods.V_PET));
    }

    private static List<EvidenceRow> fewer() {
        return List.of(
                EvidenceMethods.CLASS_MEANS,
                EvidenceMethods.PILE,
                EvidenceMethods.LABELLED,
                EvidenceMethods.FIXMATCH,
                EvidenceMethods.DEBIASPL,
                EvidenceMethods.FINESSL,
                EvidenceMethods.FINESSL_FROM_PILE);
    }

    private static List<EvidenceRow> ablations() {
        return List.of(
                EvidenceMethods.FINESSL,
                EvidenceRow.variant("w/o BMS", "finessl-without-bms"),
                EvidenceRow.variant("w/o margin in L_s", "finessl-without-supervised-margin"),
                EvidenceRow.variant("fixed α (not dynamic)", "finessl-fixed-alpha"),
                EvidenceMethods.WITHOUT_DLS,
                EvidenceMethods.WITHOUT_DLS_MATCHED,
                EvidenceMethods.WITHOUT_SMOOTHING,
                EvidenceMethods.WITHOUT_SMOOTHING.gammaMatched(),
                EvidenceMethods.MAIN_SMOOTHING,
                EvidenceMethods.MAIN_SMOOTHING.gammaMatched(),
                EvidenceRow.variant("auxiliary head not detached", "finessl-attached"));
    }

    private static List<EvidenceSetting> longTails(EvidenceSetting.Set set) {
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

    private static EvidenceSetting strangers(EvidenceSetting.Set set, int labels) {
        return set.setting(
                "N" + labels + ", half seen",
                Map.of(Option.LABELS.name(), Integer.toString(labels), Option.SEEN_CLASSES.name(), "half"));
    }

    private static List<EvidenceRow> strategies(String promptStart) {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("VPT-deep", "vpt-deep");
        names.put("VPT-shallow", "vpt-shallow");
        names.put("Adapter", "adapter");
        names.put("AdaptFormer", "adaptformer");
        names.put("LoRA", "lora");
        names.put("SSF", "ssf");
        names.put("BitFit", "bitfit");
        List<EvidenceRow> rows = new ArrayList<>();
        names.forEach((name, tuning) ->
                EvidenceMethods.FOUR.forEach(row -> rows.add(row.with(name, tuning(tuning, promptStart)))));
        return rows;
    }

    private static Map<String, String> tuning(String name, String promptStart) {
        Map<String, String> tuning = Map.of(Option.TUNING.name(), name);
        return name.equals("vpt-deep")
                ? PaperProfile.with(tuning, Map.of(Option.PROMPT_START.name(), promptStart))
                : tuning;
    }

    private static List<EvidenceRow> prompts(String promptStart) {
        return EvidenceMethods.FOUR.stream()
                .map(row -> row.with("VPT-deep", tuning("vpt-deep", promptStart)))
                .toList();
    }

    private static List<EvidenceRow> starts() {
        List<EvidenceRow> rows = new ArrayList<>();
        for (EvidenceRow row : List.of(EvidenceMethods.FIXMATCH, EvidenceMethods.FINESSL)) {
            rows.add(row);
            rows.add(row.with("uniform head", Map.of(Option.HEAD_START.name(), "uniform")));
            rows.add(row.with("from the pile", Map.of(Option.HEAD_START.name(), "pile")));
        }
        return rows;
    }

    private static List<EvidenceRow> lambdas() {
        return List.of("0", "0.25", "0.75", "1").stream()
                .map(lambda -> EvidenceMethods.FINESSL.with("λ " + lambda, Map.of(Option.LAMBDA.name(), lambda)))
                .toList();
    }

    private static List<EvidenceRow> with(List<EvidenceRow> rows, List<EvidenceRow> more) {
        List<EvidenceRow> all = new ArrayList<>(rows);
        all.addAll(more);
        return List.copyOf(all);
    }
}
