package io.github.finessl.experiments.tool;

import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.report.Machine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/** The command {@code finessl} as {@code mvn package} makes it, run as a user runs it and timed as a whole. */
final class InstalledCommand implements AutoCloseable {
    private static final Path SCRIPT = Path.of("experiments/target/finessl/bin/finessl");
    private static final double TICKS_A_SECOND = 100;
    private static final int WAITED_FOR_USER = 13; // fields of /proc/self/stat behind the name in brackets
    private static final int WAITED_FOR_SYSTEM = 14;

    private final Path script;
    private final Path home;

    /** A line that was printed, and when. */
    record Line(double seconds, String text) {}

    /**
     * What a process took.
     *
     * @param cpuSeconds of all its threads; 0 where the system does not tell
     * @param lines that it printed
     */
    record Timed(double seconds, double cpuSeconds, List<Line> lines) {
        /** When the first line that begins so was printed. */
        double secondsTo(String beginning) {
            return lines.stream()
                    .filter(line -> line.text().startsWith(beginning))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no line begins with " + beginning + ": " + lines))
                    .seconds();
        }
    }

    /** What is measured with the command. */
    @FunctionalInterface
    interface Measurement {
        Exit with(InstalledCommand command) throws IOException;
    }

    /**
     * Prints the machine, then measures with the command of this clone, which has a temporary folder for what it keeps between
     * starts.
     *
     * @throws OptionException if the command has not been made
     */
    static Exit measured(RunContext context, Measurement measurement) throws IOException {
        try (InstalledCommand command = new InstalledCommand()) {
            context.out().println(Machine.here().text());
            return measurement.with(command);
        }
    }

    private InstalledCommand() throws IOException {
        if (!Files.isExecutable(SCRIPT)) {
            throw new OptionException(
                    SCRIPT
                            + " should be the command that is measured, but is not there: 'mvn -q package -DskipTests' makes it.");
        }
        script = SCRIPT.toAbsolutePath();
        home = Files.createTempDirectory("finessl-bench");
    }

    /** The temporary folder, which closing deletes. */
    Path home() {
        return home;
    }

    /** Runs it with arguments. */
    Timed run(String... arguments) throws IOException {
        return run(
                Stream.concat(Stream.of(script.toString()), Stream.of(arguments))
                        .toList(),
                home);
    }

    /** Runs any command to its end. */
    static Timed run(List<String> command, Path home) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "HOME",
                        home.toString(),
                        "FINESSL_JAVA_OPTS",
                        "-Dfinessl.cache=" + home.resolve("cache") + " -Dorg.bytedeco.javacpp.cachedir="
                                + home.resolve("natives")));
        double cpu = cpuOfChildren();
        long begin = System.nanoTime();
        Process process = builder.start();
        process.getOutputStream().close();
        List<Line> lines = new ArrayList<>();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(new Line(seconds(begin), line));
            }
            int code = process.waitFor();
            double seconds = seconds(begin);
            if (code != 0) {
                throw new IOException(String.join(" ", command) + " ended with " + code + ": " + lines);
            }
            return new Timed(seconds, cpuOfChildren() - cpu, lines);
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        FileUtils.deleteDirectory(home.toFile());
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private static double cpuOfChildren() throws IOException {
        Path file = Path.of("/proc/self/stat");
        if (!Files.isReadable(file)) {
            return 0;
        }
        String[] fields = Files.readString(file).replaceFirst(".*\\) ", "").split(" ", -1);
        return (Long.parseLong(fields[WAITED_FOR_USER]) + Long.parseLong(fields[WAITED_FOR_SYSTEM])) / TICKS_A_SECOND;
    }
}
