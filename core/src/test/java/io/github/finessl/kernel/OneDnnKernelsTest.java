package io.github.finessl.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The fast kernels against the portable ones in double precision, over random shapes. */
class OneDnnKernelsTest {

    private static final double EPSILON = 1e-5;
    private static final Kernels REFERENCE = new Nd4jKernels();

    /** The two precisions and how far each may be off, relative to the largest magnitude. */
    enum Fast {
        F32(Precision.F32, 1e-5, 1e-5),
        BF16(Precision.BF16, 2e-2, 5e-2);

        private final Precision precision;
        private final double tolerance;
        private final double attentionTolerance;

        Fast(Precision precision, double tolerance, double attentionTolerance) {
            this.precision = precision;
            this.tolerance = tolerance;
            this.attentionTolerance = attentionTolerance;
        }

        Kernels open() {
            assumeTrue(precision == Precision.F32 || OneDnn.hasBf16(), "no native bf16");
            return KernelChoice.open(precision);
        }
    }

    @ParameterizedTest
    @EnumSource(Fast.class)
    void linearAndItsGradientMatch(Fast fast) {
        Random random = new Random(11);
        try (Kernels kernels = fast.open()) {
            List<INDArray> weights = new ArrayList<>(); // Packed weights are known by their memory: it stays taken.
            List<Activation> activations = List.of(Activation.values());
            for (int i = 0; i < 60; i++) {
                int n = pick(random, 1, 2, 7, 33, 150, 700);
                int in = pick(random, 1, 3, 17, 64, 192);
                int out = pick(random, 1, 5, 48, 100, 769);
                Activation activation = activations.get(i % 4);
                INDArray x = rows(random, n, in);
                INDArray w = rows(random, in, out);
                weights.add(w);
                INDArray b = random.nextBoolean() ? normal(random, out) : null;
                INDArray residual = random.nextBoolean() ? rows(random, n, out) : null;
                INDArray pre = random.nextBoolean() ? rows(random, n, out) : null;
                INDArray y = rows(random, n, out);
                INDArray expectedPre = Nd4j.create(DataType.DOUBLE, n, out);
                INDArray expected = Nd4j.create(DataType.DOUBLE, n, out);
                REFERENCE.linear(exact(x), exact(w), exact(b), activation, exact(residual), expectedPre, expected);
                kernels.linear(x, w, b, activation, residual, pre, y);
                Arrays.assertClose(y, expected, fast.tolerance);
                if (pre != null) {
                    Arrays.assertClose(pre, expectedPre, fast.tolerance);
                }

                INDArray kept = pre == null ? expectedPre.castTo(DataType.FLOAT) : pre;
                INDArray dy = rows(random, n, out);
                INDArray unchanged = dy.dup();
                INDArray dx = rows(random, n, in);
                INDArray expectedDx = Nd4j.create(DataType.DOUBLE, n, in);
                REFERENCE.linearBackward(exact(dy), exact(w), activation, exact(kept), expectedDx);
                kernels.linearBackward(dy, w, activation, activation == Activation.IDENTITY ? null : kept, dx);
                Arrays.assertClose(dx, expectedDx, fast.tolerance);
                assertThat(dy).isEqualTo(unchanged);
            }
            assertThat(weights).hasSize(60);
        }
    }

    @ParameterizedTest
    @EnumSource(Fast.class)
    void mlpAndItsGradientMatch(Fast fast) {
        Random random = new Random(16);
        try (Kernels kernels = fast.open()) {
            List<INDArray> weights = new ArrayList<>();
            List<Activation> activations = List.of(Activation.values());
            for (int i = 0; i < 24; i++) {
                int n = pick(random, 1, 7, 150, 700);
                int in = pick(random, 1, 17, 192);
                int hidden = pick(random, 5, 100, 769);
                int out = pick(random, 1, 48, 192);
                Activation activation = activations.get(i % 4);
                INDArray x = rows(random, n, in);
                INDArray w1 = rows(random, in, hidden).muli(1 / Math.sqrt(in));
                INDArray w2 = rows(random, hidden, out).muli(1 / Math.sqrt(hidden));
                weights.add(w1);
                weights.add(w2);
                INDArray b1 = random.nextBoolean() ? normal(random, hidden) : null;
                INDArray b2 = random.nextBoolean() ? normal(random, out) : null;
                INDArray residual = random.nextBoolean() ? rows(random, n, out) : null;
                INDArray pre = random.nextBoolean() ? rows(random, n, hidden) : null;
                INDArray y = rows(random, n, out);
                INDArray expectedPre = Nd4j.create(DataType.DOUBLE, n, hidden);
                INDArray expected = Nd4j.create(DataType.DOUBLE, n, out);
                REFERENCE.mlp(
                        exact(x),
                        exact(w1),
                        exact(b1),
                        activation,
                        exact(w2),
                        exact(b2),
                        exact(residual),
                        expectedPre,
                        expected);
                kernels.mlp(x, w1, b1, activation, w2, b2, residual, pre, y);
                assertThat(Arrays.relativeError(y, expected, 1)).isLessThanOrEqualTo(fast.tolerance);
                if (pre != null) {
                    Arrays.assertClose(pre, expectedPre, fast.tolerance);
                }

                INDArray kept = expectedPre.castTo(DataType.FLOAT);
                INDArray dy = rows(random, n, out);
                INDArray unchanged = dy.dup();
                INDArray dx = rows(random, n, in);
                INDArray expectedDx = Nd4j.create(DataType.DOUBLE, n, in);
                REFERENCE.mlpBackward(exact(dy), exact(w1), exact(w2), activation, exact(kept), expectedDx);
                kernels.mlpBackward(dy, w1, w2, activation, kept, dx);
                assertThat(Arrays.relativeError(dx, expectedDx, 1)).isLessThanOrEqualTo(fast.tolerance);
                assertThat(dy).isEqualTo(unchanged);
            }
            assertThat(weights).hasSize(48);
        }
    }

