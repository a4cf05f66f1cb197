package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.encoder.onnx.RnWriter;
import io.github.finessl.encoder.onnx.RnWriter.Norms;
import io.github.finessl.encoder.onnx.RnWriter.Shape;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.ssl.MethodChoice;
import io.github.finessl.ssl.Methods;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.Tunings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A small ResNet of CLIP's kind, tuned in each way that it can be. */
class ResNetTrainingTest {

    @TempDir
    private Path directory;

    private ResNet encoder(Norms norms) {
        Path file = directory.resolve(norms + ".onnx");
        try {
            RnWriter.write(new Shape(32, 8, List.of(1, 1, 1, 1), 4, 16, false), norms, file, 5);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return (ResNet) OnnxEncoderReader.read(file);
    }

    private SmallRun run(String name, String tuning) {
        return new SmallRun(directory.resolve(name))
                .encoder(encoder(Norms.KEPT))
                .tuning(Tunings.make(tuning, 2, 3))
                .headStart(HeadStart.MEANS)
                .learningRate(0.005)
                .heldOut(1)
                .evaluateEvery(2)
                .steps(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "bn", "ssf", "bitfit", "full", "lp-ft", "bn+ssf"})
    void everyParameterMoves(String tuning) {
        SmallRun run = run("checkpoint", tuning);
        TrainingOutcome outcome = run.train();
        assertThat(outcome.parameters())
                .isEqualTo(2 * (3 * 16 + 1)
                        + Tunings.make(tuning, 2, 3).parameters(encoder(Norms.KEPT)).stream()
                                .mapToLong(Parameter::length)
                                .sum());
        Map<String, double[]> end = run.state();
        encoder(Norms.KEPT).parameters().forEach((name, value) -> {
            double[] trained = end.get("parameter/" + name);
            if (trained != null) {
                assertThat(trained)
                        .as(name)
                        .isNotEqualTo(value.reshape(value.length()).toDoubleVector());
            }
        });
    }

    static List<String> methods() {
        return Methods.names().stream()
                .filter(name -> MethodChoice.named(name).untrained().isEmpty())
                .filter(method -> !method.startsWith("finessl-"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("methods")
    void trainsWithEveryMethod(String method) {
        SmallRun run = run("checkpoint", "bn+ssf").method(method).heldOut(0).steps(2);
        assertThat(run.train().predictions()).hasSize(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bn", "full", "ssf"})
    void goesOnFromACheckpointToTheSameBits(String tuning) {
        try (Kernels kernels = KernelChoice.open(Precision.F32, 2)) {
            SmallRun straight = run("straight", tuning);
            TrainingOutcome inOneGo = train(straight, kernels, 6);
            SmallRun stopped = run("stopped", tuning);
            train(stopped, kernels, 2);
            train(stopped, kernels, 5);
            TrainingOutcome resumed = train(stopped, kernels, 6);
            ResumeTest.assertSame(stopped.state(), straight.state());
            assertThat(resumed.predictions()).isEqualTo(inOneGo.predictions());
            assertThat(resumed.bestHeldOut()).isEqualTo(inOneGo.bestHeldOut());
        }
    }

    private static TrainingOutcome train(SmallRun run, Kernels kernels, long until) {
        try (Trainer trainer = new Trainer(run.with(kernels))) {
            return trainer.train(step -> {}, () -> trainer.stepsDone() == until);
        }
    }

    @Test
    void runningStatisticsFollowTheBatchesAndAreSaved() {
        SmallRun run = run("checkpoint", "bn");
        run.train();
        Map<String, double[]> state = run.state();
        encoder(Norms.KEPT).convolutions().forEach((name, convolution) -> {
            String norm = ResNet.normName(name);
            ResNet.BatchNorm file = convolution.norm().orElseThrow();
            assertThat(state.get("statistic/" + norm + ".mean"))
                    .as(norm)
                    .isNotEqualTo(file.mean().toDoubleVector());
            assertThat(state.get("statistic/" + norm + ".variance"))
                    .as(norm)
                    .isNotEqualTo(file.variance().toDoubleVector());
        });
        assertThat(run("other", "bitfit").train().finished()).isTrue();
        assertThat(run("other", "bitfit").state().keySet()).noneMatch(name -> name.startsWith("statistic/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vpt-deep", "vpt-shallow", "adapter", "adaptformer", "lora"})
    void whatNeedsATransformerIsRefused(String tuning) {
        assertThatThrownBy(() -> Tunings.make(tuning, 2, 3).parameters(encoder(Norms.KEPT)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(tuning)
                .hasMessageContaining("needs a vision transformer, but the encoder is a ResNet");
    }

    @Test
    void batchNormTuningOfAFoldedFileIsRefused() {
        assertThatThrownBy(() -> Tunings.make("bn", 2, 3).parameters(encoder(Norms.FOLDED)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("folded them into the convolutions");
    }
}
