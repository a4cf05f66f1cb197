package io.github.finessl.train;

import io.github.finessl.model.Heads;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A linear probe: class vectors that are trained on fixed features alone, by cross-entropy of z = s·cos(f, w_k) with a constant scale
 * s = 1/0.07, with the optimiser of every training, on all labelled images in each of 200 steps, from the class means.
 */
final class CosineProbe {
    private static final int STEPS = 200;
    private static final double RATE = 0.03;
    private static final double MOMENTUM = 0.9;
    private static final double WEIGHT_DECAY = 5e-4;

    private CosineProbe() {}

    /**
     * Trains class vectors.
     *
     * @param features [n, D]
     * @param labels [n]
     * @param means the class means, of length 1 [C, D]
     * @return [C, D]
     */
    static float[][] of(float[][] features, int[] labels, float[][] means) {
        double scale = Heads.scaleStart().getDouble(0);
        INDArray f = Nd4j.createFromArray(features).castTo(DataType.DOUBLE);
        f.diviColumnVector(f.norm2(true, 1));
        INDArray w = Nd4j.createFromArray(means).castTo(DataType.DOUBLE);
        INDArray y = Nd4j.zeros(DataType.DOUBLE, labels.length, means.length);
        for (int i = 0; i < labels.length; i++) {
            y.putScalar(i, labels[i], 1);
        }
        INDArray velocity = Nd4j.zeros(DataType.DOUBLE, w.shape());
        CosineSchedule schedule = new CosineSchedule(RATE, STEPS, STEPS, false, 0);
        for (int step = 0; step < STEPS; step++) {
            INDArray norms = w.norm2(true, 1);
            INDArray unit = w.divColumnVector(norms);
            INDArray p = Transforms.softmax(f.mmul(unit.transpose()).muli(scale), true);
            INDArray toUnit = p.subi(y).transpose().mmul(f).muli(scale / labels.length); // dL/dŵ [C, D]
            INDArray along = toUnit.mul(unit).sum(true, 1);
            INDArray gradient = toUnit.subi(unit.mulColumnVector(along)).diviColumnVector(norms);
            velocity.muli(MOMENTUM).addi(gradient.addi(w.mul(WEIGHT_DECAY)));
            w.subi(velocity.mul(schedule.rate(step)));
        }
        return w.castTo(DataType.FLOAT).toFloatMatrix();
    }

    /** A matrix of ND4J's as Java's; its own way takes out row by row, which lasts longer than what it was computed by. */
    private static double[][] rows(INDArray matrix) {
        double[] all = matrix.ravel().toDoubleVector();
        int columns = matrix.columns();
        return IntStream.range(0, matrix.rows())
                .mapToObj(row -> Arrays.copyOfRange(all, row * columns, (row + 1) * columns))
                .toArray(double[][]::new);
    }

    /** The class of each feature vector by the nearest class vector, and the softmax of all [n, C]. */
    static double[][] probabilities(float[][] features, float[][] vectors) {
        INDArray f = Nd4j.createFromArray(features);
        INDArray w = Nd4j.createFromArray(vectors);
        f.diviColumnVector(f.norm2(true, 1));
        w.diviColumnVector(w.norm2(true, 1));
        INDArray z = f.mmul(w.transpose()).muli(Heads.scaleStart().getDouble(0));
        return rows(Transforms.softmax(z, true));
    }
}
