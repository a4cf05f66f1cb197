package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.Cases;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.model.SmallClip;
import io.github.finessl.model.Structures;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.ssl.Methods;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.Tunings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Every strategy trains, with every method, and goes on from a checkpoint to the same bits. */
class StrategiesTrainingTest {
    private static final List<String> STRATEGIES = List.of(
            "linear",
            "vpt-shallow",
            "vpt-last:1",
            "adapter",
            "adapter:sequential",
            "adaptformer:dim=4",
            "adaptformer:dim=4,learnable,sequential",
            "lora:rank=2",
            "ssf",
            "bitfit",
            "full",
            "lp-ft",
            "vpt-deep+bitfit",
            "vpt-deep+lora:rank=2",
            "vpt-shallow+adapter+ssf");

    @TempDir
    private Path directory;

    private static Tuning tuning(String text) {
        return Tunings.make(text, 2, 3);
    }

    private SmallRun run(String name, String text) {
        return new SmallRun(directory.resolve(name))
                .tuning(tuning(text))
                .headStart(HeadStart.MEANS)
                .learningRate(0.005)
                .steps(6);
    }

    static Stream<Arguments> everything() {
        List<String> methods = Methods.names().stream()
                .filter(name -> MethodChoice.named(name).untrained().isEmpty())
                .filter(method -> !method.startsWith("finessl-"))
                .toList();
        return Cases.grid(STRATEGIES, methods);
    }

    @ParameterizedTest(name = "{0} with {1}")
    @MethodSource("everything")
    void trainsWithEveryMethod(String strategy, String method) {
        SmallRun run = run("checkpoint", strategy).method(method).steps(2);
        TrainingOutcome outcome = run.train();
        assertThat(outcome.finished()).isTrue();
        assertThat(outcome.predictions()).hasSize(10);
        long heads = run.saved().arrays().keySet().stream().anyMatch(name -> name.contains("auxiliary")) ? 2 : 1;
        assertThat(outcome.parameters())
                .isEqualTo(heads * (3 * 64 + 1)
                        + tuning(strategy).parameters(SmallClip.encoder()).stream()
                                .mapToLong(io.github.finessl.tuning.Parameter::length)
                                .sum());
    }

    static Stream<Arguments> kinds() {
        return Cases.grid(STRATEGIES, List.copyOf(encoders().keySet()));
    }

    private static Map<String, VisionTransformer> encoders() {
        Map<String, VisionTransformer> all = SmallClip.kinds();
        all.put("everything", Structures.all().get("everything"));
        return all;
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("kinds")
    void trainsOnEncodersOfEveryKind(String strategy, String kind) {
        SmallRun run = run("checkpoint", strategy)
                .encoder(encoders().get(kind))
                .promptStart(PromptStart.TOKENS)
                .steps(2);
        assertThat(run.train().predictions()).hasSize(10);
    }

    static List<String> strategies() {
        return STRATEGIES;
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void everyParameterMoves(String strategy) {
        SmallRun early = run("early", strategy).steps(400);
        early.trainUntil(strategy.equals("lp-ft") ? 201 : 1);
        SmallRun late = run("early", strategy).steps(400);
        Map<String, double[]> before = early.state();
        late.trainUntil(strategy.equals("lp-ft") ? 203 : 3);
        Map<String, double[]> after = late.state();
        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach((name, values) -> {
            if (name.startsWith("parameter/")) {
                assertThat(after.get(name)).as(name).isNotEqualTo(values);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"adaptformer:dim=4", "ssf", "bitfit", "full", "vpt-deep+lora:rank=2"})
    void goesOnFromACheckpoint(String strategy) {
        SmallRun straight = run("straight", strategy);
        straight.train();
        SmallRun stopped = run("stopped", strategy);
        stopped.trainUntil(2);
        stopped.trainUntil(5);
        stopped.train();
        ResumeTest.assertSame(stopped.state(), straight.state());
    }

    @Test
    void theProbeComesFirstThenEverything() {
        SmallRun straight = run("straight", "lp-ft").heldOut(1).evaluateEvery(1);
        TrainingOutcome inOneGo = straight.train();
        SmallRun stopped = run("stopped", "lp-ft").heldOut(1).evaluateEvery(1);
        stopped.trainUntil(2);
        assertThat(parameters(stopped))
                .containsExactlyInAnyOrder("head.weight", "head.scale", "auxiliary.weight", "auxiliary.scale");
        stopped.trainUntil(3); // the probe's last step
        assertThat(parameters(stopped)).hasSize(4);
        stopped.trainUntil(4);
        assertThat(parameters(stopped)).contains("block.1.fc1.weight", "head.weight");
        TrainingOutcome resumed = stopped.train();
        ResumeTest.assertSame(stopped.state(), straight.state());
        assertThat(resumed.predictions()).isEqualTo(inOneGo.predictions());
        assertThat(resumed.bestHeldOut()).isEqualTo(inOneGo.bestHeldOut());
    }

    /** GRIP looks at all unlabelled images at step 10 of 20, where the probe ends. */
    @Test
    void aStopInASurveyBetweenTheProbeAndTheRest() {
        SmallRun straight = run("straight", "lp-ft").method("grip").steps(20);
        straight.train();
        SmallRun stopped = run("stopped", "lp-ft").method("grip").steps(20);
        boolean[] beyond = {false};
        stopped.train(report -> beyond[0] = report.step() == 10, () -> beyond[0]);
        assertThat(stopped.saved().step()).isEqualTo(10);
        boolean[] asked = {false};
        stopped.train(report -> {}, () -> {
            boolean first = !asked[0];
            asked[0] = true;
            return first;
        });
        assertThat(stopped.saved().step()).isEqualTo(10);
        stopped.train();
        ResumeTest.assertSame(stopped.state(), straight.state());
    }

    @Test
    void theEncodersOwnWeightsHaveALearningRateOfTheirOwn() {
        SmallRun run = run("still", "vpt-deep+bitfit").encoderLearningRate(0).steps(3);
        run.train();
        Map<String, INDArray> after = run.saved().group("parameter/");
        SmallClip.encoder().parameters().forEach((name, value) -> {
            if (name.endsWith(".bias")) {
                assertThat(after.get(name)).as(name).isEqualTo(value);
            }
        });
        SmallRun other = run("moving", "vpt-deep+bitfit").steps(3);
        other.train();
        assertThat(other.saved().group("parameter/").get("block.0.qkv.bias"))
                .isNotEqualTo(after.get("block.0.qkv.bias"));
    }

    @Test
    void keptFeaturesChangeNothing() {
        SmallRun once = run("once", "linear").method("ifpl");
        SmallRun often = run("often", "linear").method("ifpl").evaluateEvery(1);
        TrainingOutcome first = once.train();
        assertThat(often.train().predictions()).isEqualTo(first.predictions());
        ResumeTest.assertSame(often.state(), once.state());
    }

    private static Set<String> parameters(SmallRun run) {
        return run.saved().group("parameter/").keySet();
    }
}
