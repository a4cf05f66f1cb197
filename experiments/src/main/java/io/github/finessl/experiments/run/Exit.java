package io.github.finessl.experiments.run;

import java.util.Arrays;

/** The way a process ended, with its exit code. */
public enum Exit {
    /** The experiment ran to its end, or a list was printed. */
    OK(0),
    /** The experiment failed, or there is none of this name. */
    FAILED(1),
    /** An option has a value that it cannot have, or there is no such option. */
    BAD_OPTION(2),
    /** A file of the encoder, the data or a checkpoint is missing or cannot be used. */
    BAD_FILE(3),
    /** The run was stopped from outside (Ctrl-C, SIGTERM) after writing a checkpoint. */
    INTERRUPTED(130);

    private final int code;

    Exit(int code) {
        this.code = code;
    }

    /** The exit with a code; {@link #FAILED} for an unknown code. */
    public static Exit of(int code) {
        return Arrays.stream(values())
                .filter(exit -> exit.code == code)
                .findFirst()
                .orElse(FAILED);
    }

    /** The process's exit code. */
    public int code() {
        return code;
    }
}
