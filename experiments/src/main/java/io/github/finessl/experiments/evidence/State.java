package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.ResultTable.Stated;
import java.util.List;

/**
 * How much of the protocol is finished.
 *
 * @param parts a part for each block, in its order
 */
record State(List<Part> parts) {

    /**
     * A block's state.
     *
     * @param done runs with a record
     */
    record Part(Block block, int done) {
        int missing() {
            return block.size() - done;
        }
    }

    /** The state that the runs show. */
    static State of(Protocol protocol, Runs runs, Options base) {
        Choices choices = Choices.of(protocol, runs, base);
        return new State(protocol.blocks().stream()
                .map(block -> new Part(block, done(block, choices, runs, base)))
                .toList());
    }

    private static int done(Block block, Choices choices, Runs runs, Options base) {
        int done = 0;
        for (Setting setting : block.settings()) {
            for (Row row : block.rows()) {
                done += choices.options(row, setting, base)
                        .map(options -> block.seeds().stream()
                                .mapToInt(seed -> runs.find(options, seed).isPresent() ? 1 : 0)
                                .sum())
                        .orElse(0);
            }
        }
        return done;
    }

    /** A row for each block. */
    ResultTable table() {
        return new ResultTable(
                "State of the protocol",
                "stage",
                List.of("runs", "finished", "missing"),
                parts.stream()
                        .map(part -> new ResultTable.Row(
                                part.block().stage() + ", " + part.block().title(),
                                List.of(stated(part.block().size()), stated(part.done()), stated(part.missing()))))
                        .toList(),
                "Runs that several stages need are counted in each of them.");
    }

    private static Stated stated(int number) {
        return new Stated(Integer.toString(number));
    }
}
