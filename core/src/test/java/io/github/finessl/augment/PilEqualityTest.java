package io.github.finessl.augment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.Golden;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Pixel for pixel what PIL 9.4 and torchvision gave the reference; no tolerance anywhere. */
class PilEqualityTest {

    private static final Golden GOLDEN = Golden.open("golden/augment/augment");

    @ParameterizedTest
    @CsvSource({
        "src32, 256, src32_resize256",
        "src90x130, 64, src90x130_resize64",
    })
    void shortSideResizes(String source, int size, String expected) {
        assertSame(Resize.shortSide(image(source), size), expected);
    }

    @ParameterizedTest
    @CsvSource({
        "src32, 224, src32_resize224x224",
        "src90x130, 48, src90x130_resize48x48",
    })
    void exactResizes(String source, int size, String expected) {
        assertSame(Resize.exact(image(source), size, size), expected);
    }

    @ParameterizedTest
    @CsvSource({
        "38, -3, -3, false, src32_reflectpad3",
        "24, 8, 2, false, src32_pad3_crop_i5_j11_24",
        "32, 0, 0, true, src32_hflip",
    })
    void crops(int size, int left, int top, boolean mirrored, String expected) {
        Canvas canvas = new Canvas(size, size);
        canvas.crop(image("src32"), left, top, mirrored);
        assertSame(canvas, expected);
    }

    @Test
    void normalises() {
        FloatBuffer out = FloatBuffer.allocate(3 * 32 * 32);
        new Augmentation(32, Normalisation.CIFAR100).test(image("src32"), out, 0);
        assertThat(out.array())
                .isEqualTo(GOLDEN.get("src32_normalized_cifar100_chw").floats());
    }

    static Stream<String> operations() {
        return GOLDEN.names().stream().filter(name -> name.startsWith("op/"));
    }

    /** Names such as op/ShearX/v5/neg. */
    @ParameterizedTest
    @MethodSource("operations")
    void appliesOperation(String name) {
        String[] parts = name.split("/", -1);
        Operation operation =
                Operation.valueOf(parts[1].replaceAll("(?<=.)(?=[A-Z])", "_").toUpperCase(Locale.ROOT));
        Canvas canvas = canvas("src32");
        operation.apply(canvas, Integer.parseInt(parts[2].substring(1)), name.endsWith("neg"));
        assertSame(canvas, name);
    }

    @ParameterizedTest
    @CsvSource({"30.7, 20.2, cutout/0", "1.5, 62.9, cutout/1", "63.2, 3.0, cutout/2"})
    void cutsOut(double x, double y, String expected) {
        Canvas canvas = canvas("src64");
        Augmentation.cutout(canvas, x, y);
        assertSame(canvas, expected);
    }

    /** The draws are listed under rng_trace_seed0 in augment_info.json. */
    @Test
    void chainsOperationsAndCutout() {
        Canvas canvas = canvas("src64");
        Operation.SOLARIZE.apply(canvas, 6, false);
        Operation.SHEAR_Y.apply(canvas, 1, false);
        Augmentation.cutout(canvas, 38.57685606858521, 34.8725237118014);
        assertSame(canvas, "randaugment_seed0_on_src64");
    }

    private static RgbImage image(String name) {
        Golden.Entry entry = GOLDEN.get(name);
        return new RgbImage(entry.shape()[1], entry.shape()[0], entry.bytes());
    }

    private static Canvas canvas(String name) {
        RgbImage image = image(name);
        Canvas canvas = new Canvas(image.width(), image.height());
        canvas.crop(image, 0, 0, false);
        return canvas;
    }

    private static void assertSame(RgbImage actual, String expected) {
        assertThat(new int[] {actual.height(), actual.width(), 3})
                .isEqualTo(GOLDEN.get(expected).shape());
        assertThat(actual.rgb()).isEqualTo(GOLDEN.get(expected).bytes());
    }

    private static void assertSame(Canvas actual, String expected) {
        assertSame(new RgbImage(actual.width(), actual.height(), actual.pixels()), expected);
    }
}
