package io.github.finessl.experiments.evidence;

import io.github.finessl.data.Dataset;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.DataOptions;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.report.ResultTable;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The files that show what the protocol's finished runs say. */
record Report(Protocol protocol, Runs runs, Options base, Path directory) {

    /**
     * Writes tables, claims and, unless the user is stopping it, figures.
     *
     * @param draws whether there is time for figures: a JVM that is being shut down cannot draw
     */
    void write(boolean draws, RunContext context) throws IOException {
        Truth truth = new Truth(directory.resolve("truth"));
        keep(truth);
        dropCurves();
        Analysis analysis = new Analysis(runs, truth, Choices.of(protocol, runs, base), base);
        List<ResultTable> tables = new ArrayList<>();
        tables.add(State.of(protocol, runs, base).table());
        tables.addAll(new Tables(protocol, analysis).all());
        ResultTable.write(tables, directory);
        String claims = new Claims(protocol, analysis).text();
        Path file = base.get(Option.PROFILE) == Profile.QUICK
                ? base.get(Option.OUT).resolve("claims.md")
                : directory.resolve("claims.md");
        AtomicFile.write(file, claims);
        context.print(ResultTable.toMarkdown(tables));
        context.print(claims);
        if (draws) {
            new Figures(protocol, analysis).draw(directory);
        }
    }

    /** Keeps the classes of the test images that runs were tested on, as far as the images are here. */
    private void keep(Truth truth) throws IOException {
        Set<String> looked = new HashSet<>();
        for (RunRecord run : runs.records()) {
            String test = run.data().testSha256();
            if (!looked.add(test) || truth.of(test).isPresent()) {
                continue;
            }
            Options options = Options.ofRecord(run);
            if (DataOptions.absence(options).isEmpty()) {
                Dataset images = DataOptions.inspect(options).test();
                if (images.sha256().equals(test)) {
                    truth.keep(images);
                }
            }
        }
    }

    /** Leaves the curve in the record of each method's first seed alone, which figures show: curves are most of a record. */
    private void dropCurves() throws IOException {
        Set<Map<String, String>> seen = new HashSet<>();
        RunStore store = new RunStore(directory.resolve("runs"));
        for (RunRecord run : runs.bySeed()) {
            if (!seen.add(runs.settingsOf(run)) && !run.curve().isEmpty()) {
                store.add(run.withoutCurve());
            }
        }
    }
}
