package io.github.finessl.experiments.tool;

import io.github.finessl.FineTuner;
import io.github.finessl.Photos;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Datasets;
import io.github.finessl.data.Split;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.report.Json;
import io.github.finessl.report.Machine;
import io.github.finessl.report.Versions;
import io.github.finessl.ssl.MethodChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;

/**
 * A benchmark of what a user waits for before anything happens: {@code finessl --help}, {@code finessl predict} of one photo and of
 * ten, and {@code mvn exec:java -Dexp=list}, each as a process of its own, five times in turn; written to
 * {@code results/BenchColdStart/} too. The command is the one that {@code mvn package} has made.
 */
public final class BenchColdStart implements Experiment {
    private static final int ROUNDS = 5;
    private static final int PHOTOS = 10;
    private static final int LABELS = 4;
    private static final String DATA = "cifar10-mini";

    /**
     * Cold starts of a command.
     *
     * @param seconds of each, in order
     * @param cpuSeconds of each
     */
    record Starts(String command, List<Double> seconds, List<Double> cpuSeconds) {}

    /**
     * The benchmark's result.
     *
     * @param first the first prediction of an installation, which prepares the next ones
     */
    record Result(Starts first, List<Starts> starts, Instant start, Versions versions, Machine machine) {}

    /** A command that is measured. */
    private interface Start {
        InstalledCommand.Timed run() throws IOException;
    }

    /** A command and how it is written. */
    private record Contender(String command, Start start, Starts starts) {
        Contender(String command, Start start) {
            this(command, start, new Starts(command, new ArrayList<>(), new ArrayList<>()));
        }

        void once() throws IOException {
            InstalledCommand.Timed timed = start.run();
            starts.seconds().add(timed.seconds());
            starts.cpuSeconds().add(timed.cpuSeconds());
        }
    }

    @Override
    public String name() {
        return "BenchColdStart";
    }

    @Override
    public String summary() {
        return "Time to the first answer of the command that mvn package has made";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK);
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        return InstalledCommand.measured(context, finessl -> run(finessl, options, context));
    }

    private static Exit run(InstalledCommand finessl, Options options, RunContext context) throws IOException {
        Instant begin = Instant.now();
        Path folder = finessl.home();
        DataSource source = Datasets.open(DATA, Path.of("data"));
        Path model = folder.resolve("model");
        FineTuner.of(options.get(Option.ENCODER))
                .method(MethodChoice.named("pile"))
                .steps(0)
                .into(model)
                .build()
                .fit(Photos.of(source, Split.random(source.train(), LABELS, 1)))
                .close();
        List<String> predict = new ArrayList<>(List.of("predict", model.toString()));
        for (int i = 0; i < PHOTOS; i++) {
            predict.add(photo(source.test(), i, folder).toString());
        }
        String[] one = predict.subList(0, 3).toArray(String[]::new);
        String[] ten = predict.toArray(String[]::new);
        Contender first = new Contender("finessl predict, the first one", () -> finessl.run(one));
        first.once();
        List<Contender> contenders = List.of(
                new Contender("finessl --help", () -> finessl.run("--help")),
                new Contender("finessl predict, 1 photo", () -> finessl.run(one)),
                new Contender("finessl predict, " + PHOTOS + " photos", () -> finessl.run(ten)),
                new Contender(
                        "mvn exec:java -Dexp=list",
                        () -> InstalledCommand.run(
                                List.of("mvn", "-q", "exec:java", "-Dexp=list"),
                                Path.of(System.getProperty("user.home")))));
        for (int round = -1; round < ROUNDS; round++) {
            for (Contender each : contenders) {
                if (context.stopRequested()) {
                    return Exit.INTERRUPTED;
                }
                each.once();
            }
            if (round < 0) { // what the disk did not have ready
                contenders.forEach(each -> {
                    each.starts().seconds().clear();
                    each.starts().cpuSeconds().clear();
                });
            }
        }
        Result result = new Result(
                first.starts(),
                contenders.stream().map(Contender::starts).toList(),
                begin,
                Versions.here(),
                Machine.here());
        print(result, context);
        Json.write(options.get(Option.OUT).resolve("BenchColdStart").resolve("starts.json"), result);
        return Exit.OK;
    }

    private static Path photo(Dataset images, int index, Path folder) throws IOException {
        Path file = folder.resolve("photo-" + index + ".png");
        ImageIO.write(images.image(index).toBufferedImage(), "png", file.toFile());
        return file;
    }

    private static void print(Result result, RunContext context) {
        context.out().printf("%-32s %10s %18s %10s%n", "process", "s, median", "min to max", "CPU s");
        List<Starts> all = new ArrayList<>(List.of(result.first()));
        all.addAll(result.starts());
        for (Starts each : all) {
            List<Double> sorted = each.seconds().stream().sorted().toList();
            List<Double> cpu = each.cpuSeconds().stream().sorted().toList();
            context.out()
                    .printf(
                            "%-32s %10.2f %18s %10.2f%n",
                            each.command(),
                            sorted.get(sorted.size() / 2),
                            "%.2f to %.2f".formatted(sorted.get(0), sorted.get(sorted.size() - 1)),
                            cpu.get(cpu.size() / 2));
        }
    }
}
