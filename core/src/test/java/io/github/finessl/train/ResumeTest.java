package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.report.CurvePoint;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.Tunings;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Training in pieces comes to the same as training in one go, bit for bit. */
class ResumeTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "finessl, method/pace.memory",
        "grip, method/selection.labels",
        "semikd, method/distillation.balance",
        "v-pet-weighted, method/members.votes"
    })
    void afterAKill(String method, String memory) throws Exception {
        SmallRun straight = KilledTraining.run(method, directory.resolve("straight"));
        TrainingOutcome inOneGo = straight.train();

        Path checkpoint = directory.resolve("killed");
        kill(method, checkpoint);
        SmallRun killed = KilledTraining.run(method, checkpoint);
        assertThat(killed.saved().step()).isEqualTo(9);
        TrainingOutcome resumed = killed.train();

        assertSame(killed.state(), straight.state());
        assertThat(killed.state()).containsKeys("parameter/prompt.0", "velocity/head.weight", memory);
        assertThat(Arrays.stream(killed.state().get(memory)).max().getAsDouble())
                .isNotNegative();
        assertThat(resumed.finished()).isTrue();
        assertThat(resumed.steps()).isEqualTo(20);
        assertThat(resumed.predictions()).isEqualTo(inOneGo.predictions());
        assertThat(resumed.curve()).isEqualTo(inOneGo.curve());
    }

    private static void kill(String method, Path checkpoint) throws IOException, InterruptedException {
        Process training = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledTraining.class.getName(),
                        method,
                        checkpoint.toString())
                .redirectErrorStream(true)
                .start();
        List<String> output = new ArrayList<>();
        try (BufferedReader lines = training.inputReader(StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            while (line != null && !line.equals(KilledTraining.READY)) {
                output.add(line);
                line = lines.readLine();
            }
            assertThat(line).as("the child said: %s", output).isEqualTo(KilledTraining.READY);
        } finally {
            training.destroyForcibly(); // SIGKILL
        }
        assertThat(training.waitFor()).isEqualTo(128 + 9);
    }

    @Test
    void afterAStopInTheMiddleOfAnEpochOfTheAuthorsCode() {
        SmallRun straight =
                new SmallRun(directory.resolve("straight")).reference().steps(9);
        straight.train();
        SmallRun stopped =
                new SmallRun(directory.resolve("stopped")).reference().steps(9);
        stopped.trainUntil(3);
        stopped.trainUntil(4); // the last step of the epoch
        assertThat(stopped.saved().step()).isEqualTo(4);
        stopped.trainUntil(5);
        stopped.train();
        assertSame(stopped.state(), straight.state());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pseudo-label", "flexmatch", "freematch", "softmatch", "debiaspl"})
    void afterAStopOfEveryOtherMethod(String method) {
        SmallRun straight = new SmallRun(directory.resolve("straight"))
                .method(method)
                .batch(2, 3)
                .steps(7);
        straight.train();
        SmallRun stopped = new SmallRun(directory.resolve("stopped"))
                .method(method)
                .batch(2, 3)
                .steps(7);
        stopped.trainUntil(3);
        Map<String, double[]> early = stopped.state();
        stopped.train();
        assertSame(stopped.state(), straight.state());
        Set<String> memory = new TreeSet<>(early.keySet());
        memory.removeIf(name -> !name.startsWith("method/"));
        assertThat(memory.isEmpty()).isEqualTo(method.equals("pseudo-label"));
        assertThat(memory)
                .allSatisfy(name -> assertThat(straight.state().get(name))
                        .as("%s, which goes on changing", name)
                        .isNotEqualTo(early.get(name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vpt-deep", "lp-ft"})
    void withAnAverageOfTheParameters(String strategy) {
        Tuning tuning = Tunings.make(strategy, 2, 3);
        SmallRun straight = averaged("straight", tuning);
        TrainingOutcome inOneGo = straight.train();
        SmallRun stopped = averaged("stopped", tuning);
        stopped.trainUntil(2);
        stopped.trainUntil(3);
        stopped.trainUntil(5);
        TrainingOutcome resumed = stopped.train();
        assertSame(stopped.state(), straight.state());
        assertThat(straight.state()).containsKeys("average/head.weight", "parameter/head.weight");
        assertThat(resumed.predictions()).isEqualTo(inOneGo.predictions());
        assertThat(resumed.bestHeldOut()).isEqualTo(inOneGo.bestHeldOut());
    }

    private SmallRun averaged(String name, Tuning tuning) {
        return new SmallRun(directory.resolve(name))
                .tuning(tuning)
                .ema(0.7)
                .heldOut(2)
                .evaluateEvery(1);
    }

    @Test
    void aStopLeavesACheckpointAndNoPredictions() {
        SmallRun run = new SmallRun(directory.resolve("checkpoint")).steps(400);
        TrainingOutcome outcome = run.trainUntil(3);
        assertThat(outcome.finished()).isFalse();
        assertThat(outcome.steps()).isEqualTo(3);
        assertThat(outcome.predictions()).isEmpty();
        assertThat(outcome.bestHeldOut()).isEmpty();
        assertThat(run.saved().step()).isEqualTo(3);
        assertThat(run.saved().curve()).extracting(CurvePoint::step).containsExactly(3);
    }

    @Test
    void aFinishedRunIsOnlyEvaluatedAgain() {
        SmallRun run = new SmallRun(directory.resolve("checkpoint"));
        TrainingOutcome first = run.train();
        Map<String, double[]> state = run.state();
        TrainingOutcome again = run.train();
        assertThat(again.steps()).isEqualTo(6);
        assertThat(again.predictions()).isEqualTo(first.predictions());
        assertSame(run.state(), state);
    }

    @Test
    void fromAFileElsewhere() throws IOException {
        Path elsewhere = directory.resolve("elsewhere");
        new SmallRun(elsewhere).trainUntil(2);
        byte[] before = Files.readAllBytes(elsewhere);
        SmallRun run = new SmallRun(directory.resolve("checkpoint")).resume(elsewhere);
        List<Integer> steps = new ArrayList<>();
        run.train(report -> steps.add(report.step()), () -> false);
        assertThat(steps).containsExactly(3, 4, 5, 6);
        assertThat(run.saved().step()).isEqualTo(6);
        assertThat(elsewhere).hasBinaryContent(before);
    }

    @Test
    void aCheckpointOfAnotherRunIsRefusedWithWhatDiffers() {
        Path file = directory.resolve("checkpoint");
        new SmallRun(file).trainUntil(1);
        assertRefused(new SmallRun(file).seed(2), "seed=1 there, 2 here");
        assertRefused(new SmallRun(file).method("fixmatch"), "method=finessl there, fixmatch here");
        assertRefused(new SmallRun(file).steps(7).seed(3), "seed=1 there, 3 here, steps=6 there, 7 here");
    }

    @Test
    void aCheckpointOfAnotherEncoderIsRefused() {
        SmallRun run = new SmallRun(directory.resolve("checkpoint"));
        run.trainUntil(1);
        Map<String, String> other = run.identity();
        other.put("encoder.sha256", "abc");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Checkpoint.read(directory.resolve("checkpoint"), other))
                .withMessageContaining("encoder.sha256=000")
                .withMessageContaining("abc here");
    }

    @Test
    void aMissingFileIsRefused() {
        Path missing = directory.resolve("missing");
        assertRefused(
                new SmallRun(directory.resolve("checkpoint")).resume(missing), missing + " should be a checkpoint");
    }

    private static void assertRefused(SmallRun run, String why) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(run::train)
                .withMessageContaining(why)
                .withMessageEndingWith(".");
    }

    static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        Consumer<String> same = name -> assertThat(actual.get(name)).as(name).isEqualTo(expected.get(name));
        assertThat(expected.keySet()).allSatisfy(same);
    }
}
