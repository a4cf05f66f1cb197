package io.github.finessl.experiments.run;

import io.github.finessl.PreparedRun;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.SparkRun.Answer;
import io.github.finessl.experiments.run.SparkRun.Failed;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.report.EventFile;
import io.github.finessl.report.RunRecord;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction0;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * A grid runner that distributes runs over the executors of Apache Spark: each unfinished run is a task, and its record is
 * written as soon as it arrives. The runs of a lost executor, and no others, are given to another one.
 */
public final class SparkGridRunner implements GridRunner {

    /** How long runs that are stopped may take to write their checkpoints; a step of a large encoder can take a minute. */
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private static final long POLL_MILLIS = 200;
    private static final String RECORD = "run.json";

    @Override
    public boolean run(Runner runner, List<Run> runs, BiConsumer<Run, RunRecord> finished) throws IOException {
        Options options = runs.get(0).options();
        if (options.get(Option.RESUME).isPresent()) {
            throw new OptionException("-Dresume goes on with one run in this process; leave -Dspark out.");
        }
        List<Run> left = runs;
        while (!left.isEmpty()) {
            // Rows of a table can be the same run: it is carried out once, and then the others find its record.
            List<Run> same = new ArrayList<>();
            List<Run> now = new ArrayList<>();
            Set<Path> taken = new HashSet<>();
            for (Run run : left) {
                if (!taken.add(runner.directoryOf(run))) {
                    same.add(run);
                    continue;
                }
                runner.finishedRecord(run).ifPresentOrElse(record -> finished.accept(run, record), () -> now.add(run));
            }
            if (!now.isEmpty() && !carryOut(runner, now, finished)) {
                return false;
            }
            left = same;
        }
        return true;
    }

    private static boolean carryOut(Runner runner, List<Run> runs, BiConsumer<Run, RunRecord> finished)
            throws IOException {
        Options options = runs.get(0).options();
        Path store = runner.directoryOf(runs.get(0)).toAbsolutePath().getParent();
        Path mark = Files.createFile(store.resolve("." + UUID.randomUUID()));
        try (JavaSparkContext spark = connect(runner.experiment(), options)) {
            Job job = Job.submit(spark, sparkRuns(runner, runs, store.getParent(), mark));
            for (int left = runs.size(); left > 0; ) {
                List<Arrived> arrived = job.next().map(List::of).orElse(List.of());
                Optional<Failed> failure = keep(runner, runs, arrived, finished);
                left -= arrived.size();
                if (failure.isPresent() || (left > 0 && runner.context().stopRequested())) {
                    keep(runner, runs, job.stop(), finished);
                    if (failure.isPresent()) {
                        throw exception(failure.get(), options);
                    }
                    return false;
                }
            }
            return !runner.context().stopRequested();
        } finally {
            Files.deleteIfExists(mark);
        }
    }

    private static JavaSparkContext connect(String experiment, Options options) {
        try {
            JavaSparkContext spark = new JavaSparkContext(configuration(experiment, options));
            // Spark's own hooks would end it on Ctrl-C at once, before any checkpoint.
            ShutdownHookManager.get().clearShutdownHooks();
            return spark;
        } catch (RuntimeException e) {
            throw new IllegalStateException("Spark did not start: " + e.getMessage(), e);
        }
    }

    /** The configuration of Spark, in which the user's {@code -Dspark.…=} come first. */
    private static SparkConf configuration(String experiment, Options options) {
        String master = options.get(Option.SPARK).orElseThrow();
        Map<String, String> settings =
                new TreeMap<>(Map.of("spark.ui.enabled", "false", "spark.driver.maxResultSize", "0"));
        if (!isInThisProcess(master)) {
            // An executor runs one run at a time, with as many threads as this process would: bits depend on them.
            String threads = Integer.toString(KernelChoice.defaultThreads());
            settings.put("spark.executor.cores", threads);
            settings.put("spark.task.cpus", threads);
            settings.put("spark.executorEnv.OMP_NUM_THREADS", threads);
            settings.put("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE");
            settings.put("spark.executor.memory", options.get(Option.HEAP));
            settings.put(
                    "spark.executor.extraClassPath",
                    Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
                            .map(entry -> Path.of(entry).toAbsolutePath().toString())
                            .collect(Collectors.joining(File.pathSeparator)));
            settings.put(
                    "spark.executor.extraJavaOptions",
                    "-XX:+UseSerialGC -Xms64m -Dorg.bytedeco.javacpp.maxbytes=1024g"
                            + " -Dorg.bytedeco.javacpp.maxphysicalbytes=0 -Dorg.bytedeco.javacpp.logger=slf4j"
                            + " -Djava.awt.headless=true"
                            + " -Dfile.encoding=UTF-8");
        }
        SparkConf configuration = new SparkConf().setMaster(master).setAppName("FineSSL " + experiment);
        settings.forEach(configuration::setIfMissing);
        return configuration;
    }

    private static boolean isInThisProcess(String master) {
        return master.startsWith("local[");
    }

