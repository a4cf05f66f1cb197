package io.github.finessl.cli;

import io.github.finessl.data.Dataset;
import io.github.finessl.experiments.Exit;
import java.io.PrintWriter;

/** Photos that a command was asked about and could not read: each is named, and the exit code tells. */
final class LeftOut {
    private final PrintWriter err;
    private boolean any;

    LeftOut(PrintWriter err) {
        this.err = err;
    }

    /** Names what the data set leaves out. */
    void addAll(Dataset dataset) {
        dataset.skipped().forEach(image -> add(image.source() + " " + image.reason() + "."));
    }

    /** Names one in a sentence. */
    void add(String sentence) {
        any = true;
        err.println(sentence);
    }

    Exit exit() {
        return any ? Exit.BAD_FILE : Exit.OK;
    }
}
