package io.github.finessl.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random arrays and their comparison. */
final class Arrays {

    private Arrays() {}

    static INDArray normal(Random random, DataType type, long... shape) {
        INDArray a = Nd4j.create(type, shape);
        double[] values = random.doubles(a.length(), -2, 2).toArray();
        return a.assign(Nd4j.createFromArray(values).reshape('c', shape));
    }

    /** Largest difference, relative to the largest expected magnitude; infinite where the actual is not finite. */
    static double relativeError(INDArray actual, INDArray expected) {
        return relativeError(actual, expected, 1e-30);
    }

    /** The same, magnitudes below the floor counting as the floor. */
    static double relativeError(INDArray actual, INDArray expected, double floor) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        double scale = Math.max(expected.amaxNumber().doubleValue(), floor);
        double error = actual.castTo(DataType.DOUBLE)
                .sub(expected.castTo(DataType.DOUBLE))
                .amaxNumber()
                .doubleValue();
        boolean finite = Double.isFinite(actual.sumNumber().doubleValue());
        return finite ? error / scale : Double.POSITIVE_INFINITY;
    }

    static void assertClose(INDArray actual, INDArray expected, double tolerance) {
        assertThat(relativeError(actual, expected)).isLessThanOrEqualTo(tolerance);
    }
}
