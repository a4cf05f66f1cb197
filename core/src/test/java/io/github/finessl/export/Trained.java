package io.github.finessl.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.onnx.OrtOracle;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.model.Heads;
import io.github.finessl.ssl.Supervised;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.Tunings;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** A model that could have been trained: every parameter is away from its start. */
record Trained(Encoder encoder, Tuning tuning, Map<String, INDArray> parameters) {
    static final List<String> CLASSES = List.of("cat", "Österreich, \"quoted\"", "고양이");
    static final Origin ORIGIN = new Origin(
            "vpt-deep",
            "finessl",
            200,
            7,
            "pets",
            "ab".repeat(32),
            Optional.of("0123456789ab"),
            Instant.EPOCH,
            Optional.empty());

    static Trained of(Encoder encoder, String strategy) {
        Tuning tuning = Tunings.make(strategy, 2, CLASSES.size());
        SplittableRandom random = new SplittableRandom(3);
        Random noise = new Random(4);
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        for (Parameter parameter : tuning.parameters(encoder)) {
            parameters.put(parameter.name(), moved(parameter.drawn(random), noise));
        }
        if (tuning.batchStatistics() && encoder instanceof ResNet resnet) {
            resnet.statistics().forEach((name, value) -> parameters.put(name, Transforms.abs(moved(value, noise))));
        }
        parameters.put(Heads.WEIGHT, moved(Nd4j.zeros(DataType.FLOAT, CLASSES.size(), encoder.featureWidth()), noise));
        parameters.put(Heads.SCALE, Nd4j.createFromArray(11.5f));
        return new Trained(encoder, tuning, parameters);
    }

    private static INDArray moved(INDArray start, Random noise) {
        float[] values = start.dup('c').reshape(start.length()).toFloatVector();
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) (0.1 * noise.nextGaussian());
        }
        return Nd4j.create(values, start.shape(), 'c');
    }

    ExportedModel exported() {
        return exported(false);
    }

    ExportedModel exported(boolean flip) {
        return new ExportedModel(
                encoder, tuning, parameters, CLASSES, Normalisation.CLIP, flip, ORIGIN, Certainty.UNKNOWN);
    }

    /** ONNX Runtime gives the same logits of a file to 1e-4, for one image and for five. */
    void assertSame(Path file, String what) throws OrtException {
        double[][] expected = logits(images(5));
        for (int batch : new int[] {1, 5}) {
            float[] found = OrtOracle.run(
                    file, images(batch).data().asFloat(), images(batch).shape());
            assertClose(found, expected, batch, 1e-4, tuning.name() + ", " + what);
        }
    }

    static void assertClose(float[] found, double[][] expected, int rows, double tolerance, String what) {
        assertThat(found).hasSize(rows * CLASSES.size());
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i])
                    .as("%s, logit %d of image %d", what, i % CLASSES.size(), i / CLASSES.size())
                    .isCloseTo(expected[i / CLASSES.size()][i % CLASSES.size()], within(tolerance));
        }
    }

    /** Of the portable kernels; images [N, 3, H, W]. */
    double[][] logits(INDArray images) {
        try (Nd4jKernels kernels = new Nd4jKernels();
                FineTunedModel model = new FineTunedModel(
                        encoder, tuning, new Supervised(CLASSES.size()), parameters, DataType.FLOAT, kernels)) {
            return model.logits(images);
        }
    }

    /** Numbers as normalised pixels are, [count, 3, H, W]. */
    INDArray images(int count) {
        Random random = new Random(8);
        float[] values = new float[count * 3 * encoder.imageHeight() * encoder.imageWidth()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.create(values, new long[] {count, 3, encoder.imageHeight(), encoder.imageWidth()}, 'c');
    }
}
