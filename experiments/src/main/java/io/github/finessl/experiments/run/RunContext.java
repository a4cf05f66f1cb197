package io.github.finessl.experiments.run;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.function.BooleanSupplier;

/**
 * The surroundings of a run: where it prints and when it should stop.
 *
 * @param out where tables and messages go
 * @param terminal whether a person watches, so that a progress bar makes sense
 * @param stop true once the run should write a checkpoint and end
 */
public record RunContext(PrintStream out, boolean terminal, BooleanSupplier stop) {

    /** A context for use in other programs: lines instead of a progress bar, and no stop. */
    public static RunContext to(PrintStream out) {
        return new RunContext(out, false, () -> false);
    }

    /** A context whose output is discarded and which never stops a run. */
    public static RunContext silent() {
        return to(new PrintStream(OutputStream.nullOutputStream()));
    }

    /** Prints text of several lines, such as a table, below an empty one: {@code printf} is for single lines, as terminals get it. */
    public void print(String text) {
        out.println();
        out.println(text);
    }

    /** Whether to write a checkpoint and end with {@link Exit#INTERRUPTED}; asked once per step. */
    public boolean stopRequested() {
        return stop.getAsBoolean();
    }
}
