package io.github.finessl.experiments.run;

import io.github.finessl.PreparedRun;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.RunRecord;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.train.CheckpointException;
import io.github.finessl.train.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * A finished run that another training or an export starts from.
 *
 * @param option the option in which the user named it
 * @param file the file of its record
 * @param checkpoint the file of its final parameters
 */
public record FinishedRun(Option<?> option, Path file, RunRecord record, Path checkpoint) {

    /**
     * Opens the finished run in a directory or of a checkpoint.
     *
     * @param given the directory or the checkpoint
     * @throws CheckpointException if there is no such run, or its checkpoint is another's
     */
    public static FinishedRun open(Option<?> option, Path given) {
        if (!Files.exists(given)) {
            throw new CheckpointException("-D" + option.name() + "=" + given
                    + " should be the directory or checkpoint of a finished run, but there is no such file.");
        }
        Path checkpoint = Files.isDirectory(given) ? given.resolve(PreparedRun.CHECKPOINT) : given;
        Path file = checkpoint.resolveSibling("run.json");
        for (Path needed : new Path[] {checkpoint, file}) {
            if (!Files.isRegularFile(needed)) {
                throw new CheckpointException("-D" + option.name() + "=" + given + " should be a finished run with "
                        + needed + ", but there is no such file.");
            }
        }
        RunRecord record;
        try {
            record = RunRecord.read(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        FinishedRun run = new FinishedRun(option, file, record, checkpoint);
        run.requireOwnCheckpoint();
        return run;
    }

    /** Makes sure that the checkpoint belongs to this record, and was not copied from another run. */
    private void requireOwnCheckpoint() {
        Map<String, String> expected = new TreeMap<>(Map.of(
                "method", record.method(),
                "seed", Long.toString(record.seed()),
                "encoder.sha256", record.encoder().sha256(),
                "data.sha256", record.data().sha256()));
        Map<String, String> found = new TreeMap<>(Trainer.identityOf(checkpoint));
        found.keySet().retainAll(expected.keySet());
        if (!found.equals(expected)) {
            throw new CheckpointException(checkpoint + " should be the checkpoint of " + file + ", of " + expected
                    + ", but is of " + found + ".");
        }
    }

    /**
     * Makes sure of a property that the record must have.
     *
     * @param expected completes "the record should have ..."
     * @param found completes "but ..."
     * @throws CheckpointException unless {@code condition} holds
     */
    public void require(String expected, boolean condition, String found) {
        if (!condition) {
            throw new CheckpointException(
                    file + ", the record of -D" + option.name() + ", should have " + expected + ", but " + found + ".");
        }
    }

    /** The normalisation of pixels that the run had. */
    public Normalisation normalisation(Encoder encoder) {
        return Options.ofRecord(record)
                .get(Option.NORMALISATION)
                .ofRun(record.configuration(), encoder, record.data().name());
    }

    /** The SHA-256 of the checkpoint. */
    String sha256() {
        return ModelFolder.sha256(checkpoint);
    }
}
