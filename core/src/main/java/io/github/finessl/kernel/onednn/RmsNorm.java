package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.onednn.OneDnnLinear.NormAt;

/**
 * Normalisation of dense f32 rows without their mean, and its gradient, which oneDNN does not have: in Java, on one
 * thread. Beside the products around it, it takes little.
 */
final class RmsNorm {
    private float[] x = {};
    private float[] gradient = {};

    /** y = gain ⊙ x / √(mean of x² + ε) + bias, [n, width] both. */
    void forward(long n, long width, long from, NormAt norm, long to) {
        int columns = (int) width;
        float[] gain = Floats.copy(norm.gain().address(), columns);
        float[] bias = Floats.copy(norm.bias().address(), columns);
        load(n, width, from);
        for (int row = 0; row < n * columns; row += columns) {
            float inverse = inverse(row, columns, norm.epsilon());
            for (int i = 0; i < columns; i++) {
                x[row + i] = gain[i] * (x[row + i] * inverse) + bias[i];
            }
        }
        Floats.at(to, n * width).put(x, 0, (int) (n * width));
    }

    /** y = x / √(mean of x² + ε), [n, width] both. */
    void normalise(long n, long width, long from, float epsilon, long to) {
        int columns = (int) width;
        load(n, width, from);
        for (int row = 0; row < n * columns; row += columns) {
            float inverse = inverse(row, columns, epsilon);
            for (int i = 0; i < columns; i++) {
                x[row + i] *= inverse;
            }
        }
        Floats.at(to, n * width).put(x, 0, (int) (n * width));
    }

    /** dx = norm'(x)·dy, [n, width] all. */
    void backward(long n, long width, long from, NormAt norm, long dy, long dx) {
        int columns = (int) width;
        int numbers = (int) n * columns;
        float[] gain = Floats.copy(norm.gain().address(), columns);
        load(n, width, from);
        gradient = gradient.length < numbers ? new float[numbers] : gradient;
        Floats.at(dy, numbers).get(gradient, 0, numbers);
        for (int row = 0; row < numbers; row += columns) {
            float inverse = inverse(row, columns, norm.epsilon());
            double product = 0;
            for (int i = 0; i < columns; i++) {
                gradient[row + i] *= gain[i];
                x[row + i] *= inverse;
                product += (double) gradient[row + i] * x[row + i];
            }
            float mean = (float) (product / columns);
            for (int i = 0; i < columns; i++) {
                gradient[row + i] = (gradient[row + i] - x[row + i] * mean) * inverse;
            }
        }
        Floats.at(dx, numbers).put(gradient, 0, numbers);
    }

    private void load(long n, long width, long from) {
        int numbers = Math.toIntExact(n * width);
        x = x.length < numbers ? new float[numbers] : x;
        Floats.at(from, numbers).get(x, 0, numbers);
    }

    /** 1 / √(mean of x² + ε) of the row that begins at an index. */
    private float inverse(int row, int columns, float epsilon) {
        double squares = 0;
        for (int i = row; i < row + columns; i++) {
            squares += (double) x[i] * x[i];
        }
        return (float) (1 / Math.sqrt(squares / columns + epsilon));
    }
}
