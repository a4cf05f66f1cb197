package io.github.finessl.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AugmentationTest {

    @ParameterizedTest
    @CsvSource({"224, 256", "128, 146", "160, 183", "96, 110"})
    void enlargesInProportion(int resolution, int side) {
        RgbImage enlarged = new Augmentation(resolution, Normalisation.HALF).enlarge(noise(40, 32));
        assertThat(enlarged.height()).isEqualTo(side);
        assertThat(enlarged.width()).isEqualTo(side * 40 / 32);
    }

    @Test
    void sameKeySameView() {
        Augmentation augmentation = new Augmentation(64, Normalisation.CLIP);
        RgbImage image = augmentation.enlarge(noise(32, 32));
        float[] first = strong(augmentation, image, KeyedRandom.of(1, 2, 3));
        strong(augmentation, image, KeyedRandom.of(1, 2, 4));
        assertThat(strong(augmentation, image, KeyedRandom.of(1, 2, 3))).isEqualTo(first);
        assertThat(strong(augmentation, image, KeyedRandom.of(1, 3, 2))).isNotEqualTo(first);
    }

    @Test
    void writesOnlyItsRegion() {
        Augmentation augmentation = new Augmentation(32, Normalisation.HALF);
        FloatBuffer out = FloatBuffer.wrap(new float[3 * 32 * 32 + 20]);
        Arrays.fill(out.array(), 9);
        augmentation.weak(augmentation.enlarge(noise(32, 32)), KeyedRandom.of(5), out, 10);
        assertThat(Arrays.copyOf(out.array(), 10)).containsOnly(9);
        assertThat(Arrays.copyOfRange(out.array(), 3 * 32 * 32 + 10, 3 * 32 * 32 + 20))
                .containsOnly(9);
        assertThat(Arrays.copyOfRange(out.array(), 10, 3 * 32 * 32 + 10)).doesNotContain(9);
    }

    /** Grey 127 never occurs in the image, so that only cutout can put it there. */
    @Test
    void strongViewAlwaysHasTheBoxAndWeakNever() {
        Augmentation augmentation = new Augmentation(32, Normalisation.HALF);
        byte[] white = new byte[3 * 32 * 32];
        Arrays.fill(white, (byte) 255);
        RgbImage image = augmentation.enlarge(new RgbImage(32, 32, white));
        float grey = Normalisation.HALF.table(0)[127];
        FloatBuffer weak = FloatBuffer.allocate(3 * 32 * 32);
        for (int i = 0; i < 200; i++) {
            assertThat(strong(augmentation, image, KeyedRandom.of(i))).contains(grey);
            augmentation.weak(image, KeyedRandom.of(i), weak, 0);
            assertThat(weak.array()).doesNotContain(grey);
        }
    }

    @Test
    void everyWindowOfThePaddedImageOccurs() {
        Augmentation augmentation = new Augmentation(16, Normalisation.HALF);
        byte[] gradient = new byte[3 * 18 * 18];
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = (byte) (i / 3 % 18 * 14);
        }
        RgbImage image = new RgbImage(18, 18, gradient);
        Set<Float> corners = new HashSet<>();
        FloatBuffer out = FloatBuffer.allocate(3 * 16 * 16);
        for (int i = 0; i < 500; i++) {
            augmentation.weak(image, KeyedRandom.of(i), out, 0);
            corners.add(out.get(0));
        }
        // Left edges -2 .. 4, of which -2 and -1 reflect onto 2 and 1; mirrored, columns 13 .. 17 likewise.
        assertThat(corners).hasSize(10);
    }

    @Test
    void refusesImpossibleSettings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Augmentation(8, Normalisation.HALF))
                .withMessageContaining("8");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Normalisation.of(new double[] {0, 0, 0}, new double[] {1, 0, 1}))
                .withMessageContaining("positive");
        assertThatIllegalArgumentException().isThrownBy(() -> new RgbImage(2, 2, new byte[11]));
    }

    private static float[] strong(Augmentation augmentation, RgbImage image, KeyedRandom random) {
        int size = augmentation.resolution();
        FloatBuffer out = FloatBuffer.allocate(3 * size * size);
        augmentation.strong(image, random, out, 0);
        return out.array();
    }

    private static RgbImage noise(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        KeyedRandom.of(width, height).nextBytes(rgb);
        return new RgbImage(width, height, rgb);
    }
}
