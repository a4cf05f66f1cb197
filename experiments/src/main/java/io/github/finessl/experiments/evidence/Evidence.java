package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.paper.PaperProfile;
import io.github.finessl.experiments.run.DataOptions;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.Grid;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Variant;
import io.github.finessl.report.RunStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The runs of {@code results/PROTOCOL.md}: tuning on held-out images first, then comparisons in the order of their worth. What
 * has a record is not run again.
 *
 * <p>{@code mvn exec:java -Dexp=Evidence}: ViT-Ti/16, full CIFAR sets and Grocery-81. {@code -Dprofile=paper}: the same with
 * CLIP ViT-B/16 and the paper's budget. {@code -Dstages=1,2} carries out some stages alone, {@code -Dstages=none} none.
 */
public final class Evidence implements Experiment {
    private final Function<Profile, Protocol> protocols;

    /** The experiment with its own protocol. */
    public Evidence() {
        this(Protocol::of);
    }

    Evidence(Function<Profile, Protocol> protocols) {
        this.protocols = protocols;
    }

    @Override
    public String name() {
        return "Evidence";
    }

    @Override
    public String summary() {
        return "Carries out results/PROTOCOL.md: tuned methods, six seeds, tests";
    }

    @Override
    public Set<Profile> profiles() {
        return EnumSet.of(Profile.QUICK, Profile.PAPER);
    }

    @Override
    public Map<String, String> defaults(Profile profile) {
        return Protocol.defaults(profile);
    }

    @Override
    public Set<Option<?>> fixed() {
        Set<Option<?>> fixed = new HashSet<>(PaperProfile.FIXED);
        fixed.addAll(List.of(Option.HELD_OUT, Option.SEEDS));
        return fixed;
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        PaperProfile.requireEncoder(options);
        Path directory = directory(options.get(Option.OUT), options.get(Option.PROFILE));
        Protocol protocol = protocols.apply(options.get(Option.PROFILE));
        RunStore store = new RunStore(directory.resolve("runs"));
        estimate(protocol, Runs.in(store), options).ifPresent(estimate -> estimate.print(context.out()));
        Set<String> absences = new LinkedHashSet<>();
        boolean finished = true;
        for (Block block : protocol.blocks()) {
            if (finished && isWanted(block, options)) {
                List<Variant> missing = missing(protocol, block, Runs.in(store), options, absences);
                finished = missing.isEmpty()
                        || Grid.run(name(), missing, block.seeds(), context, directory)
                                .finished();
            }
        }
        absences.forEach(absence -> context.out().printf("Left out: %s%n", absence));
        Runs runs = Runs.in(store);
        new Report(protocol, runs, options, directory).write(finished, context);
        context.out().printf("Files: %s%n", directory);
        return finished ? Exit.OK : Exit.INTERRUPTED;
    }

    /** How long the missing runs will take, where the profile takes days and a rate is known. */
    private static Optional<Estimate> estimate(Protocol protocol, Runs runs, Options options) throws IOException {
        if (options.get(Option.PROFILE) != Profile.PAPER) {
            return Optional.empty();
        }
        Path benchmark = Path.of("results", "BenchTrainingStep", "vit-b-16-b8-bf16.json");
        Optional<Estimate.Rate> measured = Estimate.Rate.of(runs.records());
        Optional<Estimate.Rate> rate = measured.isPresent() ? measured : Estimate.Rate.of(benchmark);
        return rate.map(known -> Estimate.of(protocol, runs, options, known));
    }

    private static boolean isWanted(Block block, Options options) {
        return options.get(Option.STAGES)
                .map(stages -> stages.contains(block.stage()))
                .orElse(true);
    }

    /** The runs of a block of which a seed is missing, as far as they can be carried out. */
    private static List<Variant> missing(
            Protocol protocol, Block block, Runs runs, Options base, Set<String> absences) {
        Choices choices = Choices.of(protocol, runs, base);
        List<Variant> missing = new ArrayList<>();
        for (Setting setting : block.settings()) {
            for (Row row : block.rows()) {
                Optional<Options> options = choices.options(row, setting, base);
                if (options.isEmpty()) {
                    absences.add("stage " + block.stage() + ", " + row.name() + " on " + setting.name()
                            + ", waits for its tuning.");
                    continue;
                }
                Optional<String> absence = DataOptions.absence(options.get());
                absence.ifPresent(absences::add);
                if (absence.isEmpty()
                        && block.seeds().stream()
                                .anyMatch(seed -> runs.find(options.get(), seed).isEmpty())) {
                    missing.add(new Variant(row.name() + ", " + setting.name(), options.get()));
                }
            }
        }
        return missing;
    }
}
