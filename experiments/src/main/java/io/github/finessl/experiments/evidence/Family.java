package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.evidence.Block.Purpose;
import io.github.finessl.experiments.option.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Differences that are judged together: Holm's adjustment counts them.
 *
 * @param title what is subtracted from what
 */
record Family(String title, List<Contrast> contrasts) {
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
    static List<Family> of(List<Block> blocks) {
        List<Family> families = new ArrayList<>();
        Block few = block(blocks, 1);
        families.add(rivals(PRIMARY, few, Methods.FINESSL, Methods.RIVALS));
        families.add(rivals(
                FROM_PILE, few, Methods.FINESSL_FROM_PILE, Methods.allBut(Methods.FINESSL, Methods.FINESSL_FROM_PILE)));
        families.add(rivals(UNTRAINED, few, Methods.FINESSL, List.of(Methods.PILE)));
        for (Row rival : Methods.RIVALS) {
            families.add(
                    rivals("FineSSL from class means minus " + rival.name(), few, Methods.FINESSL, List.of(rival)));
        }
        families.add(ablations(block(blocks, 2)));
        Block fine = block(blocks, 3);
        families.add(rivals(FINE, fine, Methods.FINESSL, trained(fine)));
        families.add(rivals(FINE_FROM_PILE, fine, Methods.FINESSL_FROM_PILE, notFineSsl(fine)));
        Block tails = block(blocks, 4);
        families.add(rivals(LONG_TAILS, tails, Methods.FINESSL, trained(tails)));
        Block strangers = block(blocks, 4, 1);
        families.add(rivals(STRANGERS, strangers, Methods.FINESSL, trained(strangers)));
        families.add(rivals(STRANGERS_DLS, strangers, Methods.FINESSL, List.of(Methods.WITHOUT_DLS_MATCHED)));
        families.add(strategies(block(blocks, 5)));
        families.add(adapters(few, block(blocks, 7)));
        families.add(withTuning(PROMPTS, block(blocks, 7)));
        families.add(starts(block(blocks, 6)));
        Block more = block(blocks, 8);
        families.add(rivals(MORE_LABELS, more, Methods.FINESSL, trained(more)));
        return List.copyOf(families);
    }

    private static Block block(List<Block> blocks, int stage) {
        return block(blocks, stage, 0);
    }

    private static Block block(List<Block> blocks, int stage, int number) {
        return blocks.stream()
                .filter(block -> block.stage() == stage && block.purpose() == Purpose.COMPARISON)
                .toList()
                .get(number);
    }

    private static Family rivals(String title, Block block, Row method, List<Row> rivals) {
        return new Family(
                title,
                block.settings().stream()
                        .map(setting -> new Contrast(setting, method, rivals, block.seeds()))
                        .toList());
    }

    private static List<Row> trained(Block block) {
        return block.rows().stream().filter(Methods.RIVALS::contains).toList();
    }

    private static List<Row> notFineSsl(Block block) {
        return block.rows().stream()
                .filter(row -> !row.tunedAs().equals(Methods.FINESSL.tunedAs()))
                .toList();
    }

    private static Family ablations(Block block) {
        Setting setting = block.settings().get(0);
        return new Family(
                ABLATION,
                block.rows().stream()
                        .filter(row -> !row.equals(Methods.FINESSL))
                        .map(row -> Contrast.of(setting, Methods.FINESSL, row, block.seeds()))
                        .toList());
    }

    /** FineSSL minus the best of the others with the same way of fine-tuning. */
    private static Family strategies(Block block) {
        return withTuning(STRATEGIES, block);
    }

    private static Family withTuning(String title, Block block) {
        List<Contrast> contrasts = new ArrayList<>();
        for (Setting setting : block.settings()) {
            for (Row row : block.rows()) {
                if (row.method().equals(Methods.FINESSL.method())) {
                    contrasts.add(new Contrast(setting, row, rivalsWith(block, row, Option.TUNING), block.seeds()));
                }
            }
        }
        return new Family(title, contrasts);
    }

    private static List<Row> rivalsWith(Block block, Row method, Option<?> option) {
        return block.rows().stream()
                .filter(row -> !row.method().equals(method.method())
                        && Objects.equals(
                                row.options().get(option.name()),
                                method.options().get(option.name())))
                .toList();
    }

    private static Family adapters(Block adapters, Block prompts) {
        Row withPrompts = prompts.rows().stream()
                .filter(row -> row.method().equals(Methods.FINESSL.method()))
                .findFirst()
                .orElseThrow();
        return new Family(
                ADAPTERS,
                adapters.settings().stream()
                        .map(setting -> Contrast.of(setting, Methods.FINESSL, withPrompts, prompts.seeds()))
                        .toList());
    }

    private static Family starts(Block block) {
        Setting setting = block.settings().get(0);
        return new Family(
                STARTS,
                block.rows().stream()
                        .filter(row -> row.method().equals(Methods.FINESSL.method()))
                        .map(row ->
                                new Contrast(setting, row, rivalsWith(block, row, Option.HEAD_START), block.seeds()))
                        .toList());
    }
}
