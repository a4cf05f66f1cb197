package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.Datasets;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.model.Heads;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.Supervised;
import io.github.finessl.tuning.LinearProbe;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.VisualPrompts;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Of the encoder in the repository: in a random one, no query has a direction. */
class NeutralPromptsTest {
    private static final Encoder ENCODER = OnnxEncoderReader.read(
                    Path.of("..", "data", "vit-ti-16", "vit_tiny_patch16_224.onnx"))
            .atResolution(96);
    private static final Tuning PROMPTS = VisualPrompts.deep(50);

    @TempDir
    private Path directory;

    private SmallRun run(PromptStart start) {
        return new SmallRun(directory.resolve("run"))
                .encoder(ENCODER)
                .source(Datasets.open("cifar10-mini", Path.of("..", "data")))
                .labels(1)
                .tuning(PROMPTS)
                .promptStart(start);
    }

    private static FineTunedModel model(Tuning tuning, Map<String, INDArray> start, Nd4jKernels kernels) {
        return new FineTunedModel(ENCODER, tuning, new Supervised(10), start, DataType.FLOAT, kernels);
    }

    private static double distance(double[][] a, double[][] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < a[i].length; k++) {
                largest = Math.max(largest, Math.abs(a[i][k] - b[i][k]));
            }
        }
        return largest;
    }

    @Test
    void theFirstStepSeesNearlyTheFrozenFeaturesAndMovesPrompts() {
        try (Nd4jKernels kernels = new Nd4jKernels()) {
            TrainingRun neutral = run(PromptStart.NEUTRAL).with(kernels);
            Map<String, INDArray> start = InitialParameters.of(neutral, PROMPTS, report -> {}, () -> false);
            Map<String, INDArray> tokens =
                    InitialParameters.of(run(PromptStart.TOKENS).with(kernels), PROMPTS, report -> {}, () -> false);
            double scale = start.get(Heads.SCALE).getDouble(0);
            try (EvaluationLoader loader = new EvaluationLoader(
                            neutral.source().test(), new Augmentation(96, Normalisation.CLIP), 16);
                    FineTunedModel frozen = model(new LinearProbe(), start, kernels);
                    FineTunedModel ofTokens = model(PROMPTS, tokens, kernels);
                    FineTunedModel prompted = model(PROMPTS, start, kernels)) {
                INDArray images = loader.iterator().next().images();
                double[][] expected = frozen.logits(images);
                double fromNeutral = distance(prompted.logits(images), expected) / scale;
                double fromTokens = distance(ofTokens.logits(images), expected) / scale;
                assertThat(fromNeutral).as("of cosines").isLessThan(0.08);
                assertThat(fromTokens).isGreaterThan(2.5 * fromNeutral);

                int[] labels = new int[16];
                StepTargets targets = new Supervised(10).targets(labels, null);
                assertThat(prompted.gradients(images, targets, 1).gradients())
                        .containsKeys("prompt.0", "prompt.11")
                        .allSatisfy((name, gradient) -> assertThat(
                                        gradient.normmaxNumber().doubleValue())
                                .as(name)
                                .isGreaterThan(1e-4));
            }
        }
    }
}
