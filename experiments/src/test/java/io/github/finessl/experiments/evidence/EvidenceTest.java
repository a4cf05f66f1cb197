package io.github.finessl.experiments.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.experiments.evidence.Block.Purpose;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Terminal;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A protocol of runs of two steps on the mini set. */
class EvidenceTest {
    private static final List<Long> SEEDS = List.of(1L, 2L);
    private static final Setting.Set SET =
            new Setting.Set("C", 4, Map.of("data", "cifar10-mini", "heldOut", "2", "resolution", "32"));
    private static final Row SMOOTHING = Methods.MAIN_SMOOTHING;

    @TempDir
    Path results;

    private static Protocol tiny(Setting.Set set) {
        Setting setting = set.labels(4);
        List<Row> grid = List.of(
                Methods.FIXMATCH.candidate("τ .7", Map.of("zeta", "0.7")),
                Methods.FIXMATCH.candidate("τ .1", Map.of("zeta", "0.1")),
                Methods.FINESSL.candidate("ζ .7", Map.of("zeta", "0.7")));
        List<Row> rows = List.of(Methods.PILE, Methods.FIXMATCH, Methods.FINESSL, SMOOTHING.gammaMatched());
        Block compared = new Block(1, "few labels", Purpose.COMPARISON, rows, List.of(setting), SEEDS);
        return new Protocol(
                List.of(
                        new Block(0, "tuning", Purpose.TUNING, grid, List.of(setting), List.of(101L)),
                        new Block(
                                1,
                                "weights",
                                Purpose.MATCHING,
                                List.of(Methods.FINESSL, SMOOTHING),
                                List.of(setting),
                                List.of(101L)),
                        compared),
                List.of(new Family(
                        Family.PRIMARY,
                        List.of(new Contrast(
                                setting, Methods.FINESSL, List.of(Methods.FIXMATCH, Methods.PILE), SEEDS)))));
    }

    private Options options(Map<String, String> more) {
        Map<String, String> given = new HashMap<>(Map.of(
                "out", results.toString(),
                "steps", "2",
                "batch", "4",
                "tuning", "linear",
                "survey", "20",
                "precision", "f32"));
        given.putAll(more);
        return new Evidence().options(given);
    }

