package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.paper.EvidenceBlock.Purpose;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Differences that are judged together: Holm's adjustment counts them.
 *
 * @param title what is subtracted from what
 */
record EvidenceFamily(String title, List<EvidenceContrast> contrasts) {
    static final String PRIMARY = "Primary: FineSSL from class means minus the best rival with that start";
    static final String FROM_PILE = "FineSSL from the pile minus the best of all others";
    static final String UNTRAINED = "FineSSL from class means minus the pile without training";
    static final String ABLATION = "FineSSL minus FineSSL without a part, CIFAR-100 N4";
    static final String FINE = "Fine-grained photos: FineSSL minus the best rival with its start";
    static final String FINE_FROM_PILE = "Fine-grained photos: FineSSL from the pile minus the best of all others";
    static final String LONG_TAILS = "Long tails: FineSSL minus the best rival with its start";
    static final String STRANGERS = "Strangers: FineSSL minus the best rival with its start";
    static final String STRANGERS_DLS = "Strangers: FineSSL minus FineSSL without DLS, γ matched";
    static final String STRATEGIES = "Ways of fine-tuning, CIFAR-100 N4: FineSSL minus the best rival";
    static final String ADAPTERS = "FineSSL with AdaptFormer minus FineSSL with VPT-deep";
    static final String PROMPTS = "VPT-deep: FineSSL minus the best rival";
    static final String STARTS = "Starts, CIFAR-10 N4: FineSSL minus FixMatch";
    static final String MORE_LABELS = "More numbers of labels: FineSSL minus the best rival with its start";

    /** The families of the protocol. */
    static List<EvidenceFamily> of(List<EvidenceBlock> blocks) {
        List<EvidenceFamily> families = new ArrayList<>();
        EvidenceBlock few = block(blocks, 1);
        families.add(rivals(PRIMARY, few, EvidenceMethods.FINESSL, EvidenceMethods.RIVALS));
        families.add(rivals(
                FROM_PILE,
                few,
                EvidenceMethods.FINESSL_FROM_PILE,
                Stream.concat(
                                Stream.of(EvidenceMethods.CLASS_MEANS, EvidenceMethods.PILE),
                                EvidenceMethods.RIVALS.stream())
                        .toList()));
        families.add(rivals(UNTRAINED, few, EvidenceMethods.FINESSL, List.of(EvidenceMethods.PILE)));
        for (EvidenceRow rival : EvidenceMethods.RIVALS) {
            families.add(rivals(
                    "FineSSL from class means minus " + rival.name(), few, EvidenceMethods.FINESSL, List.of(rival)));
        }
        families.add(ablations(block(blocks, 2)));
        EvidenceBlock fine = block(blocks, 3);
        families.add(rivals(FINE, fine, EvidenceMethods.FINESSL, trained(fine)));
        families.add(rivals(FINE_FROM_PILE, fine, EvidenceMethods.FINESSL_FROM_PILE, notFineSsl(fine)));
        EvidenceBlock tails = block(blocks, 4);
        families.add(rivals(LONG_TAILS, tails, EvidenceMethods.FINESSL, trained(tails)));
        EvidenceBlock strangers = block(blocks, 4, 1);
        families.add(rivals(STRANGERS, strangers, EvidenceMethods.FINESSL, trained(strangers)));
        families.add(rivals(
                STRANGERS_DLS, strangers, EvidenceMethods.FINESSL, List.of(EvidenceMethods.WITHOUT_DLS_MATCHED)));
        families.add(strategies(block(blocks, 5)));
        families.add(adapters(few, block(blocks, 7)));
        families.add(withTuning(PROMPTS, block(blocks, 7)));
        families.add(starts(block(blocks, 6)));
        EvidenceBlock more = block(blocks, 8);
        families.add(rivals(MORE_LABELS, more, EvidenceMethods.FINESSL, trained(more)));
        return List.copyOf(families);
    }

    private static EvidenceBlock block(List<EvidenceBlock> blocks, int stage) {
        return block(blocks, stage, 0);
    }

    private static EvidenceBlock block(List<EvidenceBlock> blocks, int stage, int number) {
        return blocks.stream()
                .filter(block -> block.stage() == stage && block.purpose() == Purpose.COMPARISON)
                .toList()
                .get(number);
    }

    private static EvidenceFamily rivals(
            String title, EvidenceBlock block, EvidenceRow method, List<EvidenceRow> rivals) {
        return new EvidenceFamily(
                title,
                block.settings().stream()
                        .map(setting -> new EvidenceContrast(setting, method, rivals, block.seeds()))
                        .toList());
    }

    private static List<EvidenceRow> trained(EvidenceBlock block) {
        return block.rows().stream().filter(EvidenceMethods.RIVALS::contains).toList();
    }

    private static List<EvidenceRow> notFineSsl(EvidenceBlock block) {
        return block.rows().stream()
                .filter(row -> !row.tunedAs().equals(EvidenceMethods.FINESSL.tunedAs()))
                .toList();
    }

    private static EvidenceFamily ablations(EvidenceBlock block) {
        EvidenceSetting setting = block.settings().get(0);
        return new EvidenceFamily(
                ABLATION,
                block.rows().stream()
                        .filter(row -> !row.equals(EvidenceMethods.FINESSL))
                        .map(row -> EvidenceContrast.of(setting, EvidenceMethods.FINESSL, row, block.seeds()))
                        .toList());
    }

    /** FineSSL minus the best of the others with the same way of fine-tuning. */
    private static EvidenceFamily strategies(EvidenceBlock block) {
        return withTuning(STRATEGIES, block);
    }

    private static EvidenceFamily withTuning(String title, EvidenceBlock block) {
        List<EvidenceContrast> contrasts = new ArrayList<>();
        for (EvidenceSetting setting : block.settings()) {
            for (EvidenceRow row : block.rows()) {
                if (row.method().equals(EvidenceMethods.FINESSL.method())) {
                    contrasts.add(
                            new EvidenceContrast(setting, row, rivalsWith(block, row, Option.TUNING), block.seeds()));
                }
            }
        }
        return new EvidenceFamily(title, contrasts);
    }

    private static List<EvidenceRow> rivalsWith(EvidenceBlock block, EvidenceRow method, Option<?> option) {
        return block.rows().stream()
                .filter(row -> !row.method().equals(method.method())
                        && Objects.equals(
                                row.options().get(option.name()),
                                method.options().get(option.name())))
                .toList();
    }

    private static EvidenceFamily adapters(EvidenceBlock adapters, EvidenceBlock prompts) {
        EvidenceRow withPrompts = prompts.rows().stream()
                .filter(row -> row.method().equals(EvidenceMethods.FINESSL.method()))
                .findFirst()
                .orElseThrow();
        return new EvidenceFamily(
                ADAPTERS,
                adapters.settings().stream()
                        .map(setting ->
                                EvidenceContrast.of(setting, EvidenceMethods.FINESSL, withPrompts, prompts.seeds()))
                        .toList());
    }

    private static EvidenceFamily starts(EvidenceBlock block) {
        EvidenceSetting setting = block.settings().get(0);
        return new EvidenceFamily(
                STARTS,
                block.rows().stream()
                        .filter(row -> row.method().equals(EvidenceMethods.FINESSL.method()))
                        .map(row -> new EvidenceContrast(
                                setting, row, rivalsWith(block, row, Option.HEAD_START), block.seeds()))
                        .toList());
    }
}
