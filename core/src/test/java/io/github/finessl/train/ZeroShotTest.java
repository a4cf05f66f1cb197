package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.model.FrozenEncoder;
import io.github.finessl.model.SmallClip;
import io.github.finessl.ssl.WeakPredictions;
import io.github.finessl.text.TextFixtures;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The JVM's image tower and transformers' text vectors give transformers' logits. */
class ZeroShotTest {

    private static float[][] features(Encoder encoder) throws IOException {
        try (Kernels kernels = KernelChoice.open(Precision.PORTABLE);
                FrozenEncoder frozen = new FrozenEncoder(encoder, kernels)) {
            return frozen.features(Nd4j.createFromArray(TextFixtures.pixels()).reshape(3, 3, 32, 32))
                    .toFloatMatrix();
        }
    }

    private static double[] softmax(double[] logits) {
        double most = Arrays.stream(logits).max().orElseThrow();
        double[] powers = Arrays.stream(logits).map(z -> Math.exp(z - most)).toArray();
        double sum = Arrays.stream(powers).sum();
        return Arrays.stream(powers).map(p -> p / sum).toArray();
    }

    private static float[][] floats(double[][] rows) {
        return Arrays.stream(rows)
                .map(row -> {
                    float[] floats = new float[row.length];
                    for (int e = 0; e < row.length; e++) {
                        floats[e] = (float) row[e];
                    }
                    return floats;
                })
                .toArray(float[][]::new);
    }

    private static void compare(String model, ZeroShot zeroShot, float[][] features) throws IOException {
        double[][] found = zeroShot.probabilities(features);
        double[][] logits = TextFixtures.values(model, "logits");
        for (int i = 0; i < logits.length; i++) {
            assertThat(found[i]).containsExactly(softmax(logits[i]), within(1e-3));
        }
    }

    @Test
    void probabilitiesAreThoseOfTransformers() throws IOException {
        Encoder encoder = OnnxEncoderReader.read(TextFixtures.CLIP.resolve("vision.onnx"));
        compare("clip", ZeroShot.of(floats(TextFixtures.values("clip", "text")), 60, encoder), features(encoder));
        float[][] texts = floats(TextFixtures.values("siglip", "text"));
        ZeroShot siglip = new ZeroShot(Nd4j.createFromArray(texts), 110, Optional.empty());
        compare("siglip", siglip, floats(TextFixtures.values("siglip", "image")));
    }

    /** Where features are projected, one cosine head on the features themselves ranks as the joint space does. */
    @Test
    void aHeadOnTheFeaturesRanksTheSame() throws IOException {
        Encoder encoder = OnnxEncoderReader.read(TextFixtures.CLIP.resolve("vision.onnx"));
        Random random = new Random(2);
        float[][] features = new float[200][encoder.featureWidth()];
        for (float[] row : features) {
            for (int d = 0; d < row.length; d++) {
                row[d] = (float) random.nextGaussian();
            }
        }
        ZeroShot zeroShot = ZeroShot.of(floats(TextFixtures.values("clip", "text")), 60, encoder);
        HeadStart.Semantic head = zeroShot.head(encoder);
        INDArray images = Nd4j.createFromArray(features);
        INDArray logits = images.divColumnVector(images.norm2(true, 1))
                .mmul(head.weights().transpose())
                .mul(head.scale().orElseThrow());
        double[][] expected = zeroShot.probabilities(features);
        int same = 0;
        double surest = 0;
        double surestExpected = 0;
        for (int i = 0; i < features.length; i++) {
            double[] found = softmax(logits.getRow(i).toDoubleVector());
            same += WeakPredictions.argmax(found) == WeakPredictions.argmax(expected[i]) ? 1 : 0;
            surest += Arrays.stream(found).max().orElseThrow() / features.length;
            surestExpected += Arrays.stream(expected[i]).max().orElseThrow() / features.length;
        }
        assertThat(same).isGreaterThanOrEqualTo(198); // the others are ties to a thousandth
        assertThat(surest).isCloseTo(surestExpected, within(0.02));

        HeadStart.Semantic plain = HeadStart.Semantic.of(floats(TextFixtures.values("clip", "text")), encoder);
        INDArray rough = images.mmul(plain.weights().transpose());
        long sameRough = 0;
        for (int i = 0; i < features.length; i++) {
            sameRough += rough.getRow(i).argMax(0).getInt(0) == WeakPredictions.argmax(expected[i]) ? 1 : 0;
        }
        assertThat(sameRough).isLessThan(190); // what class weights of one length alone would lose
    }

    @Test
    void towersOfDifferentModelsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ZeroShot.of(new float[][] {{1, 0}, {0, 1}}, 100, SmallClip.encoder()))
                .withMessageContaining("numbers for each class, found 2");
        INDArray square = Nd4j.eye(2);
        ZeroShot wide = new ZeroShot(square, 1, Optional.of(new Linear(square, Optional.empty())));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wide.head(SmallClip.encoder()))
                .withMessageContaining("found one from 2 to 2");
    }
}
