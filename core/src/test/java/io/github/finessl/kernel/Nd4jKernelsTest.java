package io.github.finessl.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The portable kernels against plain loops, their gradients against finite differences. */
class Nd4jKernelsTest {

    private static final double EPSILON = 1e-5;

    private final Kernels kernels = new Nd4jKernels();
    private final Random random = new Random(7);

    @AfterEach
    void close() {
        kernels.close();
    }

    private static double tolerance(DataType type) {
        return type == DataType.DOUBLE ? 1e-12 : 1e-5;
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void linearIsTheFormula(DataType type) {
        for (Activation activation : Activation.values()) {
            INDArray x = normal(type, 7, 5);
            INDArray w = columns(normal(type, 5, 3 * 11), 11, 22);
            INDArray b = normal(type, 11);
            INDArray residual = normal(type, 7, 11);
            INDArray pre = normal(type, 7, 11);
            INDArray y = normal(type, 7, 11);
            kernels.linear(x, w, b, activation, residual, pre, y);

            double[][] expected =
                    NaiveKernels.preActivation(x.toDoubleMatrix(), w.toDoubleMatrix(), b.toDoubleVector());
            assertClose(pre, expected, tolerance(type));
            for (int i = 0; i < 7; i++) {
                for (int j = 0; j < 11; j++) {
                    expected[i][j] = NaiveKernels.activate(activation, expected[i][j]) + residual.getDouble(i, j);
                }
            }
            assertClose(y, expected, tolerance(type));

            kernels.linear(x, w, null, activation, null, null, y);
            expected = NaiveKernels.preActivation(x.toDoubleMatrix(), w.toDoubleMatrix(), null);
            for (double[] row : expected) {
                for (int j = 0; j < 11; j++) {
                    row[j] = NaiveKernels.activate(activation, row[j]);
                }
            }
            assertClose(y, expected, tolerance(type));
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void linearBackwardIsTheGradient(Activation activation) {
        INDArray x = normal(DataType.DOUBLE, 4, 5);
        INDArray w = columns(normal(DataType.DOUBLE, 5, 9), 2, 8);
        INDArray b = normal(DataType.DOUBLE, 6);
        INDArray dy = normal(DataType.DOUBLE, 4, 6);
        INDArray pre = dy.dup();
        INDArray y = dy.dup();
        kernels.linear(x, w, b, activation, null, pre, y);
        INDArray dx = x.dup();
        kernels.linearBackward(dy, w, activation, activation == Activation.IDENTITY ? null : pre, dx);

        assertGradient(x, dx, () -> {
            kernels.linear(x, w, b, activation, null, null, y);
            return y.mul(dy).sumNumber().doubleValue();
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void layerNormIsTheFormula(DataType type) {
        for (int rows : new int[] {1, 6}) {
            INDArray x = normal(type, rows, 13).addi(3);
            INDArray gain = normal(type, 13);
            INDArray bias = normal(type, 13);
            INDArray y = columns(normal(type, rows, 20), 3, 16);
            kernels.layerNorm(x, gain, bias, EPSILON, y);
            assertClose(
                    y,
                    NaiveKernels.layerNorm(x.toDoubleMatrix(), gain.toDoubleVector(), bias.toDoubleVector(), EPSILON),
                    tolerance(type));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void layerNormBackwardIsTheGradient(int rows) {
        INDArray x = normal(DataType.DOUBLE, rows, 9);
        INDArray gain = normal(DataType.DOUBLE, 9);
        INDArray bias = normal(DataType.DOUBLE, 9);
        INDArray dy = normal(DataType.DOUBLE, rows, 9);
        INDArray y = dy.dup();
        INDArray dx = dy.dup();
        kernels.layerNormBackward(x, gain, EPSILON, dy, dx);
        assertGradient(x, dx, () -> {
            kernels.layerNorm(x, gain, bias, EPSILON, y);
            return y.mul(dy).sumNumber().doubleValue();
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void attentionIsTheFormula(DataType type) {
        for (AttentionCase c : AttentionCase.small(type, random)) {
            INDArray lse = Nd4j.create(type, c.batch(), c.heads(), c.queries());
            kernels.attention(c.q(), c.k(), c.v(), c.promptK(), c.promptV(), c.heads(), c.out(), lse);
            for (int image = 0; image < c.batch(); image++) {
                double[][] expectedLse = new double[c.heads()][c.queries()];
                double[][] expected = NaiveKernels.attention(
                        image(c.q(), image).toDoubleMatrix(),
                        withPrompts(image(c.k(), image), c.promptK()),
                        withPrompts(image(c.v(), image), c.promptV()),
                        c.heads(),
                        expectedLse);
                assertClose(image(c.out(), image), expected, tolerance(type));
                assertClose(image(lse, image), expectedLse, tolerance(type));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void attentionBackwardIsTheGradient(int index) {
        AttentionCase c = AttentionCase.small(DataType.DOUBLE, random).get(index);
        INDArray lse = Nd4j.create(DataType.DOUBLE, c.batch(), c.heads(), c.queries());
        INDArray dOut = normal(DataType.DOUBLE, c.q().shape());
        kernels.attention(c.q(), c.k(), c.v(), c.promptK(), c.promptV(), c.heads(), c.out(), lse);
        AttentionCase.Gradients g = c.gradients();
        c.backward(kernels, lse, dOut, g);

        INDArray out = dOut.dup();
        DoubleSupplier loss = () -> {
            kernels.attention(c.q(), c.k(), c.v(), c.promptK(), c.promptV(), c.heads(), out, null);
            return out.mul(dOut).sumNumber().doubleValue();
        };
        assertGradient(c.q(), g.dq(), loss);
        assertGradient(c.k(), g.dk(), loss);
        assertGradient(c.v(), g.dv(), loss);
        if (c.promptK() != null) {
            assertGradient(c.promptK(), g.dPromptK(), loss);
            assertGradient(c.promptV(), g.dPromptV(), loss);
            AttentionCase.Gradients prompts = g.promptsOnly();
            c.backward(kernels, lse, dOut, prompts);
            assertThat(prompts.dPromptK()).isEqualTo(g.dPromptK());
            assertThat(prompts.dPromptV()).isEqualTo(g.dPromptV());
        }
    }

    /** Not a.slice(index): of a view, M2.1 answers that with an empty array. */
    private static INDArray image(INDArray a, int index) {
        return a.tensorAlongDimension(index, 1, 2);
    }

    private static double[][] withPrompts(INDArray tokens, INDArray prompts) {
        return (prompts == null ? tokens : Nd4j.concat(0, tokens, prompts)).toDoubleMatrix();
    }

    private static void assertGradient(INDArray at, INDArray gradient, DoubleSupplier loss) {
        double h = 1e-5;
        INDArray numeric = Nd4j.create(DataType.DOUBLE, at.shape());
        for (long i = 0; i < at.length(); i++) {
            double value = at.getDouble(i);
            at.putScalar(i, value + h);
            double up = loss.getAsDouble();
            at.putScalar(i, value - h);
            double down = loss.getAsDouble();
            at.putScalar(i, value);
            numeric.putScalar(i, (up - down) / (2 * h));
        }
        Arrays.assertClose(gradient, numeric, 1e-8);
    }

    private static void assertClose(INDArray actual, double[][] expected, double tolerance) {
        Arrays.assertClose(actual.castTo(DataType.DOUBLE), Nd4j.createFromArray(expected), tolerance);
    }

    private INDArray normal(DataType type, long... shape) {
        return Arrays.normal(random, type, shape);
    }

    private static INDArray columns(INDArray a, int from, int to) {
        return a.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to));
    }
}
