package io.github.finessl.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.op.Convolve.Geometry;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The gradients of a convolutional network's ops against central differences, in double precision. */
class ConvolutionGradientsTest {
    private final TestGraph g = new TestGraph();

    private Optional<SDVariable> residual(boolean wanted, long... shape) {
        return wanted ? Optional.of(g.variable("residual", shape)) : Optional.empty();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, false, false", "2, 1, true, true", "1, 0, true, false", "2, 0, false, true"})
    void convolution(int stride, int padding, boolean residual, boolean relu) {
        int size = (5 + 2 * padding - 3) / stride + 1;
        SDVariable y = Convolve.of(
                "y",
                g.variable("x", 2, 5, 5, 2),
                g.variable("w", 3, 2, 3, 3),
                g.variable("b", 3),
                new Geometry(stride, padding),
                residual(residual, 2, size, size, 3),
                relu);
        g.weighted(y, 2, size, size, 3).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void convolutionWhoseWeightsAreFrozen() {
        SDVariable y = Convolve.of(
                "y",
                g.variable("x", 2, 4, 4, 2),
                g.constant("w", 3, 2, 3, 3),
                g.constant("b", 3),
                new Geometry(1, 1),
                Optional.empty(),
                true);
        g.weighted(y, 2, 4, 4, 3).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @CsvSource({"0, false, false", "1, false, false", "0, true, true", "1, true, true", "7, true, false"})
    void batchNorm(long pass, boolean residual, boolean relu) {
        SDVariable[] y = norm(pass, residual, relu);
        g.weighted(y[0], 2, 3, 3, 4).assertGradientsAreThoseOfDifferences();
    }

    private SDVariable[] norm(long pass, boolean residual, boolean relu) {
        SDVariable[] y = BatchNorm.of(
                "y",
                g.variable("x", 2, 3, 3, 4),
                new BatchNorm.Norm(
                        g.variable("gain", 4),
                        g.variable("bias", 4),
                        g.constant("mean", 4),
                        g.constant("variance", Nd4j.createFromArray(0.5, 1.5, 0.1, 2)),
                        1e-3),
                g.sd().placeHolder("pass", DataType.INT64),
                residual(residual, 2, 3, 3, 4),
                relu);
        g.feed("pass", Nd4j.scalar(pass));
        return y;
    }

    @Test
    void batchNormTellsMeanAndUnbiasedVarianceOfTheBatch() {
        SDVariable[] y = norm(1, false, false);
        INDArray x = g.sd().getVariable("x").getArr().reshape('c', 18, 4);
        double[] mean = g.value(y[1].name()).toDoubleVector();
        double[] variance = g.value(y[2].name()).toDoubleVector();
        INDArray normal = g.value("y").reshape('c', 18, 4);
        for (int c = 0; c < 4; c++) {
            INDArray column = x.getColumn(c);
            assertThat(mean[c]).isCloseTo(column.meanNumber().doubleValue(), Offset.offset(1e-12));
            assertThat(variance[c]).isCloseTo(column.var(true).getDouble(0), Offset.offset(1e-12));
            double bias = g.sd().getVariable("bias").getArr().getDouble(c);
            assertThat(normal.getColumn(c).meanNumber().doubleValue()).isCloseTo(bias, Offset.offset(1e-12));
        }
        g.feed("pass", Nd4j.scalar(0L));
        assertThat(g.value(y[1].name())).isEqualTo(g.sd().getVariable("mean").getArr());
        assertThat(g.value(y[2].name()))
                .isEqualTo(g.sd().getVariable("variance").getArr());
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void channelAffine(boolean residual, boolean relu) {
        SDVariable y = ChannelAffine.of(
                "y",
                g.variable("x", 2, 3, 2, 4),
                g.variable("scale", 4),
                g.variable("shift", 4),
                residual(residual, 2, 3, 2, 4),
                relu);
        g.weighted(y, 2, 3, 2, 4).assertGradientsAreThoseOfDifferences();
    }

    @ParameterizedTest
    @CsvSource({"2", "3"})
    void averagePool(int side) {
        SDVariable y = AveragePool.of("y", g.variable("x", 2, 2L * side, side, 3), side);
        g.weighted(y, 2, 2, 1, 3).assertGradientsAreThoseOfDifferences();
    }

    @Test
    void tokensWithTheirMean() {
        SDVariable y = TokensWithMean.of("y", g.variable("x", 2, 2, 3, 4), g.variable("positions", 7, 4));
        g.weighted(y, 2, 7, 4).assertGradientsAreThoseOfDifferences();
    }
}
