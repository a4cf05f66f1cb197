package io.github.finessl.experiments.run;

import io.github.finessl.PreparedRun;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.RunRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;

/**
 * A run in the form in which Spark sends it to an executor.
 *
 * <p>An executor that sees the driver's results works right there, so that a checkpoint survives it; any other works in a
 * folder of its own. The run's files travel back either way.
 *
 * @param options as {@link Options#toMap} gives them
 * @param root the driver's working directory, which relative paths of encoder and data start from
 * @param results the driver's directory of the experiment's results
 * @param mark a file that exists where the driver's results are seen
 * @param checkpoint what the driver has of an interrupted run; empty where there is nothing
 */
record SparkRun(
        String experiment,
        String variant,
        TreeMap<String, String> options,
        long seed,
        String root,
        String results,
        String mark,
        byte[] checkpoint)
        implements Serializable {

    /**
     * The result of a run that an executor has carried out.
     *
     * @param directory the name of the run's own, which depends on the executor's arithmetic
     * @param files that the run has left, by name; none where it failed
     * @param failure null where there is none
     */
    record Answer(String directory, TreeMap<String, byte[]> files, Failed failure) implements Serializable {}

    /** A failure that would occur on every executor. */
    record Failed(String where, Exit exit, String sentence, String stackTrace) implements Serializable {}

    /** Carries out the run in the Spark task of this thread. */
    Answer carryOut() throws IOException {
        boolean shared = Files.exists(Path.of(mark));
        Path directory = shared ? Path.of(results) : Files.createTempDirectory("finessl-");
        TaskContext task = TaskContext.get();
        RunContext context = new RunContext(System.out, false, task::isInterrupted);
        try (Runner runner = new Runner(experiment, context, directory, false, Path.of(root))) {
            Run run = new Run(variant, Options.of(options), seed);
            Path runDirectory = runner.directoryOf(run);
            return new Answer(runDirectory.getFileName().toString(), files(runner, run, runDirectory, shared), null);
        } catch (TaskKilledException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace, true));
            Failed failure = new Failed(
                    SparkEnv.get().blockManager().blockManagerId().host(),
                    Failure.exit(e),
                    Failure.sentence(e),
                    trace.toString());
            return new Answer("", new TreeMap<>(), failure);
        } finally {
            if (!shared) {
                delete(directory);
            }
        }
    }

    private TreeMap<String, byte[]> files(Runner runner, Run run, Path directory, boolean shared) throws IOException {
        if (!shared && checkpoint.length > 0) {
            Files.createDirectories(directory);
            Files.write(directory.resolve(PreparedRun.CHECKPOINT), checkpoint);
        }
        // A lost executor may have finished the run before its answer arrived.
        Optional<RunRecord> record = runner.find(run);
        if (record.isEmpty() && runner.train(run).isEmpty()) {
            throw new TaskKilledException("stopped");
        }
        TreeMap<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(directory)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                if (!file.getFileName().toString().startsWith(".")) {
                    files.put(file.getFileName().toString(), Files.readAllBytes(file));
                }
            }
        }
        return files;
    }

    private static void delete(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
