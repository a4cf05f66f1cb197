package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.Pooling.ResidualMlp;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import io.github.finessl.encoder.VisionTransformer.Rotation;
import io.github.finessl.kernel.Activation;
import io.github.finessl.tuning.VisualPrompts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.commons.math3.special.Erf;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A vision transformer's forward pass in plain doubles, straight from the papers: slow, and hard to get wrong. */
public final class ReferenceVit {

    private final VisionTransformer vit;

    public ReferenceVit(VisionTransformer vit) {
        this.vit = vit;
    }

    /** The features of an image [3, height, width]. */
    public double[] features(float[] image) {
        return features(
                IntStream.range(0, image.length).mapToDouble(i -> image[i]).toArray(), Map.of());
    }

    /**
     * The features of an image [3, height, width] with prompts as the papers say it: they are tokens behind the others, every
     * block computes everything for every token, and a block's prompts [P][D] take the place of those before.
     *
     * @param prompts by their parameters' names
     */
    public double[] features(double[] image, Map<String, double[][]> prompts) {
        double[][] x = norm(embed(image), vit.embedding().preNorm());
        for (int b = 0; b < vit.blocks().size(); b++) {
            double[][] own = prompts.get(VisualPrompts.parameter(b));
            x = block(vit.blocks().get(b), own == null ? x : append(Arrays.copyOf(x, vit.tokens()), own));
        }
        x = Arrays.copyOf(x, vit.tokens());
        return norm(new double[][] {pooled(x)}, vit.pooledNorm())[0];
    }

    private double[] pooled(double[][] x) {
        if (vit.pooling() instanceof Pooling.MeanThenNorm mean) {
            return norm(new double[][] {mean(x, mean.first())}, vit.finalNorm())[0];
        } else if (vit.pooling() instanceof Pooling.NormThenMean mean) {
            return mean(norm(x, vit.finalNorm()), mean.first());
        } else if (vit.pooling() instanceof Pooling.Attention pooling) {
            double[][] normal = norm(x, vit.finalNorm());
            return pooled(pooling, Arrays.copyOfRange(normal, pooling.first(), normal.length));
        }
        return norm(new double[][] {x[0]}, vit.finalNorm())[0];
    }

    private double[][] block(Block block, double[][] x) {
        double[][] qkv = linear(norm(x, Optional.of(block.norm1())), block.qkv());
        int d = vit.width();
        double[][] q = norm(columns(qkv, 0, d), block.qk().flatMap(QueryKey::queryNorm));
        double[][] k = norm(columns(qkv, d, 2 * d), block.qk().flatMap(QueryKey::keyNorm));
        Optional<Rotation> rotation = block.qk().flatMap(QueryKey::rotation);
        Optional<INDArray> bias = block.qk().flatMap(QueryKey::bias);
        double[][] attended =
                attention(rotate(q, rotation), rotate(k, rotation), columns(qkv, 2 * d, 3 * d), vit.heads(), bias);
        double[][] y = add(x, linear(norm(attended, block.attendedNorm()), block.out()));
        return add(y, mlp(norm(y, Optional.of(block.norm2())), block.mlp()));
    }

    private static double[][] mlp(double[][] x, Mlp mlp) {
        double[][] hidden = linear(x, mlp.fc1());
        int width = (int) mlp.fc2().weight().size(0);
        double[][] activated = activate(columns(hidden, 0, width), mlp.activation());
        if (mlp.gated()) {
            for (int t = 0; t < activated.length; t++) {
                for (int i = 0; i < width; i++) {
                    activated[t][i] *= hidden[t][width + i];
                }
            }
        }
        return linear(norm(activated, mlp.innerNorm()), mlp.fc2());
    }

    private static double[] pooled(Pooling.Attention pooling, double[][] x) {
        double[][] kv = linear(x, pooling.kv());
        int width = kv[0].length / 2;
        double[][] q = {pooling.query().reshape(width).toDoubleVector()};
        double[][] k = norm(columns(kv, 0, width), pooling.keyNorm());
        double[][] y = linear(
                attention(q, k, columns(kv, width, 2 * width), pooling.heads(), Optional.empty()), pooling.out());
        if (pooling.residual().isPresent()) {
            ResidualMlp residual = pooling.residual().get();
            y = add(y, mlp(norm(y, Optional.of(residual.norm())), residual.mlp()));
        }
        return y[0];
    }

