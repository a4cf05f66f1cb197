package io.github.finessl.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.PreparedRun;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.paper.Paper;
import io.github.finessl.experiments.run.SparkRun.Answer;
import io.github.finessl.report.RunRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Table 6 at 32 pixels for some steps: on Spark in this process and on a real cluster, against the runner without. */
@Tag("spark")
class SparkGridRunnerTest {
    private static final int RUNS = 8;
    private static final String LOCALHOST = "127.0.0.1";
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir
    static Path reference;

    @TempDir
    Path out;

    private final List<Process> cluster = new ArrayList<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeAll
    static void withoutSpark() {
        System.setProperty("spark.driver.host", LOCALHOST);
        assertThat(new SparkGridRunnerTest().table("none", reference, () -> false))
                .isEqualTo(Exit.OK);
    }

    @AfterAll
    static void clearProperties() {
        System.clearProperty("spark.driver.host");
    }

    @AfterEach
    void endCluster() {
        cluster.forEach(SparkGridRunnerTest::kill);
    }

    @Test
    void runsInOneProcessGiveTheSameBitsAndWhatIsDoneIsNotDoneAgain() throws IOException {
        List<Path> runs = runs(reference);
        for (Path done : runs.subList(0, 2)) {
            Path copy = Files.createDirectories(runsOf(out).resolve(done.getFileName()));
            Files.copy(done.resolve("run.json"), copy.resolve("run.json"));
        }

        assertThat(table("local[2]", out, () -> false)).isEqualTo(Exit.OK);

        assertThat(printed.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains("finished before")))
                .hasSize(2);
        for (Path run : runs) {
            Path same = runsOf(out).resolve(run.getFileName());
            if (runs.indexOf(run) < 2) {
                assertThat(same.resolve("run.json")).hasSameBinaryContentAs(run.resolve("run.json"));
            } else {
                assertSameBits(same, run);
            }
        }
        assertThat(runs(out)).hasSize(RUNS);
        assertThat(out.resolve("table6/table.csv")).hasSameBinaryContentAs(reference.resolve("table6/table.csv"));
    }

    @Test
    void stoppedRunsLeaveCheckpointsToGoOnFrom() throws IOException {
        BooleanSupplier stop = () -> checkpoints(out) > 0;
        assertThat(table("local[2]", out, stop)).isEqualTo(Exit.INTERRUPTED);
        assertThat(runs(out).stream().filter(run -> Files.exists(run.resolve("run.json"))))
                .hasSizeLessThan(RUNS);

        assertThat(table("none", out, () -> false)).isEqualTo(Exit.OK);
        assertSameBits();
    }

    @Test
    void aLostMachinesRunAloneIsRunAgain() throws Exception {
        int port;
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = any.getLocalPort();
        }
        String master = "spark://" + LOCALHOST + ":" + port;
        spark("master.Master", "--port", Integer.toString(port));
        List<Path> works = List.of(out.resolve("work1"), out.resolve("work2"));
        for (Path work : works) {
            spark("worker.Worker", "--cores", "1", "--memory", "2g", "--work-dir", work.toString(), master);
        }
        CompletableFuture<Exit> exit =
                CompletableFuture.supplyAsync(() -> table(master, out.resolve("results"), () -> false));

        await(() -> started(works.get(0)).size() > 1 && !started(works.get(1)).isEmpty());
        kill(cluster.get(1));
        List<String> lost = started(works.get(0));

        assertThat(exit.get()).isEqualTo(Exit.OK);
        assertThat(runs(out.resolve("results"))).hasSize(RUNS);
        for (Path run : runs(reference)) {
            assertSameBits(runsOf(out.resolve("results")).resolve(run.getFileName()), run);
        }
        List<String> all = new ArrayList<>(lost);
        all.addAll(started(works.get(1)));
        assertThat(all).hasSize(RUNS + 1);
        assertThat(all.stream().distinct()).hasSize(RUNS);
        assertThat(started(works.get(1))).contains(lost.get(lost.size() - 1));
    }

    @Test
    void anExecutorWithoutTheDriversFolderSendsFilesBackAndSaysWhatItMisses() throws IOException {
        int[] asked = {0};
        assertThat(table("none", out, () -> ++asked[0] > 4)).isEqualTo(Exit.INTERRUPTED);
        Path stopped = runs(out).get(0);
        RunRecord record =
                RunRecord.read(runsOf(reference).resolve(stopped.getFileName()).resolve("run.json"));
        byte[] checkpoint = Files.readAllBytes(stopped.resolve(PreparedRun.CHECKPOINT));
        String elsewhere = out.resolve("elsewhere").toString();
        SparkRun run = new SparkRun(
                "Table6Ablation",
                record.variant(),
                new TreeMap<>(Options.ofRecord(record).toMap()),
                1,
                Path.of("").toAbsolutePath().toString(),
                elsewhere,
                elsewhere,
                checkpoint);
        SparkRun lost = new SparkRun(
                run.experiment(), run.variant(), run.options(), 1, elsewhere, elsewhere, elsewhere, checkpoint);
        List<Answer> answers;
        try (JavaSparkContext spark = new JavaSparkContext(
                new SparkConf().setMaster("local[1]").setAppName("test").set("spark.ui.enabled", "false"))) {
            answers = spark.parallelize(List.of(run, lost), 2)
                    .map(SparkRun::carryOut)
                    .collect();
        }

        assertThat(Path.of(elsewhere)).doesNotExist();
        Path received = Files.createDirectories(out.resolve("received"));
        for (Map.Entry<String, byte[]> file : answers.get(0).files().entrySet()) {
            Files.write(received.resolve(file.getKey()), file.getValue());
        }
        assertSameBits(received, runsOf(reference).resolve(stopped.getFileName()));
        assertThat(answers.get(1).failure().exit()).isEqualTo(Exit.BAD_FILE);
        assertThat(answers.get(1).failure().sentence()).contains(elsewhere, "no such file");
    }

    private Exit table(String spark, Path results, BooleanSupplier stop) {
        Map<String, String> properties = new HashMap<>(Map.of(
                "spark", spark,
                "out", results.toString(),
                "resolution", "32",
                "steps", "8",
                "batch", "2",
                "prompts", "4",
                "checkpointEvery", "2",
                "precision", "f32",
                "heap", "1g"));
        properties.put("seeds", "1");
        PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
        Experiment table = Paper.TABLES_AND_FIGURES.stream()
                .filter(experiment -> experiment.name().equals("Table6Ablation"))
                .findFirst()
                .orElseThrow();
        try {
            return table.run(table.options(properties), new RunContext(stream, false, stop));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void spark(String type, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@experiments/src/spark/jvm.options",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "org.apache.spark.deploy." + type,
                "--host",
                LOCALHOST,
                "--webui-port",
                "0"));
        command.addAll(List.of(arguments));
        ProcessBuilder process = new ProcessBuilder(command).inheritIO();
        Path home = out.resolve("spark");
        Files.createDirectories(home.resolve("jars"));
        process.environment()
                .putAll(Map.of(
                        "SPARK_HOME", home.toString(), "SPARK_SCALA_VERSION", "2.13", "SPARK_LOCAL_IP", LOCALHOST));
        cluster.add(process.start());
    }

    /** As a machine that goes dark: without a word, the executors with it. */
    private static void kill(Process process) {
        List<ProcessHandle> executors = process.descendants().toList();
        process.destroyForcibly();
        executors.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }

    /** The variants that the executors of a worker have begun. */
    private static List<String> started(Path work) {
        if (!Files.exists(work)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(work)) {
            return files.filter(file -> file.endsWith("stdout"))
                    .flatMap(file -> lines(file).filter(line -> line.contains(" labelled, ")))
                    .map(line -> line.replaceFirst(", seed 1:.*", ""))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readString(file).lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(20);
        }
    }

    private static Path runsOf(Path results) {
        return results.resolve("table6/runs");
    }

    private static List<Path> runs(Path results) throws IOException {
        try (Stream<Path> directories = Files.list(runsOf(results))) {
            return directories.sorted().toList();
        }
    }

    private static long checkpoints(Path results) {
        try (Stream<Path> files = Files.walk(results)) {
            return files.filter(file -> file.endsWith(PreparedRun.CHECKPOINT)).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertSameBits() throws IOException {
        assertThat(runs(out)).hasSize(RUNS);
        for (Path run : runs(reference)) {
            assertSameBits(runsOf(out).resolve(run.getFileName()), run);
        }
    }

    /** All but times, machine and memory, and where it was run. */
    private static void assertSameBits(Path run, Path expected) throws IOException {
        RunRecord ours = RunRecord.read(run.resolve("run.json"));
        RunRecord theirs = RunRecord.read(expected.resolve("run.json"));
        assertThat(ours)
                .usingRecursiveComparison()
                .withEqualsForType(Double::equals, Double.class)
                .ignoringFields(
                        "configuration",
                        "versions.commit",
                        "times",
                        "peakResidentBytes",
                        "metrics.more.dataWaitSeconds")
                .isEqualTo(theirs);
        assertThat(configuration(ours)).isEqualTo(configuration(theirs));
        for (String file : List.of("predictions.csv", "confusion.csv")) {
            assertThat(run.resolve(file)).hasSameBinaryContentAs(expected.resolve(file));
        }
        assertThat(arrays(run.resolve(PreparedRun.CHECKPOINT)))
                .usingRecursiveComparison()
                .isEqualTo(arrays(expected.resolve(PreparedRun.CHECKPOINT)));
    }

    private static Map<String, String> configuration(RunRecord run) {
        Map<String, String> configuration = new TreeMap<>(run.configuration());
        configuration.keySet().removeAll(List.of("out", "spark"));
        return configuration;
    }

    private static Map<String, byte[]> arrays(Path checkpoint) throws IOException {
        Map<String, byte[]> arrays = new TreeMap<>();
        try (ZipFile zip = new ZipFile(checkpoint.toFile())) {
            for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().<ZipEntry>map(e -> e)::iterator) {
                if (!entry.getName().equals("checkpoint.json")) {
                    arrays.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
                }
            }
        }
        assertThat(arrays).isNotEmpty();
        return arrays;
    }
}
