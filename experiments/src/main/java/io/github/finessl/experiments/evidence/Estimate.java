package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.PaperProfile;
import io.github.finessl.report.Json;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.StepBenchmark;
import io.github.finessl.ssl.Views;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How long the missing runs of a protocol will take, from how fast a machine trained before.
 *
 * @param runs that are missing
 * @param views that they train and predict in steps
 * @param rate how fast that machine was
 */
record Estimate(int runs, double views, Rate rate) {
    private static final double SECONDS_AN_HOUR = 3600;
    private static final int MANY_CORES = 16;
    private static final int EXECUTORS = 10;

    /**
     * A measured rate of training.
     *
     * @param viewsPerSecond labelled, weak and strong views through the encoder
     * @param cores of the machine
     * @param source for people
     */
    record Rate(double viewsPerSecond, int cores, String source) {

        /** The rate of the slowest of the runs, of the same encoder at the same size. */
        static Optional<Rate> of(List<RunRecord> runs) {
            return runs.stream()
                    .filter(run -> run.times().imagesPerSecond() > 0)
                    .min(Comparator.comparingDouble(run -> run.times().imagesPerSecond()))
                    .map(run -> new Rate(
                            run.times().imagesPerSecond(), run.machine().cores(), "the slowest of the finished runs"));
        }

        /** The rate of a benchmark of training steps; empty where there is no such file. */
        static Optional<Rate> of(Path benchmark) throws IOException {
            if (!Files.exists(benchmark)) {
                return Optional.empty();
            }
            StepBenchmark steps = Json.MAPPER.readValue(Files.readAllBytes(benchmark), StepBenchmark.class);
            return Optional.of(new Rate(steps.viewsPerSecond(), steps.threads(), benchmark.toString()));
        }
    }

    /** The estimate for the runs of a protocol that have no record. */
    static Estimate of(Protocol protocol, Runs runs, Options base, Rate rate) {
        Choices choices = Choices.of(protocol, runs, base);
        int missing = 0;
        double views = 0;
        for (Block block : protocol.blocks()) {
            for (Setting setting : block.settings()) {
                for (Row row : block.rows()) {
                    Options options = choices.options(row, setting, base)
                            .orElseGet(() -> base.with(PaperProfile.with(setting.options(), row.options())));
                    long open = block.seeds().stream()
                            .filter(seed -> runs.find(options, seed).isEmpty())
                            .count();
                    missing += (int) open;
                    views += open * views(options);
                }
            }
        }
        return new Estimate(missing, views, rate);
    }

    /** The views of a run's steps; those of its members too. */
    private static double views(Options options) {
        if (options.settings().method().untrained().isPresent()) {
            return 0;
        }
        int batch = options.get(Option.BATCH);
        int unlabelled = batch * options.get(Option.MU);
        Views views = options.settings().method().views();
        double aStep =
                batch + (double) unlabelled * ((views.weak() ? 1 : 0) + (views.trainWeak() ? 1 : 0) + views.strong());
        double members = options.settings().method().polls()
                ? (double) batch * options.get(Option.MEMBERS).size()
                : 0;
        return options.get(Option.STEPS) * (aStep + members);
    }

    private double hours(int cores) {
        return views / rate.viewsPerSecond() * rate.cores() / cores / SECONDS_AN_HOUR;
    }

    /** Prints the hours on three kinds of machines. */
    void print(PrintStream out) {
        out.printf(
                Locale.ROOT,
                "%d runs to do, %.3g views in their steps, at %.1f views/s on %d cores (%s): %,.0f hours on 2 cores,"
                        + " %,.0f on %d, %,.0f on a Spark cluster of %d such machines; evaluation, some percent, comes on"
                        + " top, and many cores share work less than evenly.%n",
                runs,
                views,
                rate.viewsPerSecond(),
                rate.cores(),
                rate.source(),
                hours(2),
                hours(MANY_CORES),
                MANY_CORES,
                hours(MANY_CORES) / EXECUTORS,
                EXECUTORS);
    }
}
