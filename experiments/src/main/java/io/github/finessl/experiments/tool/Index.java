package io.github.finessl.experiments.tool;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A writer of {@code results/README.md}, which holds every table and picture there is in the paper's order. Texts written by
 * hand or by {@code Evidence} are included: {@code results/claims.md} and {@code results/quick.md} at the beginning, {@code
 * results/<experiment>/notes.md} after its table.
 *
 * <p>{@code mvn exec:java -Dexp=Index}
 */
public final class Index implements Experiment {
    private static final String HEAD = """
        # Results

        Every table and figure of FineSSL (Gan and Wei, "Erasing the Bias", ICML 2024) as this code measured it, put together
        by `mvn exec:java -Dexp=Index` from what lies in these folders. The line under a table says with which encoder, data,
        steps, seeds, arithmetic and machine; every number comes from the run records in a `runs` folder. Columns marked
        *paper* are quoted from the paper; where its number is not known to us, they are empty.

        """;

    private final List<Experiment> experiments;

    /** An index of the results of experiments, in their order. */
    public Index(List<Experiment> experiments) {
        this.experiments = List.copyOf(experiments);
    }

    @Override
    public String name() {
        return "Index";
    }

    @Override
    public String summary() {
        return "Puts all tables and pictures together in results/README.md";
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        Path results = options.get(Option.OUT);
        StringBuilder text = new StringBuilder(HEAD)
                .append(written(results.resolve("claims.md")))
                .append(written(results.resolve("quick.md")));
        for (Experiment experiment : experiments) {
            text.append(section(results, experiment));
        }
        Path readme = results.resolve("README.md");
        AtomicFile.write(readme, text.toString());
        context.out().printf("Index: %s%n", readme);
        return Exit.OK;
    }

    private static String section(Path results, Experiment experiment) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Profile profile : Profile.values()) {
            Path directory = experiment.directory(results, profile);
            if (Files.exists(directory.resolve("table.md"))) {
                text.append(content(results, directory, experiment, profile));
            }
        }
        return text.isEmpty()
                ? "## %s%n%nNot run here: `mvn exec:java -Dexp=%s`.%n%n"
                        .formatted(experiment.summary(), experiment.name())
                : text.toString();
    }

    private static String content(Path results, Path directory, Experiment experiment, Profile profile)
            throws IOException {
        StringBuilder text = new StringBuilder("## " + experiment.summary() + "\n\n");
        String more = profile == Profile.QUICK ? "" : " -Dprofile=" + profile;
        text.append("`mvn exec:java -Dexp=")
                .append(experiment.name())
                .append(more)
                .append("`\n\n");
        text.append(Files.readString(directory.resolve("table.md")).replace("## ", "### "))
                .append('\n');
        for (Path picture : pictures(directory)) {
            text.append("![%s](%s)%n%n".formatted(experiment.summary(), slashes(results.relativize(picture))));
        }
        return text.append(written(directory.resolve("notes.md"))).toString();
    }

    private static String written(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file).strip() + "\n\n" : "";
    }

    private static List<Path> pictures(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".png"))
                    .sorted()
                    .toList();
        }
    }

    private static String slashes(Path path) {
        return path.toString().replace('\\', '/');
    }
}
