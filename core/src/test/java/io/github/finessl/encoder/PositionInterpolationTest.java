package io.github.finessl.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PositionInterpolationTest {

    /** Row weights of PIL's bicubic filter, worked out by hand: 4 to 2 has support 4, 2 to 4 has support 2. */
    @Test
    void weighsAsPilDoes() {
        INDArray unit = grid(4, 1, new double[] {0, 0, 1, 0});
        INDArray half = PositionInterpolation.resample(unit, 4, 1, 2, 1);
        // Distances (2.5 − 1)/2 = .75 and (2.5 − 3)/2 = −.25 of kernel values .2265625 and .8671875; all four weights
        // of
        // the first output are k(.25), k(.25), k(.75), k(1.25) with k(1.25) = −.0703125, those of the second mirrored.
        double sum = 2 * 0.8671875 + 0.2265625 - 0.0703125;
        assertThat(half.getDouble(1, 0)).isCloseTo(0.2265625 / sum, within(1e-6));
        assertThat(half.getDouble(2, 0)).isCloseTo(0.8671875 / sum, within(1e-6));

        INDArray two = PositionInterpolation.resample(grid(2, 1, new double[] {0, 1}), 2, 1, 4, 1);
        // Output 0 lies at .25, a quarter before input 0: weights k(.25) and k(1.25).
        assertThat(two.getDouble(1, 0)).isCloseTo(-0.0703125 / (0.8671875 - 0.0703125), within(1e-6));
        assertThat(two.getDouble(2, 0)).isCloseTo(0.2265625 / (0.8671875 + 0.2265625), within(1e-6));
    }

    @Test
    void keepsConstantsAndTheClassToken() {
        INDArray positions =
                grid(5, 5, IntStream.range(0, 25).mapToDouble(i -> 3).toArray());
        INDArray resampled = PositionInterpolation.resample(positions, 5, 5, 3, 7);
        assertThat(resampled.shape()).containsExactly(22, 1);
        assertThat(resampled.getDouble(0, 0)).isEqualTo(-9);
        for (int i = 1; i < 22; i++) {
            assertThat(resampled.getDouble(i, 0)).isCloseTo(3, within(1e-6));
        }
    }

    @Test
    void changesTheResolutionOfAnEncoder() {
        VisionTransformer vit = (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx("timm_vit_op17.onnx"));
        assertThat(vit.atResolution(32)).isSameAs(vit);
        VisionTransformer larger = vit.atResolution(48);
        assertThat(larger.positions().shape()).containsExactly(37, 64);
        assertThat(larger.imageHeight()).isEqualTo(48);
        assertThat(larger.positions().getRow(0)).isEqualTo(vit.positions().getRow(0));
        assertThat(new ReferenceVit(larger).features(new float[3 * 48 * 48])).hasSize(64);
        assertThatThrownBy(() -> vit.atResolution(36))
                .hasMessageContaining("8×8")
                .hasMessageContaining("36");
    }

    /** Class token's position −9, then the grid, one number a position. */
    private static INDArray grid(int rows, int columns, double[] values) {
        var all = new float[rows * columns + 1];
        all[0] = -9;
        for (int i = 0; i < values.length; i++) {
            all[i + 1] = (float) values[i];
        }
        return Nd4j.createFromArray(all).reshape(all.length, 1);
    }
}
