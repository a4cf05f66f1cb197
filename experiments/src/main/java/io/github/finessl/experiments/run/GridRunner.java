package io.github.finessl.experiments.run;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.RunRecord;
import io.github.finessl.train.NonFiniteLossException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.BiConsumer;

/** A strategy for carrying out the runs of a grid, which do not depend on each other. */
interface GridRunner {

    /**
     * Carries out the runs that are not finished yet.
     *
     * @param runs the first wanted first
     * @param finished called with each run's record as soon as it is written, in any order, on the calling thread
     * @return false if the user stopped it before the last run
     * @throws NonFiniteLossException if a run diverged, after the others
     */
    boolean run(Runner runner, List<Run> runs, BiConsumer<Run, RunRecord> finished) throws IOException;

    /**
     * The grid runner that the option {@code spark} asks for.
     *
     * @throws OptionException if Spark is asked for and not there
     */
    static GridRunner of(Options options) {
        return options.get(Option.SPARK)
                .map(master -> ServiceLoader.load(GridRunner.class)
                        .findFirst()
                        .orElseThrow(() -> new OptionException("-Dspark=" + master
                                + " needs a build with Spark: start it with mvn exec:java, or build with -Dspark.")))
                .orElse(GridRunner::sequentially);
    }

    /** Carries out runs one after the other in this process, the others even where one diverges. */
    private static boolean sequentially(Runner runner, List<Run> runs, BiConsumer<Run, RunRecord> finished)
            throws IOException {
        NonFiniteLossException diverged = null;
        for (int i = 0; i < runs.size(); i++) {
            Run run = runs.get(i);
            try {
                Optional<RunRecord> earlier = runner.finishedRecord(run);
                Optional<RunRecord> record = earlier.isPresent() ? earlier : runner.train(run);
                record.ifPresent(found -> finished.accept(run, found));
                if (record.isEmpty() || (runner.context().stopRequested() && i < runs.size() - 1)) {
                    return false;
                }
            } catch (NonFiniteLossException e) {
                runner.context().out().printf("%s: %s%n", run, e.getMessage());
                diverged = e;
            }
        }
        if (diverged != null) {
            throw diverged;
        }
        return true;
    }
}
