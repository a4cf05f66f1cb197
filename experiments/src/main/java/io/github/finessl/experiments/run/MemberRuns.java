package io.github.finessl.experiments.run;

import io.github.finessl.Guides;
import io.github.finessl.PreparedRun;
import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.experiments.option.Member;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.kernel.Precision;
import io.github.finessl.train.CheckpointException;
import io.github.finessl.train.Voter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The runs whose models vote in a run of V-PET: supervised ones on the same labelled images, each with a way of fine-tuning
 * or an encoder of its own. They are runs as any others, so that a finished one is found and an interrupted one goes on.
 */
final class MemberRuns {
    private final Runner runner;
    private final Set<Path> renewed = new HashSet<>();

    /** The member runs that a runner carries out. */
    MemberRuns(Runner runner) {
        this.runner = runner;
    }

    /** The runs of a run's members; none for a method without. */
    static List<Run> of(Run run) {
        return run.options().settings().method().polls()
                ? run.options().get(Option.MEMBERS).stream()
                        .map(member -> new Run(
                                member.text() + ", member of " + run.variant(),
                                options(member, run.options()),
                                run.seed()))
                        .toList()
                : List.of();
    }

    private static Options options(Member member, Options ofRun) {
        Map<String, String> changed = new TreeMap<>(Map.of(
                Option.METHOD.name(), "supervised",
                Option.TUNING.name(), member.tuning(),
                Option.MEMBERS.name(), Option.MEMBERS.fallback(),
                Option.SURVEY.name(), Option.SURVEY.fallback(),
                Option.RESUME.name(), Option.RESUME.fallback()));
        member.encoder().ifPresent(file -> {
            changed.put(Option.ENCODER.name(), file.toString());
            changed.put(Option.RESOLUTION.name(), Option.AUTO);
            if (!ofRun.toMap().get(Option.NORMALISATION.name()).equals("dataset")) {
                changed.put(Option.NORMALISATION.name(), "encoder");
            }
        });
        member.resolution().ifPresent(side -> changed.put(Option.RESOLUTION.name(), side.toString()));
        return ofRun.with(changed);
    }

    /** The members of a run before they are trained, for a method that has some. */
    Optional<Guides.Members> known(Run run) {
        List<Run> members = of(run);
        if (members.isEmpty()) {
            return Optional.empty();
        }
        members.forEach(this::requireEncoder);
        return Optional.of(new Guides.Members(
                members.stream()
                        .map(member ->
                                runner.prepared(member).identity(Precision.AUTO).hash())
                        .toList(),
                members.stream()
                        .mapToInt(member ->
                                runner.prepared(member).settings().schedule().steps())
                        .sum(),
                () -> members.stream().map(this::voter).toList()));
    }

    private void requireEncoder(Run member) {
        Path file = runner.root().resolve(member.options().get(Option.ENCODER));
        if (!Files.exists(file)) {
            throw new EncoderFormatException(file, "expected the encoder of " + member + ", found no such file");
        }
    }

    private Voter voter(Run member) {
        PreparedRun prepared = runner.prepared(member);
        Path checkpoint = checkpoint(member)
                .orElseThrow(() -> new CheckpointException(
                        runner.directoryOf(member) + " should hold a finished run of " + member + ", but does not."));
        return new Voter(
                checkpoint,
                prepared.encoder(),
                PreparedRun.tuning(
                        prepared.settings(),
                        prepared.encoder(),
                        prepared.data().source().classes().size()),
                prepared.pixels().normalisation(),
                prepared.settings().inference().flip());
    }

    private Optional<Path> checkpoint(Run member) {
        try {
            return runner.finishedCheckpoint(member);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Trains those members of a run that are not finished, or continues them.
     *
     * @return false if the user stopped it
     */
    boolean train(Run run) throws IOException {
        for (Run member : of(run)) {
            if (checkpoint(member).isEmpty() && runner.train(member).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** The members of a run that is to be trained again, but for those that have been since this runner began. */
    List<Run> toRenew(Run run) {
        return of(run).stream()
                .filter(member -> renewed.add(runner.directoryOf(member)))
                .toList();
    }
}