    private double[][] rotate(double[][] x, Optional<Rotation> rotation) {
        if (rotation.isEmpty()) {
            return x;
        }
        INDArray cos = rotation.get().cos();
        INDArray sin = rotation.get().sin();
        int head = vit.width() / vit.heads();
        double[][] y = Arrays.stream(x).map(double[]::clone).toArray(double[][]::new);
        for (int t = 0; t < vit.tokens(); t++) {
            for (int i = 0; i < vit.width(); i++) {
                int h = cos.size(0) == 1 ? 0 : i / head;
                int pair = i % head % (head / 2);
                boolean first = i % head < head / 2;
                double other = first ? -x[t][i + head / 2] : x[t][i - head / 2];
                y[t][i] = x[t][i] * cos.getDouble(h, t, pair) + other * sin.getDouble(h, t, pair);
            }
        }
        return y;
    }

    private static double[][] columns(double[][] x, int from, int to) {
        return Arrays.stream(x).map(row -> Arrays.copyOfRange(row, from, to)).toArray(double[][]::new);
    }

    private static double[][] append(double[][] tokens, double[][] more) {
        double[][] all = Arrays.copyOf(tokens, tokens.length + more.length);
        System.arraycopy(more, 0, all, tokens.length, more.length);
        return all;
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

    private double[][] embed(double[] image) {
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
        double[][] embedded =
                norm(linear(patches, vit.embedding().patches()), vit.embedding().patchNorm());
        double[][] positions = vit.embedding()
                .positions()
                .map(INDArray::toDoubleMatrix)
                .orElse(
                        new double
                                [embedded.length + (vit.embedding().classToken().isPresent() ? 1 : 0)][vit.width()]);
        var tokens = new ArrayList<double[]>();
        vit.embedding()
                .classToken()
                .ifPresent(token -> tokens.add(add(new double[][] {token.toDoubleVector()}, positions)[0]));
        int classTokens = tokens.size();
        vit.embedding().registers().ifPresent(registers -> tokens.addAll(List.of(registers.toDoubleMatrix())));
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

    /** Where there is a norm: over groups of as many entries as its gain has. */
    private static double[][] norm(double[][] x, Optional<LayerNorm> norm) {
        return norm.map(present -> norm(x, present)).orElse(x);
    }

    private static double[][] norm(double[][] x, LayerNorm norm) {
        double[] gain = norm.gain().toDoubleVector();
        double[] bias = norm.bias().toDoubleVector();
        int width = gain.length;
        var y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int from = 0; from < y[t].length; from += width) {
                double[] group = Arrays.copyOfRange(x[t], from, from + width);
                double mean = norm.centred() ? Arrays.stream(group).average().orElseThrow() : 0;
                double variance = Arrays.stream(group)
                        .map(v -> (v - mean) * (v - mean))
                        .average()
                        .orElseThrow();
                for (int i = 0; i < width; i++) {
                    y[t][from + i] = (group[i] - mean) / Math.sqrt(variance + norm.epsilon()) * gain[i] + bias[i];
                }
            }
        }
        return y;
    }

    /** Queries [asking, D], keys and values [tokens, D], bias [heads or 1, T, T] of the first T of both. */
    private static double[][] attention(double[][] q, double[][] k, double[][] v, int heads, Optional<INDArray> bias) {
        int tokens = k.length;
        int width = k[0].length;
        int head = width / heads;
        var y = new double[q.length][width];
        for (int h = 0; h < heads; h++) {
            for (int t = 0; t < q.length; t++) {
                var scores = new double[tokens];
                for (int s = 0; s < tokens; s++) {
                    for (int j = h * head; j < (h + 1) * head; j++) {
                        scores[s] += q[t][j] * k[s][j] / Math.sqrt(head);
                    }
                    if (bias.isPresent()
                            && t < bias.get().size(1)
                            && s < bias.get().size(2)) {
                        scores[s] += bias.get().getDouble(bias.get().size(0) == 1 ? 0 : h, t, s);
                    }
                }
                double max = Arrays.stream(scores).max().orElseThrow();
                double sum = Arrays.stream(scores)
                        .map(score -> Math.exp(score - max))
                        .sum();
                for (int s = 0; s < tokens; s++) {
                    double weight = Math.exp(scores[s] - max) / sum;
                    for (int j = h * head; j < (h + 1) * head; j++) {
                        y[t][j] += weight * v[s][j];
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
                            case SILU -> v / (1 + Math.exp(-v));
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
