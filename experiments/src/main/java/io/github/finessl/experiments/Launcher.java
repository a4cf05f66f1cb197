package io.github.finessl.experiments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The program that {@code mvn exec:java -Dexp=...} runs: it builds the modules where sources are newer than the last
 * build, then starts {@link Main} in a JVM of its own and ends with its exit code.
 *
 * <p>Maven runs this file as source, before anything of the project is compiled, so it refers to no other class of the
 * project. The experiment's class path names {@code target/classes}, never an installed jar.
 */
final class Launcher {

    /** The file written after a good build: what it was built for, when it began, the class path of the experiments. */
    private static final String STAMP = "launch.stamp";

    /** The file to which the build of the experiments module writes its class path (experiments/pom.xml). */
    private static final String CLASS_PATH = "classpath.txt";

    /** The property that asks for Apache Spark. */
    private static final String SPARK = "spark";

    /** The folders of sources and classes that only a build with Spark has, and the file of JVM options for Spark. */
    private static final String SPARK_SOURCES = "experiments/src/spark";

    private static final String SPARK_TARGET = "experiments/target/spark";
    private static final String SPARK_JVM_OPTIONS = SPARK_SOURCES + "/jvm.options";

    private static final String MAIN = "io.github.finessl.experiments.Main";

    /** Prefixes of the properties that belong to the JVM and to Maven, not to the user's experiment. */
    private static final List<String> FOREIGN = List.of(
            "awt.",
            "classworlds.",
            "env.",
            "exec.",
            "file.",
            "guice.",
            "jansi.",
            "java.",
            "jdk.",
            "library.",
            "line.",
            "maven.",
            "native.",
            "org.slf4j.",
            "os.",
            "path.",
            "securerandom.",
            "sun.",
            "user.");

    private final Path root;
    private final BuildSettings build;

    private Launcher(Path root, BuildSettings build) {
        this.root = root;
        this.build = build;
    }

    /** The settings of the Maven that runs this, for the Maven that it starts. */
    private record BuildSettings(
            String backend,
            String platform,
            String localRepository,
            String userSettings,
            boolean offline,
            boolean spark) {

        /** The settings in the name=value arguments that the root pom's profile {@code experiment} passes. */
        static BuildSettings of(Map<String, String> arguments, boolean spark) {
            return new BuildSettings(
                    arguments.get("backend"),
                    arguments.get("platform"),
                    arguments.get("repository"),
                    arguments.get("settings"),
                    Boolean.parseBoolean(arguments.get("offline")),
                    spark);
        }

        List<String> arguments() {
            List<String> arguments = new ArrayList<>(List.of(
                    "-Dnd4j.backend=" + backend,
                    "-Djavacpp.platform=" + platform,
                    "-Dmaven.repo.local=" + localRepository));
            if (Files.exists(Path.of(userSettings))) {
                arguments.addAll(List.of("-s", userSettings));
            }
            if (offline) {
                arguments.add("-o");
            }
            if (spark) {
                arguments.add("-D" + SPARK);
            }
            return arguments;
        }

        /** A text that differs where a build for other settings has another class path. */
        String identity() {
            return String.join(" ", backend, platform, localRepository);
        }
    }

    /**
     * Builds where needed, runs the experiment and ends with its exit code.
     *
     * @param args {@code root=} and the {@link BuildSettings}, as name=value
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> arguments = Stream.of(args)
                .map(argument -> argument.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        boolean spark = !System.getProperty(SPARK, "none").equals("none");
        Launcher launcher = new Launcher(Path.of(arguments.get("root")), BuildSettings.of(arguments, spark));
        int exit = launcher.launch(userProperties(System.getProperties()));
        if (exit != 0) {
            System.exit(exit);
        }
    }

    private int launch(SortedMap<String, String> properties) throws IOException, InterruptedException {
        if (!isBuilt()) {
            int exit = build();
            if (exit != 0) {
                return exit;
            }
        }
        return runToEnd(experiment(Files.readAllLines(target().resolve(STAMP)).get(2), properties));
    }

    /** The properties that the user may have set with {@code -D}, without the JVM's and Maven's own. */
    static SortedMap<String, String> userProperties(Properties all) {
        SortedMap<String, String> user = new TreeMap<>();
        for (String name : all.stringPropertyNames()) {
            if (FOREIGN.stream().noneMatch(name::startsWith)) {
                user.put(name, all.getProperty(name));
            }
        }
        return user;
    }

    private boolean isBuilt() throws IOException {
        Path stamp = target().resolve(STAMP);
        if (!Files.exists(stamp)
                || Stream.of(root.resolve("core/target"), target()).anyMatch(t -> !Files.isDirectory(classes(t)))) {
            return false;
        }
        List<String> lines = Files.readAllLines(stamp);
        return lines.size() == 3
                && lines.get(0).equals(build.identity())
                && newestSource() < Long.parseLong(lines.get(1));
    }

    /** The folder into which the experiments module is built. */
    private Path target() {
        return root.resolve(build.spark() ? SPARK_TARGET : "experiments/target");
    }

