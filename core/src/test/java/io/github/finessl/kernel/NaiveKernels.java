package io.github.finessl.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/** The formulas of {@link Kernels} in loops over double arrays, row by row: slow and plain, to test against. */
final class NaiveKernels {

    private NaiveKernels() {}

    /** x [n, in] · w [in, out] + b. */
    static double[][] linear(double[][] x, double[][] w, double[] b) {
        double[][] h = new double[x.length][w[0].length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < w[0].length; j++) {
                h[i][j] = b == null ? 0 : b[j];
                for (int l = 0; l < w.length; l++) {
                    h[i][j] += x[i][l] * w[l][j];
                }
            }
        }
        return h;
    }

    static double activate(Activation activation, double x) {
        return switch (activation) {
            case QUICK_GELU -> x / (1 + Math.exp(-1.702 * x));
            case GELU_ERF -> x * normalDistribution(x);
            case GELU_TANH -> x * 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case RELU -> Math.max(x, 0);
            case SILU -> x / (1 + Math.exp(-x));
        };
    }

    /** Φ by its Taylor series, which converges to the last digit for the moderate x of tests. */
    private static double normalDistribution(double x) {
        double term = x;
        double sum = x;
        for (int i = 1; i < 200; i++) {
            term *= x * x / (2 * i + 1);
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    static double[][] layerNorm(double[][] x, double[] gain, double[] bias, double epsilon) {
        double[][] y = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            int d = x[i].length;
            double mean = 0;
            for (double value : x[i]) {
                mean += value / d;
            }
            double variance = 0;
            for (double value : x[i]) {
                variance += (value - mean) * (value - mean) / d;
            }
            y[i] = new double[d];
            for (int j = 0; j < d; j++) {
                y[i][j] = gain[j] * (x[i][j] - mean) / Math.sqrt(variance + epsilon) + bias[j];
            }
        }
        return y;
    }

    /** One image: q [Tq, D], keys and values with the prompts' [T + P, D], bias [heads or 1, Tq, T + P] or null. */
    static double[][] attention(double[][] q, double[][] keys, double[][] values, INDArray bias, int heads) {
        int d = q[0].length;
        int width = d / heads;
        double[][] out = new double[q.length][d];
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < q.length; i++) {
                double[] e = new double[keys.length];
                double sum = 0;
                for (int j = 0; j < keys.length; j++) {
                    double s = 0;
                    for (int c = h * width; c < (h + 1) * width; c++) {
                        s += q[i][c] * keys[j][c];
                    }
                    double added = bias == null ? 0 : bias.getDouble(bias.size(0) == 1 ? 0 : h, i, j);
                    e[j] = Math.exp(s / Math.sqrt(width) + added);
                    sum += e[j];
                }
                for (int j = 0; j < keys.length; j++) {
                    for (int c = h * width; c < (h + 1) * width; c++) {
                        out[i][c] += e[j] / sum * values[j][c];
                    }
                }
            }
        }
        return out;
    }
}