    private static List<SparkRun> sparkRuns(Runner runner, List<Run> runs, Path results, Path mark) throws IOException {
        List<SparkRun> all = new ArrayList<>();
        for (Run run : runs) {
            Path checkpoint = runner.directoryOf(run).resolve(PreparedRun.CHECKPOINT);
            all.add(new SparkRun(
                    runner.experiment(),
                    run.variant(),
                    new TreeMap<>(run.options().toMap()),
                    run.seed(),
                    Path.of("").toAbsolutePath().toString(),
                    results.toString(),
                    mark.toString(),
                    Files.exists(checkpoint) ? Files.readAllBytes(checkpoint) : new byte[0]));
        }
        return all;
    }

    /** Writes the runs' files where the runner without Spark has them, and returns the failure of a run that failed. */
    private static Optional<Failed> keep(
            Runner runner, List<Run> runs, List<Arrived> arrived, BiConsumer<Run, RunRecord> finished)
            throws IOException {
        Failed failure = null;
        for (Arrived each : arrived) {
            Run run = runs.get(each.index());
            if (each.answer().failure() != null) {
                failure = each.answer().failure();
                continue;
            }
            TreeMap<String, byte[]> files = each.answer().files();
            byte[] record = files.remove(RECORD);
            Path directory =
                    runner.directoryOf(run).resolveSibling(each.answer().directory());
            for (Path old : EventFile.allIn(directory)) {
                Files.delete(old);
            }
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                AtomicFile.write(directory.resolve(file.getKey()), out -> out.write(file.getValue()));
            }
            AtomicFile.write(directory.resolve(RECORD), out -> out.write(record)); // last: it says that all is there
            finished.accept(run, runner.find(run).orElseThrow());
        }
        return Optional.ofNullable(failure);
    }

    private static RuntimeException exception(Failed failure, Options options) throws IOException {
        Throwable cause = new IllegalStateException(failure.stackTrace());
        String master = options.get(Option.SPARK).orElseThrow();
        String place = isInThisProcess(master) ? "" : failure.where() + ": ";
        switch (failure.exit()) {
            case BAD_OPTION -> throw new OptionException(place + failure.sentence());
            case BAD_FILE -> {
                String help = "; encoder and data must lie at the same paths on every machine of " + master + ".";
                throw new IOException(
                        place.isEmpty()
                                ? failure.sentence()
                                : place + failure.sentence().replaceFirst("\\.$", "") + help,
                        cause);
            }
            default -> throw new IllegalStateException(place + failure.sentence(), cause);
        }
    }

    /** An answer and the place of its run in the list of runs. */
    private record Arrived(int index, Answer answer) {}

    /** The job of all runs, and the answers that have arrived. */
    private record Job(JavaSparkContext spark, SimpleFutureAction<BoxedUnit> action, BlockingQueue<Arrived> answers) {

        static Job submit(JavaSparkContext spark, List<SparkRun> runs) {
            BlockingQueue<Arrived> answers = new LinkedBlockingQueue<>();
            Seq<Object> partitions = CollectionConverters.asScala(IntStream.range(0, runs.size())
                            .<Object>mapToObj(i -> i)
                            .toList())
                    .toSeq();
            SimpleFutureAction<BoxedUnit> action = spark.sc()
                    .submitJob(
                            spark.parallelize(runs, runs.size()).rdd(),
                            new CarryOut(),
                            partitions,
                            new AbstractFunction2<>() {
                                @Override
                                public BoxedUnit apply(Object index, Answer answer) {
                                    answers.add(new Arrived((Integer) index, answer));
                                    return BoxedUnit.UNIT;
                                }
                            },
                            new AbstractFunction0<>() {
                                @Override
                                public BoxedUnit apply() {
                                    return BoxedUnit.UNIT;
                                }
                            });
            return new Job(spark, action, answers);
        }

        /** Waits a moment for the next answer; empty where none arrives. */
        Optional<Arrived> next() {
            boolean over = action.isCompleted(); // asked first: all answers arrive before
            Arrived answer = waitForNext();
            if (answer == null && over && action.value().get().isFailure()) {
                String message = action.value().get().failed().get().getMessage();
                throw new IllegalStateException(
                        spark.sc().isStopped()
                                ? "Spark's master does not answer, or has ended the runs."
                                : "Spark gave up: "
                                        + message.lines().findFirst().orElse(""));
            }
            return Optional.ofNullable(answer);
        }

        private Arrived waitForNext() {
            try {
                return answers.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while runs were carried out", e);
            }
        }

        /** Tells the tasks to stop, waits for their checkpoints and returns the answers that have arrived. */
        List<Arrived> stop() {
            action.cancel();
            List<Arrived> all = new ArrayList<>();
            for (long end = System.nanoTime() + PATIENCE.toNanos(); isBusy() && System.nanoTime() < end; ) {
                Optional.ofNullable(waitForNext()).ifPresent(all::add);
            }
            answers.drainTo(all);
            return all;
        }

        private boolean isBusy() {
            return Stream.of(spark.sc().statusTracker().getExecutorInfos())
                    .anyMatch(executor -> executor.numRunningTasks() > 0);
        }
    }

    /** The function of a Spark task, which carries out one run. */
    private static final class CarryOut extends AbstractFunction1<Iterator<SparkRun>, Answer> implements Serializable {
        @Override
        public Answer apply(Iterator<SparkRun> runs) {
            try {
                return runs.next().carryOut();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
