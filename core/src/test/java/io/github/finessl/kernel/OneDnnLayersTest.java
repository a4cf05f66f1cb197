package io.github.finessl.kernel;

import static io.github.finessl.kernel.Arrays.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.kernel.onednn.OneDnnKernels;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Single layers and gradients of parameters on oneDNN against the portable ones in double precision. */
class OneDnnLayersTest {
    private static final double TOLERANCE = 1e-5;
    private static final Kernels FAST = KernelChoice.open(Precision.F32, 3);
    private static final LayerKernels REFERENCE = new Nd4jKernels().layers();
    private static final int[] ROWS = {1, 2, 7, 33, 150, 700};

    private final Random random = new Random(5);

    @AfterAll
    static void close() {
        FAST.close();
    }

    private INDArray normal(long... shape) {
        return Arrays.normal(random, DataType.FLOAT, shape);
    }

    private int pick(int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static INDArray exact(INDArray a) {
        return a == null ? null : a.castTo(DataType.DOUBLE).dup('c');
    }

    /** Runs the same on both, each writing into an array of its own. */
    private static void assertSame(INDArray like, Function<LayerKernels, java.util.function.Consumer<INDArray>> task) {
        INDArray actual = like.dup('c');
        INDArray expected = exact(like);
        task.apply(FAST.layers()).accept(actual);
        task.apply(REFERENCE).accept(expected);
        assertClose(actual, expected, TOLERANCE);
    }

    private static INDArray of(LayerKernels kernels, INDArray a) {
        return kernels == REFERENCE ? exact(a) : a;
    }

    @Test
    void weightGradients() {
        for (int i = 0; i < 60; i++) {
            int n = pick(ROWS);
            INDArray x = normal(n, pick(1, 3, 17, 64, 192));
            INDArray dy = normal(n, pick(1, 5, 48, 100, 769));
            assertSame(normal(x.size(1), dy.size(1)), k -> result -> k.weightGradient(of(k, x), of(k, dy), result));
        }
    }

    @Test
    void weightGradientsInBf16() {
        assumeTrue(OneDnnKernels.hasBf16(), "no native bf16");
        try (Kernels kernels = KernelChoice.open(Precision.BF16, 3)) {
            for (int i = 0; i < 20; i++) {
                int n = pick(33, 64, 150, 700, 1200);
                INDArray x = normal(n, pick(17, 64, 100, 192));
                INDArray dy = normal(n, pick(48, 64, 100, 769));
                INDArray expected = Nd4j.zeros(DataType.DOUBLE, x.size(1), dy.size(1));
                REFERENCE.weightGradient(exact(x), exact(dy), expected);
                INDArray actual = normal(x.size(1), dy.size(1));
                kernels.layers().weightGradient(x, dy, actual);
                assertClose(actual, expected, 2e-2);
            }
        }
    }

    @Test
    void weightGradientsOfARangeOfColumns() {
        INDArray x = normal(40, 24);
        INDArray dy = normal(40, 16);
        INDArray all = Nd4j.zeros(DataType.FLOAT, 24, 48);
        INDArray range = all.get(NDArrayIndex.all(), NDArrayIndex.interval(16, 32));
        FAST.layers().weightGradient(x, dy, range);
        INDArray expected = Nd4j.zeros(DataType.DOUBLE, 24, 16);
        REFERENCE.weightGradient(exact(x), exact(dy), expected);
        assertClose(range.dup('c'), expected, TOLERANCE);
        assertThat(all.sumNumber().doubleValue()).isEqualTo(range.sumNumber().doubleValue());
    }

    @Test
    void sumsOverRows() {
        for (int i = 0; i < 40; i++) {
            INDArray x = normal(pick(ROWS), pick(2, 3, 17, 64, 769));
            INDArray dy = normal(x.shape());
            Norm norm = new Norm(normal(x.size(1)), normal(x.size(1)), 1e-5);
            INDArray like = normal(x.size(1));
            assertSame(like, k -> result -> k.sumRows(of(k, x), result));
            assertSame(like, k -> result -> k.scaleGradient(of(k, x), of(k, dy), result));
            assertSame(like, k -> result -> k.gainGradient(of(k, x), norm, of(k, dy), result));
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void activations(Activation activation) {
        INDArray x = normal(pick(ROWS), 33);
        INDArray dy = normal(x.shape());
        assertSame(normal(x.shape()), k -> result -> k.activate(activation, of(k, x), result));
        assertSame(normal(x.shape()), k -> result -> k.activateBackward(activation, of(k, x), of(k, dy), result));
    }

    @Test
    void scaleAndShift() {
        for (int i = 0; i < 20; i++) {
            INDArray x = normal(pick(ROWS), pick(1, 3, 64, 769));
            INDArray scale = normal(x.size(1));
            INDArray shift = random.nextBoolean() ? normal(x.size(1)) : null;
            assertSame(normal(x.shape()), k -> result -> k.scaleShift(of(k, x), of(k, scale), of(k, shift), result));
        }
    }

    @Test
    void patchGradients() {
        for (int patch : List.of(1, 4, 8)) {
            INDArray images = normal(5, 3, 16, 24);
            long patches = 5L * (16 / patch) * (24 / patch);
            INDArray dPatches = normal(patches, 12);
            assertSame(
                    normal(3L * patch * patch, 12),
                    k -> result -> k.patchGradient(of(k, images), patch, patch, of(k, dPatches), result));
        }
    }

    @Test
    void aTrainedWeightIsReadAnewInEveryPass() {
        for (Precision precision : List.of(Precision.F32, Precision.AUTO)) {
            try (Kernels kernels = KernelChoice.open(precision, 2)) {
                INDArray x = normal(64, 96);
                INDArray weight = normal(96, 128);
                Affine map = new Affine(weight, null, true);
                INDArray y = normal(64, 128);
                for (int pass = 0; pass < 3; pass++) {
                    kernels.newPass();
                    kernels.linear(x, null, List.of(map), null, List.of(y));
                    assertClose(y, exact(x).mmul(exact(weight)), 2e-2);
                    weight.muli(-1.5);
                }
                kernels.forgetTrained();
                kernels.linear(x, null, List.of(map), null, List.of(y));
                assertClose(y, exact(x).mmul(exact(weight)), 2e-2);
            }
        }
    }

    @Test
    void packedCopiesOfTrainedWeightsAreReleased() {
        try (Kernels kernels = KernelChoice.open(Precision.AUTO, 2)) {
            INDArray x = normal(64, 96);
            INDArray y = normal(64, 512);
            Runnable aRun = () -> {
                Affine map = new Affine(normal(96, 512), null, true);
                for (int pass = 0; pass < 3; pass++) {
                    kernels.newPass();
                    kernels.linear(x, null, List.of(map), null, List.of(y));
                }
                kernels.forgetTrained();
                map.weight().close();
            };
            aRun.run();
            long bytes = Pointer.totalBytes();
            for (int i = 0; i < 20; i++) {
                aRun.run();
            }
            assertThat(Pointer.totalBytes() - bytes).isLessThan(10L * 96 * 512 * Float.BYTES);
        }
    }

    @Test
    void sameBitsEveryTime() {
        INDArray x = normal(700, 192);
        INDArray dy = normal(700, 48);
        INDArray first = normal(192, 48);
        INDArray sum = normal(192);
        FAST.layers().weightGradient(x, dy, first);
        FAST.layers().sumRows(x, sum);
        for (int i = 0; i < 5; i++) {
            INDArray again = normal(192, 48);
            INDArray sumAgain = normal(192);
            FAST.layers().weightGradient(x, dy, again);
            FAST.layers().sumRows(x, sumAgain);
            assertThat(again).isEqualTo(first);
            assertThat(sumAgain).isEqualTo(sum);
        }
    }
}
