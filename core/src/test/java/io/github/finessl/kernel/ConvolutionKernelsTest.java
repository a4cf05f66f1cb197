package io.github.finessl.kernel;

import static io.github.finessl.kernel.ConvolutionCase.exact;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.kernel.ConvolutionKernels.Filter;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import java.util.Random;
import java.util.function.Function;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The portable kernels against loops, the fast ones against the portable ones in double precision. */
class ConvolutionKernelsTest {

    private static final double F32 = 2e-5;

    private static final ConvolutionKernels REFERENCE = new Nd4jKernels().convolutions();

    @Test
    void thePortableConvolutionIsTheDefinition() {
        Random random = new Random(1);
        for (int i = 0; i < 30; i++) {
            ConvolutionCase c = ConvolutionCase.random(random, DataType.DOUBLE);
            c.forward(REFERENCE);
            Arrays.assertClose(c.y(), Nd4j.createFromArray(c.naive()).reshape('c', c.y().shape()), 1e-12);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void fastConvolutionsMatch(int threads) {
        Random random = new Random(2);
        try (Kernels kernels = KernelChoice.open(Precision.F32, threads)) {
            for (int i = 0; i < 60; i++) {
                ConvolutionCase c = ConvolutionCase.random(random, DataType.FLOAT);
                ConvolutionCase exact = c.exact();
                c.forward(kernels.convolutions());
                exact.forward(REFERENCE);
                assertThat(Arrays.relativeError(c.y(), exact.y(), 1)).isLessThanOrEqualTo(F32);

                exact.y().assign(c.y()); // the same pixels pass the ReLU
                c.backward(kernels.convolutions());
                exact.backward(REFERENCE);
                assertGradients(c, exact);
                assertClose(c.gradients().dx(), exact.gradients().dx());
                c.backwardToWeights(kernels.convolutions());
                assertGradients(c, exact);
            }
        }
    }

    /** Which of oneDNN's implementations convolves depends on the processor and on all of these. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void residualsAreAddedAtAnyStrideAndPadding(int kernel) {
        Random random = new Random(8);
        try (Kernels kernels = KernelChoice.open(Precision.F32, 1)) {
            for (int padding = 0; padding < kernel; padding++) {
                for (int stride = 1; stride <= 3; stride++) {
                    for (int i = 0; i < 12; i++) {
                        ConvolutionCase c =
                                ConvolutionCase.random(random, DataType.FLOAT, kernel, stride, padding, true);
                        ConvolutionCase exact = c.exact();
                        c.forward(kernels.convolutions());
                        exact.forward(REFERENCE);
                        assertClose(c.y(), exact.y());
                    }
                }
            }
        }
    }

    private static void assertGradients(ConvolutionCase c, ConvolutionCase exact) {
        assertClose(c.gradients().dWeight(), exact.gradients().dWeight());
        assertClose(c.gradients().dBias(), exact.gradients().dBias());
        assertClose(c.gradients().dResidual(), exact.gradients().dResidual());
    }

    private static void assertClose(INDArray found, INDArray expected) {
        if (expected != null) {
            assertThat(Arrays.relativeError(found, expected, 1)).isLessThanOrEqualTo(F32);
        }
    }

    /** Trained weights change in place between calls; frozen ones are packed once. */
    @Test
    void trainedWeightsAreReadAnewInEveryCall() {
        Random random = new Random(3);
        INDArray x = normal(random, 2, 6, 6, 16);
        INDArray weight = normal(random, 16, 16, 3, 3);
        Filter filter = new Filter(weight, null, 1, 1, false);
        INDArray y = Nd4j.create(DataType.FLOAT, filter.outputShape(x.shape()));
        INDArray dx = x.like();
        try (Kernels kernels = KernelChoice.open(Precision.F32, 2)) {
            for (int i = 0; i < 3; i++) {
                weight.assign(normal(random, 16, 16, 3, 3));
                kernels.convolutions().convolve(x, filter, null, false, y);
                kernels.convolutions().convolveBackward(y, x, filter, null, dx, null, null, null);
                INDArray expected = exact(y);
                INDArray expectedDx = exact(dx);
                Filter exact = new Filter(exact(weight), null, 1, 1, false);
                REFERENCE.convolve(exact(x), exact, null, false, expected);
                REFERENCE.convolveBackward(exact(y), exact(x), exact, null, expectedDx, null, null, null);
                assertClose(y, expected);
                Arrays.assertClose(dx, expectedDx, F32);
            }
        }
    }

    @Test
    void poolsMatch() {
        Random random = new Random(4);
        try (Kernels kernels = KernelChoice.open(Precision.F32, 2)) {
            for (int i = 0; i < 12; i++) {
                long side = 2L + random.nextInt(2);
                INDArray x = normal(
                        random,
                        1 + random.nextInt(4),
                        side * (1 + random.nextInt(4)),
                        side * (1 + random.nextInt(4)),
                        1 + random.nextInt(40));
                INDArray y = Nd4j.create(DataType.FLOAT, x.size(0), x.size(1) / side, x.size(2) / side, x.size(3));
                INDArray expected = exact(y);
                kernels.convolutions().averagePool(x, (int) side, y);
                REFERENCE.averagePool(exact(x), (int) side, expected);
                Arrays.assertClose(y, expected, F32);

                INDArray dx = x.like();
                INDArray expectedDx = exact(dx);
                kernels.convolutions().averagePoolBackward(y, (int) side, dx);
                REFERENCE.averagePoolBackward(exact(y), (int) side, expectedDx);
                Arrays.assertClose(dx, expectedDx, F32);

                INDArray last = normal(random, x.size(0), x.size(3), x.size(1), x.size(2));
                INDArray moved = x.like();
                kernels.convolutions().channelsLast(last, moved);
                assertThat(moved).isEqualTo(last.permute(0, 2, 3, 1).dup('c'));
            }
        }
    }

    @Test
    void whatWorksChannelByChannelMatches() {
        Random random = new Random(5);
        try (Kernels kernels = KernelChoice.open(Precision.F32, 2)) {
            ConvolutionKernels fast = kernels.convolutions();
            for (int i = 0; i < 20; i++) {
                int channels = pick(random, 1, 3, 16, 64, 100);
                INDArray x = normal(random, pick(random, 1, 2, 40), 1 + random.nextInt(20), 5, channels);
                x.addi(3);
                INDArray mean = Nd4j.create(DataType.FLOAT, channels);
                INDArray variance = mean.like();
                INDArray expectedMean = exact(mean);
                INDArray expectedVariance = exact(variance);
                fast.channelStatistics(x, mean, variance);
                REFERENCE.channelStatistics(exact(x), expectedMean, expectedVariance);
                Arrays.assertClose(mean, expectedMean, F32);
                Arrays.assertClose(variance, expectedVariance, F32);

                boolean relu = random.nextBoolean();
                INDArray residual = random.nextBoolean() ? normal(random, x.shape()) : null;
                INDArray scale = normal(random, channels);
                INDArray shift = normal(random, channels);
                INDArray y = x.like();
                INDArray expected = exact(y);
                fast.channelAffine(x, scale, shift, residual, relu, y);
                REFERENCE.channelAffine(exact(x), exact(scale), exact(shift), exact(residual), relu, expected);
                assertClose(y, expected);

                INDArray dy = normal(random, x.shape());
                INDArray mask = relu ? y : null;
                INDArray sum = mean.like();
                INDArray product = mean.like();
                INDArray expectedSum = exact(sum);
                INDArray expectedProduct = exact(product);
                fast.channelSums(dy, mask, x, mean, sum, product);
                REFERENCE.channelSums(exact(dy), exact(mask), exact(x), exact(mean), expectedSum, expectedProduct);
                assertClose(sum, expectedSum);
                assertClose(product, expectedProduct);

                INDArray dx = x.like();
                INDArray expectedDx = exact(dx);
                INDArray a = random.nextBoolean() ? normal(random, channels) : null;
                INDArray b = a != null && random.nextBoolean() ? normal(random, channels) : null;
                INDArray in = b == null ? null : x;
                INDArray c = b == null ? null : shift;
                fast.channelCombination(dy, mask, in, a, b, c, dx);
                REFERENCE.channelCombination(
                        exact(dy), exact(mask), exact(in), exact(a), exact(b), exact(c), expectedDx);
                assertClose(dx, expectedDx);
            }
        }
    }

    @Test
    void tokensWithTheirMeanMatch() {
        Random random = new Random(6);
        try (Kernels kernels = KernelChoice.open(Precision.F32, 2)) {
            for (int i = 0; i < 10; i++) {
                INDArray x = normal(
                        random,
                        1 + random.nextInt(4),
                        1 + random.nextInt(5),
                        1 + random.nextInt(5),
                        1 + random.nextInt(40));
                INDArray positions = normal(random, 1 + x.size(1) * x.size(2), x.size(3));
                INDArray tokens = Nd4j.create(DataType.FLOAT, x.size(0), positions.size(0), x.size(3));
                INDArray expected = exact(tokens);
                kernels.convolutions().tokensWithMean(x, positions, tokens);
                REFERENCE.tokensWithMean(exact(x), exact(positions), expected);
                Arrays.assertClose(tokens, expected, F32);

                INDArray dx = x.like();
                INDArray dPositions = positions.like();
                INDArray expectedDx = exact(dx);
                INDArray expectedDPositions = exact(dPositions);
                kernels.convolutions().tokensWithMeanBackward(tokens, dx, dPositions);
                REFERENCE.tokensWithMeanBackward(exact(tokens), expectedDx, expectedDPositions);
                Arrays.assertClose(dx, expectedDx, F32);
                Arrays.assertClose(dPositions, expectedDPositions, F32);
            }
        }
    }

    @Test
    void sameInputsGiveSameBitsAndNativeMemoryDoesNotGrow() {
        Function<Kernels, INDArray> everything = kernels -> {
            Random random = new Random(7);
            INDArray x = normal(random, 5, 9, 9, 16);
            Filter filter = new Filter(normal(random, 32, 16, 3, 3), null, 1, 1, false);
            INDArray y = Nd4j.create(DataType.FLOAT, filter.outputShape(x.shape()));
            INDArray dx = x.like();
            INDArray dWeight = filter.weight().like();
            INDArray dBias = Nd4j.create(DataType.FLOAT, 32);
            INDArray mean = dBias.like();
            INDArray variance = dBias.like();
            INDArray sum = dBias.like();
            INDArray product = dBias.like();
            kernels.convolutions().convolve(x, filter, null, true, y);
            kernels.convolutions().convolveBackward(y, x, filter, y, dx, dWeight, dBias, null);
            kernels.convolutions().channelStatistics(y, mean, variance);
            kernels.convolutions().channelSums(y, null, y, mean, sum, product);
            return Nd4j.toFlattened(y, dx, dWeight, dBias, mean, variance, sum, product);
        };
        try (Kernels one = KernelChoice.open(Precision.F32, 2);
                Kernels other = KernelChoice.open(Precision.F32, 2)) {
            INDArray first = everything.apply(one);
            long bytes = Pointer.totalBytes();
            for (int i = 0; i < 20; i++) {
                assertThat(everything.apply(one).toFloatVector()).isEqualTo(first.toFloatVector());
            }
            assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(bytes + (1 << 20));
            assertThat(everything.apply(other).toFloatVector()).isEqualTo(first.toFloatVector());
        }
    }

    private static int pick(Random random, int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static INDArray normal(Random random, long... shape) {
        return Arrays.normal(random, DataType.FLOAT, shape);
    }
}
