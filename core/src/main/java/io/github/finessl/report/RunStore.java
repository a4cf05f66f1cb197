package io.github.finessl.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store of an experiment's finished runs, each in a directory of its own with {@code run.json} and whatever else it
 * leaves.
 *
 * @param directory for example {@code results/table1/runs}
 */
public record RunStore(Path directory) {

    private static final Logger log = LoggerFactory.getLogger(RunStore.class);
    /** The record's file in a run's directory. */
    public static final String RECORD = "run.json";

    /** The directory where a run keeps its checkpoint, predictions and record; it need not exist yet. */
    public Path directoryOf(RunIdentity run) {
        return directory.resolve(run.hash());
    }

    /** The run's record, if it is finished; a record that cannot be read counts as none, with a warning. */
    public Optional<RunRecord> find(RunIdentity run) {
        Path file = directoryOf(run).resolve(RECORD);
        return Files.exists(file) ? readable(file) : Optional.empty();
    }

    /** The records of a run in the stores of all experiments beside this one: {@code results/<experiment>/runs}. */
    public List<RunRecord> findBeside(RunIdentity run) throws IOException {
        return beside().stream()
                .map(store -> store.find(run))
                .flatMap(Optional::stream)
                .toList();
    }

    /** The stores of all experiments beside this one, itself included. */
    public List<RunStore> beside() throws IOException {
        Path results = directory.toAbsolutePath().normalize().getParent().getParent();
        try (Stream<Path> experiments = Files.list(results)) {
            return experiments
                    .sorted()
                    .map(experiment -> new RunStore(experiment.resolve("runs")))
                    .toList();
        }
    }

    /** Adds a run's record, which marks the run as finished. */
    public void add(RunRecord run) throws IOException {
        run.write(directory.resolve(run.id()).resolve(RECORD));
    }

    /** The records of all finished runs, the earliest first. */
    public List<RunRecord> all() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<RunRecord> runs = new ArrayList<>();
        try (Stream<Path> directories = Files.list(directory)) {
            for (Path file : directories
                    .map(run -> run.resolve(RECORD))
                    .filter(Files::exists)
                    .toList()) {
                readable(file).ifPresent(runs::add);
            }
        }
        runs.sort(java.util.Comparator.comparing(run -> run.times().start()));
        return runs;
    }

    private static Optional<RunRecord> readable(Path file) {
        try {
            return Optional.of(RunRecord.read(file));
        } catch (IOException e) {
            log.warn("{}; this run counts as not finished", e.getMessage());
            return Optional.empty();
        }
    }
}
