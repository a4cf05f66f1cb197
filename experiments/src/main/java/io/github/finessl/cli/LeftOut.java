package io.github.finessl.cli;

import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.experiments.run.Exit;
import java.io.PrintWriter;
import java.nio.file.Path;

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
        err.printf("%s%n", sentence);
    }

    /**
     * Names what the folder's data set leaves out, which must not be all.
     *
     * @throws DataException if nothing is left
     */
    void addSome(Path folder, Dataset dataset) {
        addAll(dataset);
        if (dataset.size() == 0) {
            throw new DataException("%s must have photos that can be read, but has none among %d."
                    .formatted(folder, dataset.skipped().size()));
        }
    }

    Exit exit() {
        return any ? Exit.BAD_FILE : Exit.OK;
    }
}
