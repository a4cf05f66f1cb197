package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.RunContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An experiment that shows tables of runs and pictures of them, such as a table or figure of the paper. */
interface PaperExperiment extends Experiment {

    /** The tables of the experiment, in which some cells may be impossible to run. */
    List<CrossTable> tables(Options options);

    /** The options that the tables vary around the user's value; the user cannot set other options that they vary. */
    default Set<Option<?>> around() {
        return Set.of();
    }

    /** Draws the experiment's pictures from the finished runs; runs that diverged are not among them. */
    default void draw(List<CrossTable> tables, Grid grid, Path directory) throws IOException {}

    @Override
    default Map<String, String> defaults(Profile profile) {
        return PaperProfile.defaults(profile);
    }

    @Override
    default Set<Option<?>> fixed() {
        return PaperProfile.FIXED;
    }

    @Override
    default Exit run(Options options, RunContext context) throws IOException {
        PaperProfile.requireEncoder(options);
        Path directory = directory(options.get(Option.OUT), options.get(Option.PROFILE));
        List<CrossTable> tables = tables(options);
        Grid grid = CrossTable.run(name(), tables, around(), options, context, directory);
        if (grid.finished()) { // A JVM that is being shut down cannot draw: AWT does not start in it.
            draw(tables, grid, directory);
        }
        context.out().printf("Files: %s%n", directory);
        grid.requireNoneDiverged();
        return grid.finished() ? Exit.OK : Exit.INTERRUPTED;
    }
}