    @ParameterizedTest
    @EnumSource(Fast.class)
    void layerNormAndItsGradientMatch(Fast fast) {
        Random random = new Random(12);
        try (Kernels kernels = fast.open()) {
            for (int i = 0; i < 20; i++) {
                int n = pick(random, 1, 2, 50, 700);
                int width = pick(random, 5, 13, 192, 768);
                INDArray x = rows(random, n, width).muli(3).addi(1);
                INDArray gain = normal(random, width);
                INDArray bias = normal(random, width);
                INDArray y = rows(random, n, width);
                INDArray expected = Nd4j.create(DataType.DOUBLE, n, width);
                REFERENCE.layerNorm(exact(x), exact(gain), exact(bias), EPSILON, expected);
                kernels.layerNorm(x, gain, bias, EPSILON, y);
                Arrays.assertClose(y, expected, 1e-5);

                INDArray dy = rows(random, n, width);
                INDArray unchanged = dy.dup();
                REFERENCE.layerNormBackward(exact(x), exact(gain), EPSILON, exact(dy), expected);
                kernels.layerNormBackward(x, gain, EPSILON, dy, y);
                Arrays.assertClose(y, expected, 2e-5);
                assertThat(dy).isEqualTo(unchanged);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Fast.class)
    void attentionAndItsGradientsMatch(Fast fast) {
        Random random = new Random(13);
        try (Kernels kernels = fast.open()) {
            for (int i = 0; i < 30; i++) {
                int tokens = pick(random, 1, 5, 50, 101);
                AttentionCase c = AttentionCase.random(
                        random,
                        DataType.FLOAT,
                        pick(random, 1, 2, 7),
                        tokens,
                        random.nextBoolean() ? tokens : 1,
                        pick(random, 0, 1, 10, 50, 200),
                        pick(random, 1, 2, 3),
                        pick(random, 1, 7, 64));
                matches(kernels, c, fast.attentionTolerance, random);
            }
        }
    }

    private static void matches(Kernels kernels, AttentionCase c, double tolerance, Random random) {
        AttentionCase exact = c.map(OneDnnKernelsTest::exact);
        INDArray lse = Nd4j.create(DataType.FLOAT, c.batch(), c.heads(), c.queries());
        INDArray exactLse = lse.castTo(DataType.DOUBLE);
        c.forward(kernels, lse);
        exact.forward(REFERENCE, exactLse);
        Arrays.assertClose(c.out(), exact.out(), tolerance);
        assertThat(Arrays.relativeError(lse, exactLse, 4)).isLessThanOrEqualTo(tolerance);

        INDArray dOut = normal(random, c.out().shape());
        AttentionCase.Gradients g = c.gradients();
        AttentionCase.Gradients expected = exact.gradients();
        c.backward(kernels, lse, dOut, g);
        exact.backward(REFERENCE, exactLse, exact(dOut), expected);
        if (c.keys() > 1) { // With one key they are rounding errors of zero.
            Arrays.assertClose(g.dq(), expected.dq(), tolerance);
            Arrays.assertClose(g.dk(), expected.dk(), tolerance);
        }
        Arrays.assertClose(g.dv(), expected.dv(), tolerance);
        if (c.promptK() != null) {
            Arrays.assertClose(g.dPromptK(), expected.dPromptK(), tolerance);
            Arrays.assertClose(g.dPromptV(), expected.dPromptV(), tolerance);
            AttentionCase.Gradients prompts = g.promptsOnly();
            c.backward(kernels, lse, dOut, prompts);
            assertThat(prompts.dPromptK()).isEqualTo(g.dPromptK());
            assertThat(prompts.dPromptV()).isEqualTo(g.dPromptV());
        }
    }

    @ParameterizedTest
    @EnumSource(Fast.class)
    void sameInputsGiveSameBits(Fast fast) {
        Function<Kernels, INDArray> everything = kernels -> {
            Random random = new Random(14);
            AttentionCase c = AttentionCase.random(random, DataType.FLOAT, 5, 50, 50, 50, 3, 64);
            INDArray lse = Nd4j.create(DataType.FLOAT, 5, 3, 50);
            c.forward(kernels, lse);
            AttentionCase.Gradients g = c.gradients();
            c.backward(kernels, lse, c.out(), g);
            INDArray x = c.out().reshape('c', 250, 192);
            INDArray y = Nd4j.create(DataType.FLOAT, 250, 768);
            INDArray w = normal(random, 192, 768);
            INDArray h = y.ulike();
            kernels.linear(x, w, normal(random, 768), Activation.QUICK_GELU, null, h, y);
            INDArray dx = x.ulike();
            kernels.linearBackward(y, w, Activation.QUICK_GELU, h, dx);
            INDArray normed = x.ulike();
            kernels.layerNormBackward(x, normal(random, 192), EPSILON, dx, normed);
            return Nd4j.concat(
                    0,
                    Nd4j.toFlattened(g.dq().dup(), g.dk().dup(), g.dv().dup(), g.dPromptK(), g.dPromptV()),
                    Nd4j.toFlattened(y, h, dx, normed));
        };
        try (Kernels one = fast.open();
                Kernels other = fast.open()) {
            INDArray first = everything.apply(one);
            assertThat(everything.apply(one).toFloatVector()).isEqualTo(first.toFloatVector());
            assertThat(everything.apply(other).toFloatVector()).isEqualTo(first.toFloatVector());
        }
    }

    @Test
    void nativeMemoryDoesNotGrow() {
        Random random = new Random(15);
        try (Kernels kernels = KernelChoice.open(Precision.AUTO)) {
            AttentionCase c = AttentionCase.random(random, DataType.FLOAT, 3, 17, 17, 5, 2, 16);
            AttentionCase.Gradients g = c.gradients();
            INDArray lse = Nd4j.create(DataType.FLOAT, 3, 2, 17);
            INDArray x = normal(random, 51, 32);
            INDArray w = normal(random, 32, 32);
            INDArray gain = normal(random, 32);
            INDArray h = x.ulike();
            INDArray y = x.ulike();
            Runnable sixCalls = () -> {
                kernels.layerNorm(x, gain, gain, EPSILON, h);
                kernels.linear(x, w, gain, Activation.GELU_ERF, x, h, y);
                c.forward(kernels, lse);
                c.backward(kernels, lse, c.out(), g);
                kernels.linearBackward(y, w, Activation.GELU_ERF, h, x);
                kernels.layerNormBackward(h, gain, EPSILON, y, x);
            };
            sixCalls.run();
            long count = Pointer.totalCount();
            long bytes = Pointer.totalBytes();
            for (int i = 0; i < 100; i++) {
                sixCalls.run();
            }
            assertThat(Pointer.totalCount()).isLessThanOrEqualTo(count);
            assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(bytes);
        }
    }

    @Test
    void refusesWhatItCannotRead() {
        try (Kernels kernels = KernelChoice.open(Precision.F32)) {
            INDArray x = Nd4j.create(DataType.DOUBLE, 2, 2);
            assertThatThrownBy(() -> kernels.linear(x, x, null, Activation.IDENTITY, null, null, x))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("f32");
            INDArray columns = Nd4j.create(DataType.FLOAT, 3, 2).transpose();
            assertThatThrownBy(() -> kernels.linear(columns, columns, null, Activation.IDENTITY, null, null, columns))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("contiguous");
            assertThat(kernels.name()).isEqualTo("onednn-2.5.2-f32");
        }
    }

    private static int pick(Random random, int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** [n, width]; every other time as columns of a wider array. */
    private static INDArray rows(Random random, int n, int width) {
        if (random.nextBoolean()) {
            return normal(random, n, width);
        }
        return normal(random, n, width + 9).get(NDArrayIndex.all(), NDArrayIndex.interval(4, 4 + width));
    }

    private static INDArray normal(Random random, long... shape) {
        return Arrays.normal(random, DataType.FLOAT, shape);
    }

    private static INDArray exact(INDArray orNull) {
        return orNull == null ? null : orNull.castTo(DataType.DOUBLE);
    }
}
