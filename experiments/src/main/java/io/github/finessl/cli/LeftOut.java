package io.github.finessl.cli;

import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.experiments.run.Exit;
import java.io.PrintWriter;
import java.nio.file.Path;

/** The photos that a command could not read: each is named on standard error, and any makes the exit code 3. */
final class LeftOut {
    private final PrintWriter err;
    private int count;

    LeftOut(PrintWriter err) {
        this.err = err;
    }

    /** Prints a line for each image that the data set leaves out. */
    void addAll(Dataset dataset) {
        dataset.skipped().forEach(image -> add(image.source() + " " + image.reason() + "."));
    }

    /** Prints the sentence that names a photo and says why it cannot be read. */
    void add(String sentence) {
        count++;
        err.printf("%s%n", sentence);
    }

    /**
     * Prints a line for each image that the folder's data set leaves out, which must not be all of them.
     *
     * @throws DataException if nothing is left
     */
    void addSome(Path folder, Dataset dataset) {
        addAll(dataset);
        if (dataset.size() == 0) {
            throw new DataException("%s must have photos that can be read, but none of its %d can."
                    .formatted(folder, dataset.skipped().size()));
        }
    }

    /** How many photos or folders could not be read. */
    int count() {
        return count;
    }

    Exit exit() {
        return count > 0 ? Exit.BAD_FILE : Exit.OK;
    }
}
