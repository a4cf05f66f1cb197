package io.github.finessl.model;

import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Names and initial values of the two cosine heads' parameters. */
public final class Heads {
    /** The name of the main head's class weights [C, D]. */
    public static final String WEIGHT = "head.weight";
    /** The name of the main head's scale s [1]. */
    public static final String SCALE = "head.scale";
    /** The name of the auxiliary head's class weights [C, D]. */
    public static final String AUX_WEIGHT = "auxiliary.weight";
    /** The name of the auxiliary head's scale [1]. */
    public static final String AUX_SCALE = "auxiliary.scale";

    private static final double START_SCALE = 1 / 0.07;

    private Heads() {}

    /** Random initial class weights [classes, width]: rows uniform in (-1, 1), normalised to length 1. */
    public static INDArray weightStart(int classes, int width, SplittableRandom random) {
        double[][] rows = new double[classes][width];
        for (double[] row : rows) {
            double squares = 0;
            for (int d = 0; d < width; d++) {
                row[d] = random.nextDouble(-1, 1);
                squares += row[d] * row[d];
            }
            for (int d = 0; d < width; d++) {
                row[d] /= Math.sqrt(squares);
            }
        }
        return Nd4j.create(rows).castTo(DataType.FLOAT);
    }

    /** The initial scale of a head: 1/0.07, a plain scalar. */
    public static INDArray scaleStart() {
        return scale(START_SCALE);
    }

    /** A head's scale as a parameter [1]. */
    public static INDArray scale(double scale) {
        return Nd4j.createFromArray((float) scale);
    }
}