    private String run(Protocol protocol, Map<String, String> more) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Exit exit = new Evidence(profile -> protocol).run(options(more), RunContext.to(Terminal.stream(out)));
        assertThat(exit).isEqualTo(Exit.OK);
        return out.toString(StandardCharsets.UTF_8);
    }

    /** A row of the table of the state, whose columns have the widths of their heads. */
    private static String state(String stage, int runs, int done) {
        return String.format("| %-13s | %4d | %8d | %7d |", stage, runs, done, runs - done);
    }

    private Path evidence(String file) {
        return results.resolve("evidence").resolve(file);
    }

    private List<RunRecord> records() throws IOException {
        return new RunStore(evidence("runs")).all();
    }

    @Test
    void carriesOutWhatIsMissingAndShowsWhatIsThere() throws IOException {
        Protocol protocol = tiny(SET);
        assertThat(run(protocol, Map.of("stages", "none")))
                .contains(state("0, tuning", 3, 0))
                .contains(state("1, few labels", 8, 0));
        assertThat(run(protocol, Map.of("stages", "1")))
                .contains("FixMatch on C N4, waits for its tuning")
                .contains(state("1, few labels", 8, 2));
        assertThat(run(protocol, Map.of("stages", "0"))).contains(state("0, tuning", 3, 3));
        String all = run(protocol, Map.of());
        assertThat(all).contains(state("1, weights", 2, 2)).contains(state("1, few labels", 8, 8));
        assertThat(Files.readString(evidence("table.md")))
                .contains("C N4 − ")
                .contains("chosen")
                .doesNotContain("missing:")
                .doesNotContain("not run");
        assertThat(evidence("labels.png")).exists();
        assertThat(evidence("time.png")).exists();
        assertThat(results.resolve("claims.md")).content().contains("| FineSSL leads when labels are few");
        List<RunRecord> finished = records();
        assertThat(finished)
                .hasSize(3 + 1 + 8)
                .allMatch(record -> record.predicted().size() == 1000);

        assertThat(run(protocol, Map.of())).isEqualTo(all.substring(all.indexOf("\n## ")));
        assertThat(records()).isEqualTo(finished);

        RunRecord last = finished.get(finished.size() - 1);
        Files.delete(evidence("runs").resolve(last.id()).resolve("run.json"));
        assertThat(run(protocol, Map.of("stages", "none"))).contains(state("1, few labels", 8, 7));
        assertThat(run(protocol, Map.of())).contains(state("1, few labels", 8, 8));
        assertThat(records()).hasSize(finished.size());

        showsTheSameWithoutTheData(Files.readString(evidence("table.md")));
    }

    /** As on a fresh clone: records and the classes of test images are there, the images are not. */
    private void showsTheSameWithoutTheData(String table) throws IOException {
        try (Stream<Path> files = Files.walk(evidence("runs"))) {
            for (Path file : files.filter(each -> each.endsWith("run.json")).toList()) {
                Files.writeString(file, Files.readString(file).replace("\"cifar10-mini\"", "\"cifar10-gone\""));
            }
        }
        Setting.Set gone = new Setting.Set("C", 4, Map.of("data", "cifar10-gone", "heldOut", "2", "resolution", "32"));
        run(tiny(gone), Map.of());
        assertThat(Files.readString(evidence("table.md")).replace("cifar10-gone", "cifar10-mini"))
                .isEqualTo(table);
        Files.delete(evidence("runs").resolve(records().get(0).id()).resolve("run.json"));
        assertThat(run(tiny(gone), Map.of())).contains("Left out: ").contains("cifar10-gone");
    }

    @Test
    void theChosenSettingsAreThoseOfTheBestHeldOutAccuracy() throws IOException {
        run(tiny(SET), Map.of("stages", "0"));
        Runs runs = Runs.in(new RunStore(evidence("runs")));
        Choices choices = Choices.of(tiny(SET), runs, options(Map.of()));
        double best = records().stream()
                .filter(record -> record.method().equals("fixmatch"))
                .mapToDouble(Choices::heldOut)
                .max()
                .orElseThrow();
        Options chosen = choices.options(Methods.FIXMATCH, SET.labels(4), options(Map.of()))
                .orElseThrow();
        assertThat(Choices.heldOut(runs.find(chosen, 101).orElseThrow())).isEqualTo(best);
        assertThat(choices.options(Methods.DEBIASPL, SET.labels(4), options(Map.of())))
                .isEmpty();
    }

    @Test
    void theProtocolsSettingsCannotBeOverruled() {
        assertThatThrownBy(() -> options(Map.of("labels", "2")))
                .isInstanceOf(OptionException.class)
                .hasMessageContaining("Evidence sets -Dlabels itself");
        assertThatThrownBy(() -> options(Map.of("stages", "first"))).hasMessageContaining("stages");
    }

    /** The numbers of runs in results/PROTOCOL.md. */
    @Test
    void theProtocolIsTheWrittenOne() {
        for (Profile profile : List.of(Profile.QUICK, Profile.PAPER)) {
            Protocol protocol = Protocol.of(profile);
            int[] runs = new int[9];
            protocol.blocks().forEach(block -> runs[block.stage()] += block.size());
            assertThat(runs).containsExactly(30 + 30 + 24, 162, 3 + 66, 48, 63 + 54, 84, 18, 36, 54 + 6 + 12);
            assertThat(protocol.blocks())
                    .filteredOn(block -> block.purpose() != Purpose.COMPARISON)
                    .allSatisfy(block -> assertThat(block.seeds()).containsExactly(101L));
            assertThat(protocol.blocks())
                    .filteredOn(block -> block.purpose() == Purpose.COMPARISON)
                    .allSatisfy(block -> assertThat(block.seeds()).doesNotContain(101L));
            assertThat(protocol.families().get(0).contrasts()).hasSize(3);
            assertThat(protocol.families())
                    .allSatisfy(family -> assertThat(family.contrasts()).allSatisfy(contrast -> {
                        assertThat(contrast.rivals()).isNotEmpty().doesNotContain(contrast.method());
                        assertThat(isPlanned(protocol, contrast)).isTrue();
                    }));
        }
    }

    /** Whether every run that a contrast needs is in a block. */
    private static boolean isPlanned(Protocol protocol, Contrast contrast) {
        return Stream.concat(Stream.of(contrast.method()), contrast.rivals().stream())
                .allMatch(row -> protocol.blocks().stream()
                        .anyMatch(block -> block.settings().contains(contrast.setting())
                                && block.seeds().containsAll(contrast.seeds())
                                && block.rows().stream()
                                        .anyMatch(each -> each.options().equals(row.options())
                                                && each.matched() == row.matched())));
    }

    @Test
    void theEstimateCountsViewsAndCores() {
        Protocol protocol = tiny(SET);
        Estimate estimate =
                Estimate.of(protocol, new Runs(List.of()), options(Map.of()), new Estimate.Rate(12, 2, "a benchmark"));
        assertThat(estimate.runs()).isEqualTo(13);
        // 11 trained runs of 2 steps with 4 labelled, 4 weak and 4 strong views; the pile trains nothing.
        assertThat(estimate.views()).isEqualTo(11 * 2 * 12);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Estimate(13, 12 * 3600 * 80, estimate.rate()).print(new PrintStream(out, true, StandardCharsets.UTF_8));
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("13 runs to do")
                .contains("80 hours on 2 cores, 10 on 16, 1 on a Spark cluster of 10");
    }

    @Test
    void theLastStageIsNoPartOfARun() {
        assertThat(options(Map.of("stages", "1")).recorded())
                .isEqualTo(options(Map.of()).recorded())
                .doesNotContainKey(Option.STAGES.name());
    }
}
