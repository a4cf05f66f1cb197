package io.github.finessl.export;

import java.nio.ByteBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A linear layer's weight as whole numbers: about values ⊙ scales, a scale for each column.
 *
 * @param values [in, out] from -{@value #LARGEST} to {@value #LARGEST}, row by row
 * @param scales [out], the largest size of a column's weights by {@value #LARGEST}; 1 for a column of zeros
 */
record QuantisedWeight(ByteBuffer values, INDArray scales) {

    /**
     * The largest size of a value, half of what a byte holds: processors without VNNI add two products of an unsigned and a
     * signed byte in 16 bits, which 2·255·64 fits into and 2·255·127 does not. So all processors give the same.
     */
    static final int LARGEST = 64;

    /** @param weight [in, out] */
    static QuantisedWeight of(INDArray weight) {
        float[][] rows = weight.castTo(DataType.FLOAT).toFloatMatrix();
        float[] scales = new float[rows[0].length];
        for (float[] row : rows) {
            for (int k = 0; k < scales.length; k++) {
                scales[k] = Math.max(scales[k], Math.abs(row[k]) / LARGEST);
            }
        }
        ByteBuffer values = ByteBuffer.allocate(rows.length * scales.length);
        for (float[] row : rows) {
            for (int k = 0; k < scales.length; k++) {
                values.put((byte) (scales[k] == 0 ? 0 : Math.round(row[k] / scales[k])));
            }
        }
        for (int k = 0; k < scales.length; k++) {
            scales[k] = scales[k] == 0 ? 1 : scales[k];
        }
        return new QuantisedWeight(values.flip(), Nd4j.createFromArray(scales));
    }
}
