package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.kernel.Activation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.special.Erf;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A vision transformer's forward pass in plain doubles, straight from the paper: slow, and hard to get wrong. */
public final class ReferenceVit {

    private final VisionTransformer vit;

    public ReferenceVit(VisionTransformer vit) {
        this.vit = vit;
    }

    /** The features of an image [3, height, width]. */
    public double[] features(float[] image) {
        double[][] x = embed(image);
        if (vit.preNorm().isPresent()) {
            x = norm(x, vit.preNorm().get());
        }
        for (Block block : vit.blocks()) {
            x = add(x, linear(attention(linear(norm(x, block.norm1()), block.qkv())), block.out()));
            x = add(x, linear(activate(linear(norm(x, block.norm2()), block.fc1()), block.activation()), block.fc2()));
        }
        if (vit.pooling() instanceof Pooling.MeanThenNorm mean) {
            return norm(new double[][] {mean(x, mean.first())}, vit.finalNorm())[0];
        } else if (vit.pooling() instanceof Pooling.NormThenMean mean) {
            return mean(norm(x, vit.finalNorm()), mean.first());
        }
        return norm(new double[][] {x[0]}, vit.finalNorm())[0];
    }

    private static double[] mean(double[][] x, int first) {
        return IntStream.range(0, x[0].length)
                .mapToDouble(d -> Arrays.stream(x, first, x.length)
                        .mapToDouble(token -> token[d])
                        .average()
                        .orElseThrow())
                .toArray();
    }

    /** Features of every image of a batch [batch, 3, height, width], one after the other. */
    public double[][] features(float[] images, int batch) {
        int size = images.length / batch;
        return IntStream.range(0, batch)
                .parallel()
                .mapToObj(i -> features(Arrays.copyOfRange(images, i * size, (i + 1) * size)))
                .toArray(double[][]::new);
    }

    /** What the file computes: the head's output where there is a head, else the features. */
    public double[][] output(float[] images, int batch) {
        double[][] features = features(images, batch);
        return vit.head().map(head -> linear(features, head)).orElse(features);
    }

    private double[][] embed(float[] image) {
        int ph = vit.patchHeight();
        int pw = vit.patchWidth();
        int columns = vit.imageWidth() / pw;
        int rows = vit.imageHeight() / ph;
        var patches = new double[rows * columns][3 * ph * pw];
        for (int p = 0; p < patches.length; p++) {
            int to = 0;
            for (int c = 0; c < 3; c++) {
                for (int i = 0; i < ph; i++) {
                    for (int j = 0; j < pw; j++) {
                        int row = p / columns * ph + i;
                        int column = p % columns * pw + j;
                        patches[p][to++] = image[(c * vit.imageHeight() + row) * vit.imageWidth() + column];
                    }
                }
            }
        }
        double[][] embedded = linear(patches, vit.patches());
        double[][] positions = vit.positions().toDoubleMatrix();
        var tokens = new ArrayList<double[]>();
        vit.classToken().ifPresent(token -> tokens.add(add(new double[][] {token.toDoubleVector()}, positions)[0]));
        int classTokens = tokens.size();
        vit.registers().ifPresent(registers -> tokens.addAll(List.of(registers.toDoubleMatrix())));
        tokens.addAll(List.of(add(embedded, Arrays.copyOfRange(positions, classTokens, positions.length))));
        return tokens.toArray(double[][]::new);
    }

    /** As {@code toDoubleMatrix}, which takes seconds for the weights of a real encoder; they are all c-ordered f32. */
    private static double[][] matrix(INDArray weight) {
        float[] floats = weight.data().asFloat();
        int columns = (int) weight.size(1);
        return IntStream.range(0, (int) weight.size(0))
                .mapToObj(i -> IntStream.range(i * columns, (i + 1) * columns)
                        .mapToDouble(j -> floats[j])
                        .toArray())
                .toArray(double[][]::new);
    }

    private static double[][] linear(double[][] x, Linear linear) {
        double[][] w = matrix(linear.weight());
        double[] b = linear.bias().map(INDArray::toDoubleVector).orElse(new double[w[0].length]);
        var y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            y[t] = b.clone();
            for (int i = 0; i < w.length; i++) {
                double v = x[t][i];
                for (int j = 0; j < b.length; j++) {
                    y[t][j] += v * w[i][j];
                }
            }
        }
        return y;
    }

    private static double[][] norm(double[][] x, LayerNorm norm) {
        double[] gain = norm.gain().toDoubleVector();
        double[] bias = norm.bias().toDoubleVector();
        var y = new double[x.length][gain.length];
        for (int t = 0; t < x.length; t++) {
            double mean = Arrays.stream(x[t]).average().orElseThrow();
            double variance = Arrays.stream(x[t])
                    .map(v -> (v - mean) * (v - mean))
                    .average()
                    .orElseThrow();
            for (int i = 0; i < gain.length; i++) {
                y[t][i] = (x[t][i] - mean) / Math.sqrt(variance + norm.epsilon()) * gain[i] + bias[i];
            }
        }
        return y;
    }

    /** qkv [tokens, 3·D] to [tokens, D]. */
    private double[][] attention(double[][] qkv) {
        int tokens = qkv.length;
        int width = qkv[0].length / 3;
        int head = width / vit.heads();
        var y = new double[tokens][width];
        for (int h = 0; h < vit.heads(); h++) {
            for (int t = 0; t < tokens; t++) {
                var scores = new double[tokens];
                for (int s = 0; s < tokens; s++) {
                    for (int j = 0; j < head; j++) {
                        scores[s] += qkv[t][h * head + j] * qkv[s][width + h * head + j] / Math.sqrt(head);
                    }
                }
                double max = Arrays.stream(scores).max().orElseThrow();
                double sum = Arrays.stream(scores).map(v -> Math.exp(v - max)).sum();
                for (int s = 0; s < tokens; s++) {
                    double weight = Math.exp(scores[s] - max) / sum;
                    for (int j = 0; j < head; j++) {
                        y[t][h * head + j] += weight * qkv[s][2 * width + h * head + j];
                    }
                }
            }
        }
        return y;
    }

    private static double[][] activate(double[][] x, Activation activation) {
        return Arrays.stream(x)
                .map(row -> Arrays.stream(row)
                        .map(v -> switch (activation) {
                            case QUICK_GELU -> v / (1 + Math.exp(-1.702 * v));
                            case GELU_ERF -> v * (1 + Erf.erf(v / Math.sqrt(2))) / 2;
                            case GELU_TANH ->
                                v / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)));
                            case RELU -> Math.max(v, 0);
                        })
                        .toArray())
                .toArray(double[][]::new);
    }

    private static double[][] add(double[][] a, double[][] b) {
        return IntStream.range(0, a.length)
                .mapToObj(t -> IntStream.range(0, a[t].length)
                        .mapToDouble(i -> a[t][i] + b[t][i])
                        .toArray())
                .toArray(double[][]::new);
    }

    /** All numbers of a matrix, row by row. */
    public static List<Double> flat(double[][] matrix) {
        return Arrays.stream(matrix).flatMap(r -> Arrays.stream(r).boxed()).toList();
    }
}
