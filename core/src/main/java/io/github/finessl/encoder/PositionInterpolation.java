package io.github.finessl.encoder;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Resamples position embeddings to another grid of patches, so that an encoder sees images of another size.
 *
 * <p>As timm's {@code resample_abs_pos_embed} does by default, that is PyTorch's {@code interpolate(mode="bicubic",
 * antialias=True, align_corners=False)}: along each axis, output i takes inputs x with weight k((x + ½ − c)/s) over their
 * sum, where c = (i + ½)·in/out, s = max(1, in/out), and k is Keys' cubic with a = −½ (the one of PIL; PyTorch's a = −¾
 * is for antialias=False). Inputs outside of the grid take no part. Positions of tokens before the patches stay.
 */
final class PositionInterpolation {

    private static final double A = -0.5;

    private PositionInterpolation() {}

    /** Positions [before + rows·columns, D] to [before + newRows·newColumns, D]. */
    static INDArray resample(INDArray positions, int before, int rows, int columns, int newRows, int newColumns) {
        double[][] from = positions.toDoubleMatrix();
        double[][] vertical = weights(rows, newRows);
        double[][] horizontal = weights(columns, newColumns);
        int width = from[0].length;
        var wide = new double[rows][newColumns][width];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < newColumns; c++) {
                for (int x = 0; x < columns; x++) {
                    addTo(wide[r][c], from[before + r * columns + x], horizontal[c][x]);
                }
            }
        }
        var to = new double[before + newRows * newColumns][width];
        System.arraycopy(from, 0, to, 0, before);
        for (int r = 0; r < newRows; r++) {
            for (int c = 0; c < newColumns; c++) {
                for (int y = 0; y < rows; y++) {
                    addTo(to[before + r * newColumns + c], wide[y][c], vertical[r][y]);
                }
            }
        }
        return Nd4j.createFromArray(floats(to));
    }

    private static void addTo(double[] sum, double[] row, double weight) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += weight * row[i];
        }
    }

    /** [out][in]: how much of each input each output takes. */
    private static double[][] weights(int in, int out) {
        double ratio = (double) in / out;
        double stretch = Math.max(1, ratio);
        var weights = new double[out][in];
        for (int i = 0; i < out; i++) {
            double centre = (i + 0.5) * ratio;
            double sum = 0;
            for (int x = 0; x < in; x++) {
                weights[i][x] = cubic((x + 0.5 - centre) / stretch);
                sum += weights[i][x];
            }
            for (int x = 0; x < in; x++) {
                weights[i][x] /= sum;
            }
        }
        return weights;
    }

    private static double cubic(double distance) {
        double x = Math.abs(distance);
        if (x < 1) {
            return ((A + 2) * x - (A + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }

    private static float[][] floats(double[][] matrix) {
        var floats = new float[matrix.length][matrix[0].length];
        for (int i = 0; i < floats.length; i++) {
            for (int j = 0; j < floats[i].length; j++) {
                floats[i][j] = (float) matrix[i][j];
            }
        }
        return floats;
    }
}
