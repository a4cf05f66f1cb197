package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Options;
import java.io.PrintStream;
import java.util.List;

/**
 * How much of the protocol is finished.
 *
 * @param parts a part for each block, in its order
 */
record EvidenceState(List<Part> parts) {

    /**
     * A block's state.
     *
     * @param done runs with a record
     */
    record Part(EvidenceBlock block, int done) {
        int missing() {
            return block.size() - done;
        }
    }

    /** The state that the runs show. */
    static EvidenceState of(EvidenceProtocol protocol, EvidenceRuns runs, Options base) {
        EvidenceChoices choices = EvidenceChoices.of(protocol, runs, base);
        return new EvidenceState(protocol.blocks().stream()
                .map(block -> new Part(block, done(block, choices, runs, base)))
                .toList());
    }

    private static int done(EvidenceBlock block, EvidenceChoices choices, EvidenceRuns runs, Options base) {
        int done = 0;
        for (EvidenceSetting setting : block.settings()) {
            for (EvidenceRow row : block.rows()) {
                done += choices.options(row, setting, base)
                        .map(options -> block.seeds().stream()
                                .mapToInt(seed -> runs.find(options, seed).isPresent() ? 1 : 0)
                                .sum())
                        .orElse(0);
            }
        }
        return done;
    }

    /** Prints a line for each block. */
    void print(PrintStream out) {
        for (Part part : parts) {
            out.printf(
                    "Stage %d, %s: %d of %d runs%s%n",
                    part.block().stage(),
                    part.block().title(),
                    part.done(),
                    part.block().size(),
                    part.missing() == 0 ? "" : ", " + part.missing() + " missing");
        }
    }
}
