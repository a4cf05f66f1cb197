package io.github.finessl.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.kernel.nd4j.Nd4jKernels;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
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

    private Norm norm(DataType type, int width) {
        return new Norm(normal(type, width), normal(type, width), EPSILON);
    }

    private static double[][] normalised(INDArray x, Norm norm) {
        return NaiveKernels.layerNorm(
                x.toDoubleMatrix(), norm.gain().toDoubleVector(), norm.bias().toDoubleVector(), norm.epsilon());
    }

    private static double[][] applied(double[][] x, Affine map) {
        double[] bias = map.bias() == null ? null : map.bias().toDoubleVector();
        return NaiveKernels.linear(x, map.weight().toDoubleMatrix(), bias);
    }

    private static double[][] plus(double[][] a, INDArray b) {
        return Nd4j.createFromArray(a).add(b.castTo(DataType.DOUBLE)).toDoubleMatrix();
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void linearIsTheFormula(DataType type) {
        INDArray x = normal(type, 7, 5);
        Norm norm = norm(type, 5);
        Affine one = new Affine(columns(normal(type, 5, 3 * 11), 11, 22), normal(type, 11));
        Affine two = new Affine(normal(type, 5, 3), null);
        INDArray residual = normal(type, 7, 11);
        INDArray y = normal(type, 7, 11);
        INDArray z = normal(type, 7, 3);
        kernels.linear(x, null, List.of(one), residual, List.of(y));
        assertClose(y, plus(applied(x.toDoubleMatrix(), one), residual), tolerance(type));
        kernels.linear(x, norm, List.of(one, two), null, List.of(y, z));
        assertClose(y, applied(normalised(x, norm), one), tolerance(type));
        assertClose(z, applied(normalised(x, norm), two), tolerance(type));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void linearBackwardIsTheGradient(boolean normed) {
        INDArray x = normal(DataType.DOUBLE, 4, 5);
        Norm norm = normed ? norm(DataType.DOUBLE, 5) : null;
        List<Affine> maps = List.of(
                new Affine(columns(normal(DataType.DOUBLE, 5, 9), 2, 8), normal(DataType.DOUBLE, 6)),
                new Affine(normal(DataType.DOUBLE, 5, 3), null));
        List<INDArray> dys = List.of(normal(DataType.DOUBLE, 4, 6), normal(DataType.DOUBLE, 4, 3));
        List<INDArray> ys = List.of(dys.get(0).dup(), dys.get(1).dup());
        INDArray dx = x.dup();
        kernels.linearBackward(dys, maps, x, norm, dx);
        assertGradient(x, dx, () -> {
            kernels.linear(x, norm, maps, null, ys);
            return ys.get(0).mul(dys.get(0)).sumNumber().doubleValue()
                    + ys.get(1).mul(dys.get(1)).sumNumber().doubleValue();
        });
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void mlpIsTheFormulaAndItsGradient(Activation activation) {
        INDArray x = normal(DataType.DOUBLE, 4, 5);
        Norm norm = norm(DataType.DOUBLE, 5);
        Affine first = new Affine(normal(DataType.DOUBLE, 5, 9), normal(DataType.DOUBLE, 9));
        Affine second = new Affine(normal(DataType.DOUBLE, 9, 5), normal(DataType.DOUBLE, 5));
        INDArray kept = normal(DataType.DOUBLE, 4, 9);
        INDArray y = x.dup();
        INDArray dy = normal(DataType.DOUBLE, 4, 5);
        INDArray dx = x.dup();
        for (boolean residual : new boolean[] {true, false}) {
            kernels.mlp(x, norm, first, activation, second, residual, kept, y);
            double[][] hidden = applied(normalised(x, norm), first);
            for (double[] row : hidden) {
                java.util.Arrays.setAll(row, j -> NaiveKernels.activate(activation, row[j]));
            }
            double[][] expected = applied(hidden, second);
            assertClose(y, residual ? plus(expected, x) : expected, 1e-12);

            kernels.mlpBackward(dy, x, norm, first, activation, second, residual, kept, dx);
            assertGradient(x, dx, () -> {
                kernels.mlp(x, norm, first, activation, second, residual, null, y);
                return y.mul(dy).sumNumber().doubleValue();
            });
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void layerNormIsTheFormula(DataType type) {
        for (int rows : new int[] {1, 6}) {
            INDArray x = normal(type, rows, 13).addi(3);
            Norm norm = norm(type, 13);
            INDArray y = normal(type, rows, 13);
            kernels.layerNorm(x, norm, y);
            assertClose(y, normalised(x, norm), tolerance(type));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void layerNormBackwardIsTheGradient(int rows) {
        INDArray x = normal(DataType.DOUBLE, rows, 9);
        Norm norm = norm(DataType.DOUBLE, 9);
        INDArray dy = normal(DataType.DOUBLE, rows, 9);
        INDArray y = dy.dup();
        INDArray dx = dy.dup();
        kernels.layerNormBackward(x, norm, dy, dx);
        assertGradient(x, dx, () -> {
            kernels.layerNorm(x, norm, y);
            return y.mul(dy).sumNumber().doubleValue();
        });
    }

    @Test
    void embedPatchesIsTheFormula() {
        INDArray images = normal(DataType.DOUBLE, 2, 3, 4, 9);
        Affine map = new Affine(normal(DataType.DOUBLE, 3 * 2 * 3, 5), normal(DataType.DOUBLE, 5));
        INDArray classToken = normal(DataType.DOUBLE, 5);
        INDArray registers = normal(DataType.DOUBLE, 2, 5);
        INDArray positions = normal(DataType.DOUBLE, 7, 5);
        INDArray tokens = normal(DataType.DOUBLE, 2, 9, 5);
        kernels.embedPatches(images, 2, 3, map, classToken, registers, positions, tokens);
        INDArray patchesOnly = normal(DataType.DOUBLE, 2, 6, 5);
        INDArray theirs = positions.get(NDArrayIndex.interval(1, 7), NDArrayIndex.all());
        kernels.embedPatches(images, 2, 3, map, null, null, theirs, patchesOnly);
        for (int image = 0; image < 2; image++) {
            double[][] patches = new double[6][18];
            for (int i = 0; i < 6 * 18; i++) {
                int patch = i / 18;
                int c = i % 18 / 6;
                int y = patch / 3 * 2 + i % 6 / 3;
                int x = patch % 3 * 3 + i % 3;
                patches[patch][i % 18] = images.getDouble(image, c, y, x);
            }
            double[][] embedded = applied(patches, map);
            for (int d = 0; d < 5; d++) {
                assertThat(tokens.getDouble(image, 0, d))
                        .isCloseTo(classToken.getDouble(d) + positions.getDouble(0, d), within(1e-12));
                for (int r = 0; r < 2; r++) {
                    assertThat(tokens.getDouble(image, 1 + r, d)).isEqualTo(registers.getDouble(r, d));
                }
                for (int p = 0; p < 6; p++) {
                    double patch = embedded[p][d] + positions.getDouble(1 + p, d);
                    assertThat(tokens.getDouble(image, 3 + p, d)).isCloseTo(patch, within(1e-12));
                    assertThat(patchesOnly.getDouble(image, p, d)).isCloseTo(patch, within(1e-12));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void attentionIsTheFormula(DataType type) {
        for (AttentionCase c : AttentionCase.small(type, random)) {
            c.forward(kernels);
            for (int image = 0; image < c.batch(); image++) {
                double[][] expected = NaiveKernels.attention(
                        image(c.q(), image).toDoubleMatrix(),
                        withPrompts(image(c.k(), image), c.promptK()),
                        withPrompts(image(c.v(), image), c.promptV()),
                        c.bias(),
                        c.heads());
                assertClose(image(c.out(), image), expected, tolerance(type));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void attentionBackwardIsTheGradient(int index) {
        AttentionCase c = AttentionCase.small(DataType.DOUBLE, random).get(index);
        INDArray dOut = normal(DataType.DOUBLE, c.q().shape());
        AttentionCase.Gradients g = c.gradients();
        c.backward(kernels, dOut, g);

        INDArray out = dOut.dup();
        DoubleSupplier loss = () -> {
            kernels.attention(c.q(), c.k(), c.v(), c.promptK(), c.promptV(), c.bias(), c.heads(), out);
            return out.mul(dOut).sumNumber().doubleValue();
        };
        assertGradient(c.q(), g.dq(), loss);
        assertGradient(c.k(), g.dk(), loss);
        assertGradient(c.v(), g.dv(), loss);
        if (c.promptK() != null) {
            assertGradient(c.promptK(), g.dPromptK(), loss);
            assertGradient(c.promptV(), g.dPromptV(), loss);
            AttentionCase.Gradients prompts = g.promptsOnly();
            c.backward(kernels, dOut, prompts);
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
