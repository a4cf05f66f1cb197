package io.github.finessl.kernel;

import static io.github.finessl.kernel.Arrays.assertClose;

import io.github.finessl.kernel.nd4j.Nd4jKernels;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Gates, rotations and norms without mean: portable kernels against loops, fast ones against the portable. */
class StructureKernelsTest {
    private static final Kernels FAST = KernelChoice.open(Precision.F32, 3);
    private static final Kernels PORTABLE = new Nd4jKernels();

    private final Random random = new Random(11);

    @AfterAll
    static void close() {
        FAST.close();
        PORTABLE.close();
    }

    private INDArray normal(long... shape) {
        return Arrays.normal(random, DataType.DOUBLE, shape);
    }

    private static INDArray floats(INDArray a) {
        return a.castTo(DataType.FLOAT).dup('c');
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void gatesAreTheFormulaAndItsGradient(Activation activation) {
        INDArray x = normal(5, 6);
        INDArray y = Nd4j.create(DataType.DOUBLE, 5, 3);
        PORTABLE.layers().gate(activation, x, y);
        INDArray expected = Nd4j.create(DataType.DOUBLE, 5, 3);
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 3; j++) {
                expected.putScalar(i, j, NaiveKernels.activate(activation, x.getDouble(i, j)) * x.getDouble(i, 3 + j));
            }
        }
        assertClose(y, expected, 1e-12);

        INDArray dy = normal(5, 3);
        INDArray dx = normal(5, 6);
        PORTABLE.layers().gateBackward(activation, x, dy, dx);
        assertGradient(x, dx, () -> {
            PORTABLE.layers().gate(activation, x, y);
            return y.mul(dy).sumNumber().doubleValue();
        });
    }

    @ParameterizedTest
    @CsvSource({"SILU, 1, 3", "SILU, 700, 40", "GELU_ERF, 33, 5", "GELU_TANH, 150, 171", "RELU, 7, 64"})
    void fastGatesMatch(Activation activation, int rows, int width) {
        INDArray x = normal(rows, 2L * width);
        INDArray dy = normal(rows, width);
        INDArray y = dy.like();
        INDArray dx = x.like();
        PORTABLE.layers().gate(activation, x, y);
        PORTABLE.layers().gateBackward(activation, x, dy, dx);
        INDArray fast = floats(y.like());
        INDArray fastGradient = floats(x.like());
        FAST.layers().gate(activation, floats(x), fast);
        FAST.layers().gateBackward(activation, floats(x), floats(dy), fastGradient);
        assertClose(fast, y, 1e-5);
        assertClose(fastGradient, dx, 1e-5);
    }

    /** One angle for all heads or for each head its own; tokens behind the last with an angle stay. */
    @ParameterizedTest
    @CsvSource({"1, 4", "2, 4", "1, 6", "2, 7"})
    void rotationsAreTheFormulaAndTheirGradientTurnsBack(int groups, int tokens) {
        INDArray angles = normal(groups, 4, 3);
        INDArray cos = Transforms.cos(angles, true);
        INDArray sin = Transforms.sin(angles, true);
        INDArray x = normal(2, tokens, 12);
        INDArray y = x.like();
        PORTABLE.layers().rotate(x, cos, sin, 2, false, y);
        INDArray expected = x.dup('c');
        for (int image = 0; image < 2; image++) {
            for (int t = 0; t < 4; t++) {
                for (int head = 0; head < 2; head++) {
                    for (int i = 0; i < 3; i++) {
                        double c = Math.cos(angles.getDouble(head % groups, t, i));
                        double s = Math.sin(angles.getDouble(head % groups, t, i));
                        double a = x.getDouble(image, t, head * 6 + i);
                        double b = x.getDouble(image, t, head * 6 + 3 + i);
                        expected.putScalar(new int[] {image, t, head * 6 + i}, a * c - b * s);
                        expected.putScalar(new int[] {image, t, head * 6 + 3 + i}, b * c + a * s);
                    }
                }
            }
        }
        assertClose(y, expected, 1e-12);
        INDArray back = x.like();
        PORTABLE.layers().rotate(y, cos, sin, 2, true, back);
        assertClose(back, x, 1e-12);

        INDArray fast = floats(x.like());
        FAST.layers().rotate(floats(x), floats(cos), floats(sin), 2, false, fast);
        assertClose(fast, expected, 1e-6);
        FAST.layers().rotate(floats(expected), floats(cos), floats(sin), 2, true, fast);
        assertClose(fast, x, 1e-6);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void rmsNormIsTheFormulaAndItsGradient(int rows) {
        INDArray x = normal(rows, 5);
        Norm norm = new Norm(normal(5), normal(5), .1, false);
        INDArray y = x.like();
        PORTABLE.layerNorm(x, norm, y);
        INDArray expected = x.like();
        INDArray standard = x.like();
        for (int i = 0; i < rows; i++) {
            double squares = 0;
            for (int j = 0; j < 5; j++) {
                squares += x.getDouble(i, j) * x.getDouble(i, j);
            }
            for (int j = 0; j < 5; j++) {
                double value = x.getDouble(i, j) / Math.sqrt(squares / 5 + .1);
                standard.putScalar(i, j, value);
                expected.putScalar(
                        i, j, norm.gain().getDouble(j) * value + norm.bias().getDouble(j));
            }
        }
        assertClose(y, expected, 1e-12);

        INDArray dy = normal(rows, 5);
        INDArray dx = x.like();
        PORTABLE.layerNormBackward(x, norm, dy, dx);
        assertGradient(x, dx, () -> {
            PORTABLE.layerNorm(x, norm, y);
            return y.mul(dy).sumNumber().doubleValue();
        });
        INDArray dGain = norm.gain().like();
        PORTABLE.layers().gainGradient(x, norm, dy, dGain);
        assertClose(dGain, standard.mul(dy).sum(0), 1e-12);
        INDArray fastGain = floats(dGain.like());
        Norm fastNorm = new Norm(floats(norm.gain()), floats(norm.bias()), .1, false);
        FAST.layers().gainGradient(floats(x), fastNorm, floats(dy), fastGain);
        assertClose(fastGain, dGain, 1e-5);
    }

    /** Against central differences. */
    private static void assertGradient(INDArray at, INDArray gradient, DoubleSupplier loss) {
        INDArray expected = at.like();
        for (long i = 0; i < at.length(); i++) {
            double value = at.getDouble(i);
            at.putScalar(i, value + 1e-5);
            double above = loss.getAsDouble();
            at.putScalar(i, value - 1e-5);
            expected.putScalar(i, (above - loss.getAsDouble()) / 2e-5);
            at.putScalar(i, value);
        }
        assertClose(gradient, expected, 1e-8);
    }
}
