package io.github.finessl.experiments.run;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.function.BooleanSupplier;

/**
 * What surrounds a run.
 *
 * @param out where tables and messages go
 * @param terminal whether a person watches, so that a progress bar makes sense
 * @param stop true once the run is to write a checkpoint and end
 */
public record RunContext(PrintStream out, boolean terminal, BooleanSupplier stop) {

    /** Nobody watches and nobody stops it; for use in other programs. */
    public static RunContext to(PrintStream out) {
        return new RunContext(out, false, () -> false);
    }

    /** The same without a word. */
    public static RunContext silent() {
        return to(new PrintStream(OutputStream.nullOutputStream()));
    }

    /** Whether to write a checkpoint and end with {@link Exit#INTERRUPTED}; asked once a step. */
    public boolean stopRequested() {
        return stop.getAsBoolean();
    }
}
