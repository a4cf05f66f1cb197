package io.github.finessl.train;

import static io.github.finessl.Values.distance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.model.SmallClip;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class HeadStartTest {
    @TempDir
    private Path directory;

    private static float[][] features(int classes, int width) {
        Random random = new Random(4);
        float[][] features = new float[classes][width];
        for (float[] row : features) {
            for (int i = 0; i < width; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return features;
    }

    private static VisionTransformer withProjection(int width) {
        INDArray projection = Nd4j.createFromArray(features(64, width));
        return SmallClip.withHead(SmallClip.encoder(), new Linear(projection, Optional.empty()));
    }

    @Test
    void featuresAsWideAsTheEncodersAreTakenAsTheyAre() {
        float[][] given = features(3, 64);
        INDArray weights = HeadStart.Semantic.of(given, SmallClip.encoder()).weights();
        INDArray expected = Nd4j.createFromArray(given);
        expected.diviColumnVector(expected.norm2(true, 1));
        assertThat(distance(weights, expected)).isLessThan(1e-6);
    }

    @Test
    void featuresAsWideAsTheProjectionAreTakenBackThroughIt() {
        VisionTransformer encoder = withProjection(32);
        float[][] given = features(3, 32);
        INDArray weights = HeadStart.Semantic.of(given, encoder).weights();
        INDArray expected = Nd4j.createFromArray(given)
                .mmul(encoder.head().orElseThrow().weight().transpose());
        expected.diviColumnVector(expected.norm2(true, 1));
        assertThat(distance(weights, expected)).isLessThan(1e-6);
    }

    @Test
    void otherWidthsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeadStart.Semantic.of(features(3, 33), SmallClip.encoder()))
                .withMessage("expected 64 numbers for each class, found 33");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeadStart.Semantic.of(features(3, 33), withProjection(32)))
                .withMessage("expected 64 or 32 numbers for each class, found 33");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeadStart.Semantic.of(new float[3][64], SmallClip.encoder()))
                .withMessageContaining("other than 0");
    }

    @Test
    void headsStartThere() {
        HeadStart.Semantic start = HeadStart.Semantic.of(features(3, 64), SmallClip.encoder());
        SmallRun run = new SmallRun(directory.resolve("checkpoint"))
                .headStart(start)
                .learningRate(0)
                .steps(1);
        run.train();
        assertThat(run.saved().group("parameter/").get("head.weight")).isEqualTo(start.weights());
        assertThat(run.saved().group("parameter/").get("auxiliary.weight")).isEqualTo(start.weights());
    }
}
