package io.github.finessl.model;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement;
import java.util.Arrays;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * CLIP's vision transformer with prompts as the papers say it: prompts are tokens, every block computes everything for
 * every token, and the next block's prompts take the place of the last one's. Loops over double arrays.
 */
final class ConcatenatedVit {
    private final VisionTransformer vit;
    private final Placement placement;

    ConcatenatedVit(VisionTransformer vit, Placement placement) {
        this.vit = vit;
        this.placement = placement;
    }

    /** f(x) [D] for one image [3][H][W]. */
    double[] features(double[][][] image, Map<String, double[][]> prompts) {
        int tokens = vit.tokens();
        double[][] x = norm(embed(image), vit.preNorm().get());
        for (int b = 0; b < vit.blocks().size(); b++) {
            if (placement.blocks(vit.blocks().size()).contains(b)) {
                x = append(Arrays.copyOf(x, tokens), prompts.get(VisualPrompts.parameter(b)));
            }
            x = block(vit.blocks().get(b), x);
        }
        if (vit.pooling() instanceof Pooling.MeanThenNorm mean) {
            return norm(new double[][] {mean(x, mean.first())}, vit.finalNorm().get())[0];
        } else if (vit.pooling() instanceof Pooling.NormThenMean mean) {
            return mean(norm(x, vit.finalNorm().get()), mean.first());
        }
        return norm(x, vit.finalNorm().get())[0];
    }

    /** Of the tokens that the encoder itself has: prompts come behind them. */
    private double[] mean(double[][] x, int first) {
        double[] mean = new double[vit.width()];
        for (int t = first; t < vit.tokens(); t++) {
            for (int d = 0; d < mean.length; d++) {
                mean[d] += x[t][d] / (vit.tokens() - first);
            }
        }
        return mean;
    }

    private double[][] embed(double[][][] image) {
        double[][] weight = vit.patches().weight().toDoubleMatrix();
        double[][] positions = vit.positions().get().toDoubleMatrix();
        double[][] tokens = new double[vit.tokens()][];
        int before = vit.tokens() - (vit.imageHeight() / vit.patchHeight()) * (vit.imageWidth() / vit.patchWidth());
        int registers = before;
        if (vit.classToken().isPresent()) {
            tokens[0] = sum(vit.classToken().get().toDoubleVector(), positions[0]);
            registers--;
        }
        for (int r = 0; r < registers; r++) {
            tokens[before - registers + r] = vit.registers().get().toDoubleMatrix()[r];
        }
        int p = vit.patchHeight();
        int columns = vit.imageWidth() / p;
        for (int t = before; t < tokens.length; t++) {
            double[] patch = new double[3 * p * p];
            for (int i = 0; i < patch.length; i++) {
                int row = (t - before) / columns * p + i / p % p;
                int column = (t - before) % columns * p + i % p;
                patch[i] = image[i / (p * p)][row][column];
            }
            tokens[t] = sum(product(new double[][] {patch}, weight)[0], positions[t - registers]);
        }
        return tokens;
    }

    private double[][] block(Block block, double[][] x) {
        double[][] attended = attention(linear(norm(x, block.norm1()), block.qkv()));
        double[][] y = sum(x, linear(attended, block.out()));
        double[][] hidden = linear(norm(y, block.norm2()), block.mlp().fc1());
        for (double[] row : hidden) {
            for (int i = 0; i < row.length; i++) {
                row[i] = row[i] / (1 + Math.exp(-1.702 * row[i])); // CLIP's QuickGELU
            }
        }
        return sum(y, linear(hidden, block.mlp().fc2()));
    }

    private double[][] attention(double[][] qkv) {
        int width = vit.width();
        int headWidth = width / vit.heads();
        double[][] out = new double[qkv.length][width];
        for (int first = 0; first < width; first += headWidth) {
            for (int i = 0; i < qkv.length; i++) {
                double[] e = new double[qkv.length];
                double total = 0;
                for (int j = 0; j < qkv.length; j++) {
                    double score = 0;
                    for (int c = first; c < first + headWidth; c++) {
                        score += qkv[i][c] * qkv[j][width + c];
                    }
                    e[j] = Math.exp(score / Math.sqrt(headWidth));
                    total += e[j];
                }
                for (int j = 0; j < qkv.length; j++) {
                    for (int c = first; c < first + headWidth; c++) {
                        out[i][c] += e[j] / total * qkv[j][2 * width + c];
                    }
                }
            }
        }
        return out;
    }

    private static double[][] norm(double[][] x, LayerNorm norm) {
        double[] gain = norm.gain().toDoubleVector();
        double[] bias = norm.bias().toDoubleVector();
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double mean = Arrays.stream(x[t]).average().getAsDouble();
            double variance = Arrays.stream(x[t])
                    .map(value -> (value - mean) * (value - mean))
                    .average()
                    .getAsDouble();
            y[t] = new double[x[t].length];
            for (int d = 0; d < y[t].length; d++) {
                y[t][d] = gain[d] * (x[t][d] - mean) / Math.sqrt(variance + norm.epsilon()) + bias[d];
            }
        }
        return y;
    }

    private static double[][] linear(double[][] x, Linear linear) {
        double[][] y = product(x, linear.weight().toDoubleMatrix());
        double[] bias = linear.bias().map(INDArray::toDoubleVector).orElse(new double[y[0].length]);
        for (int t = 0; t < y.length; t++) {
            y[t] = sum(y[t], bias);
        }
        return y;
    }

    private static double[][] product(double[][] x, double[][] w) {
        double[][] y = new double[x.length][w[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < w.length; i++) {
                for (int j = 0; j < w[0].length; j++) {
                    y[t][j] += x[t][i] * w[i][j];
                }
            }
        }
        return y;
    }

    private static double[][] append(double[][] tokens, double[][] prompts) {
        double[][] all = Arrays.copyOf(tokens, tokens.length + prompts.length);
        System.arraycopy(prompts, 0, all, tokens.length, prompts.length);
        return all;
    }

    private static double[][] sum(double[][] a, double[][] b) {
        double[][] sum = new double[a.length][];
        for (int t = 0; t < a.length; t++) {
            sum[t] = sum(a[t], b[t]);
        }
        return sum;
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }
}