    private static Path classes(Path target) {
        return target.resolve("classes");
    }

    /** The time of the latest change of a source file, or of a directory: deleting a file changes its directory. */
    private long newestSource() throws IOException {
        long newest = 0;
        List<String> sources = new ArrayList<>(List.of(
                "pom.xml", "core/pom.xml", "experiments/pom.xml", ".mvn", "core/src/main", "experiments/src/main"));
        if (build.spark()) {
            sources.add(SPARK_SOURCES);
        }
        for (String source : sources) {
            try (Stream<Path> files = Files.walk(root.resolve(source))) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    newest = Math.max(newest, Files.getLastModifiedTime(file).toMillis());
                }
            }
        }
        return newest;
    }

    private int build() throws IOException, InterruptedException {
        boolean first = !Files.exists(target().resolve(CLASS_PATH));
        System.err.println(
                first
                        ? "Building; the first time, Maven downloads about %d MB of libraries."
                                .formatted(build.spark() ? 400 : 200)
                        : "Building.");
        Files.deleteIfExists(target().resolve(STAMP));
        long begin = System.currentTimeMillis();
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("maven.home"), "bin", windows ? "mvn.cmd" : "mvn")
                        .toString(),
                // Like -q, but with the warnings, for they are errors.
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "--no-transfer-progress"));
        command.addAll(build.arguments());
        command.addAll(List.of("-pl", "experiments", "-am", "compile"));
        int exit = runToEnd(new ProcessBuilder(command));
        if (exit == 0) {
            String classPath = Files.readString(target().resolve(CLASS_PATH)).strip();
            Files.writeString(
                    target().resolve(STAMP), String.join("\n", build.identity(), Long.toString(begin), classPath));
        }
        return exit;
    }

    private ProcessBuilder experiment(String libraries, Map<String, String> properties) {
        // An invalid size is left to the experiment's own check of its options.
        String heap = Optional.ofNullable(properties.get("heap"))
                .filter(size -> size.matches("[1-9][0-9]*[kmgKMG]"))
                .orElse("2g");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                // Arrays live outside the heap, which is small and changes slowly: G1 would take more memory for
                // nothing.
                "-XX:+UseSerialGC",
                "-Xms64m",
                // Arrays' owners free them, and JavaCPP need not watch the process's size.
                "-Dorg.bytedeco.javacpp.maxbytes=1024g",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                // JavaCPP's warning about an older oneDNN goes to the logger that logback.xml configures.
                "-Dorg.bytedeco.javacpp.logger=slf4j",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.awt.headless=true",
                "-Dfile.encoding=UTF-8",
                "-Dsun.stdout.encoding=UTF-8",
                "-Dsun.stderr.encoding=UTF-8",
                "-Dstdout.encoding=UTF-8",
                "-Dstderr.encoding=UTF-8",
                // From JDK 22 on System.console() answers even without a terminal unless this is set.
                "-Djdk.console=java.base"));
        if (Runtime.version().feature() >= 23) {
            command.add("--sun-misc-unsafe-memory-access=allow"); // else it warns of how ND4J reaches memory
        }
        if (build.spark()) {
            command.add("@" + root.resolve(SPARK_JVM_OPTIONS));
        }
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.add("-Dfinessl.launcher=" + ProcessHandle.current().pid());
        command.add("-cp");
        command.add(classes(target()) + System.getProperty("path.separator") + libraries);
        command.add(MAIN);
        ProcessBuilder experiment = new ProcessBuilder(command);
        if (properties.containsKey("threads") && !properties.get("threads").equals("auto")) {
            // Native libraries read it once, when they are loaded.
            experiment.environment().put("OMP_NUM_THREADS", properties.get("threads"));
        }
        // Threads that spin while they wait make a step ten times slower on a machine that does anything else.
        experiment.environment().putIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
        experiment.environment().putIfAbsent("OPENCV_IO_MAX_IMAGE_PIXELS", "200000000"); // as PhotoDecoder allows
        experiment.environment().putIfAbsent("OPENCV_LOG_LEVEL", "SILENT"); // it would not name the file
        if (!"UTF-8".equals(System.getProperty("sun.jnu.encoding"))) {
            // Otherwise Java finds no file whose name has other than ASCII characters.
            experiment.environment().put("LC_ALL", "C.UTF-8");
        }
        return experiment;
    }

    /**
     * Runs a command on this process's terminal and returns its exit code. When this process is told to end, it ends the
     * child, waits as long as that needs (to write a checkpoint), and ends with the child's exit code.
     */
    private int runToEnd(ProcessBuilder command) throws IOException, InterruptedException {
        Process child = command.directory(root.toFile()).inheritIO().start();
        Thread onSignal = new Thread(() -> endWith(child));
        Runtime.getRuntime().addShutdownHook(onSignal);
        int exit = child.waitFor();
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            return exit; // Shutting down: the hook ends this process.
        }
        return exit;
    }

    private static void endWith(Process child) {
        child.destroy();
        Runtime.getRuntime().halt(child.onExit().join().exitValue());
    }
}
