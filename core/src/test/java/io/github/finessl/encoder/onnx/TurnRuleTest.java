package io.github.finessl.encoder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import io.github.finessl.encoder.VisionTransformer.Rotation;
import org.junit.jupiter.api.Test;

class TurnRuleTest {

    private static VisionTransformer read(String name) {
        return (VisionTransformer) OnnxEncoderReader.read(Fixtures.onnx("2026/" + name + ".onnx"));
    }

    private static Rotation rotation(VisionTransformer vit) {
        return vit.blocks().get(0).qk().flatMap(QueryKey::rotation).orElseThrow();
    }

    /** DINOv3's own: coordinates of patches' middles from -1 to 1, times 2π, over periods 100^(i / pairs of an axis). */
    @Test
    void anotherGridIsTurnedByTheSameCoordinates() {
        VisionTransformer vit = read("dinov3_l14e");
        int before = vit.embedding().tokensBeforePatches();
        for (int side : new int[] {5, 8, 3}) {
            VisionTransformer sized = vit.atResolution(side * vit.patchHeight());
            Rotation rotation = rotation(sized);
            int pairs = (int) rotation.cos().size(2);
            assertThat(rotation.cos().shape()).containsExactly(1, before + (long) side * side, pairs);
            for (int patch = 0; patch < side * side; patch++) {
                for (int i = 0; i < pairs; i++) {
                    int place = i < pairs / 2 ? patch / side : patch % side;
                    double coordinate = 2 * (place + 0.5) / side - 1;
                    double period = Math.pow(100, (i % (pairs / 2)) / (pairs / 2.0));
                    double angle = 2 * Math.PI * coordinate / period;
                    assertThat(rotation.cos().getDouble(0, before + patch, i))
                            .as("side %d, patch %d, pair %d", side, patch, i)
                            .isCloseTo(Math.cos(angle), within(1e-4));
                    assertThat(rotation.sin().getDouble(0, before + patch, i)).isCloseTo(Math.sin(angle), within(1e-4));
                }
            }
            assertThat(rotation.sin().getDouble(0, 0, 0)).as("class token").isZero();
            assertThat(rotation(sized))
                    .isSameAs(sized.blocks()
                            .get(1)
                            .qk()
                            .flatMap(QueryKey::rotation)
                            .orElseThrow());
        }
    }

    @Test
    void anglesThatCountPatchesHaveNoRule() {
        VisionTransformer vit = read("mlcd_l17s");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vit.atResolution(2 * vit.imageHeight()))
                .withMessageContaining("known for images of 40×40 pixels alone");
    }
}
