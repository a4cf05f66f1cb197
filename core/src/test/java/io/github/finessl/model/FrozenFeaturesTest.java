package io.github.finessl.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.op.OpProfile;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Features that are kept equal those that are computed, and are kept for the same pixels alone. */
class FrozenFeaturesTest {
    private static final INDArray IMAGES = SmallClip.array(SmallClip.INPUTS, "u_weak")
            .get(NDArrayIndex.point(0))
            .castTo(DataType.FLOAT)
            .dup('c');

    private static long computed(OpProfile profile) {
        return profile.entries().stream()
                .filter(entry -> entry.op().equals("finessl_embed_patches"))
                .mapToLong(OpProfile.Entry::calls)
                .sum();
    }

    @Test
    void aBatchThatComesAgainIsNotComputedAgain() {
        try (Kernels kernels = KernelChoice.open(Precision.F32, 2);
                FrozenEncoder reference = new FrozenEncoder(SmallClip.encoder(), kernels);
                FrozenFeatures features = new FrozenFeatures(new FrozenEncoder(SmallClip.encoder(), kernels))) {
            OpProfile profile = new OpProfile();
            features.encoder().profile(profile);
            INDArray expected = reference.features(IMAGES);
            assertThat(features.cached(IMAGES)).isEqualTo(expected);
            assertThat(features.cached(IMAGES.dup('c'))).isEqualTo(expected);
            assertThat(computed(profile)).isEqualTo(1);

            INDArray other = IMAGES.dup('c');
            other.putScalar(7, other.getDouble(7) + 0.5);
            assertThat(features.cached(other))
                    .isEqualTo(reference.features(other))
                    .isNotEqualTo(expected);
            INDArray fewer = IMAGES.get(NDArrayIndex.interval(0, 3)).dup('c');
            assertThat(features.cached(fewer)).isEqualTo(reference.features(fewer));
            assertThat(features.cached(IMAGES)).isEqualTo(expected);
            assertThat(computed(profile)).isEqualTo(3);
        }
    }

    @Test
    void augmentedViewsAreAlwaysComputed() {
        try (Kernels kernels = KernelChoice.open(Precision.F32, 2);
                FrozenFeatures features = new FrozenFeatures(new FrozenEncoder(SmallClip.encoder(), kernels))) {
            OpProfile profile = new OpProfile();
            features.encoder().profile(profile);
            assertThat(features.of(IMAGES)).isEqualTo(features.of(IMAGES));
            assertThat(computed(profile)).isEqualTo(2);
        }
    }
}
