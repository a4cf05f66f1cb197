package io.github.finessl.export;

import io.github.finessl.encoder.ResNet;
import io.github.finessl.encoder.ResNet.AttentionPool;
import io.github.finessl.encoder.ResNet.BatchNorm;
import io.github.finessl.encoder.ResNet.Block;
import io.github.finessl.encoder.ResNet.Convolution;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.kernel.Activation;
import io.github.finessl.tuning.ScaleAndShift;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Emits a tuned ResNet of CLIP's kind: B images, n pixels of the last stage with D channels, h heads.
 *
 * <p>Norms with their running statistics, and SSF behind them, are part of the convolutions, which is exact but for rounding.
 */
final class ResNetLayers {
    private final OnnxGraph graph;
    private final Operators ops;
    private final AttentionLayers layers;
    private final ResNet resnet;
    private final Map<String, INDArray> trained;

    /** @param trained the strategy's parameters and running statistics by name */
    ResNetLayers(OnnxGraph graph, Operators ops, ResNet resnet, Map<String, INDArray> trained) {
        this.graph = graph;
        this.ops = ops;
        this.layers = new AttentionLayers(graph, ops);
        this.resnet = resnet;
        this.trained = trained;
    }

    /** Adds it, for normalised pixels [B, 3, H, W]; features [B, F]. */
    String features(String pixels) {
        graph.enter("stem");
        String x = pixels;
        for (int i = 0; i < resnet.stem().size(); i++) {
            x = relu(convolution("stem." + i, resnet.stem().get(i), x));
        }
        x = averaged(x, resnet.stemPool());
        for (int s = 0; s < resnet.stages().size(); s++) {
            for (int b = 0; b < resnet.stages().get(s).size(); b++) {
                String name = ResNet.blockName(s, b);
                graph.enter(name);
                x = block(name, resnet.stages().get(s).get(b), x);
            }
        }
        graph.enter("features");
        return pooled(x, resnet.pool());
    }

    /** relu(conv3(average(relu(conv2(relu(conv1 x))))) + shortcut). */
    private String block(String name, Block block, String x) {
        String y = relu(convolution(name + ".conv1", block.conv1(), x));
        y = relu(convolution(name + ".conv2", block.conv2(), y));
        y = convolution(name + ".conv3", block.conv3(), averaged(y, block.pool()));
        String shortcut = block.downsample()
                .map(d -> convolution(name + ".downsample", d, averaged(x, block.pool())))
                .orElse(x);
        return relu(ops.add(y, shortcut));
    }

    private String relu(String x) {
        return ops.activation(x, Activation.RELU);
    }

    private String averaged(String x, int side) {
        return side == 1
                ? x
                : graph.node(
                        "AveragePool",
                        List.of(x),
                        OnnxGraph.integers("kernel_shape", side, side),
                        OnnxGraph.integers("strides", side, side));
    }

    /** A convolution with its norm, and scale and shift behind both. */
    private String convolution(String name, Convolution c, String x) {
        Convolution folded = own(name, c).folded();
        INDArray weight = folded.weight();
        Optional<INDArray> bias = folded.bias();
        INDArray scale = trained.get(ScaleAndShift.scale(name));
        if (scale != null) {
            INDArray shift = trained.get(ScaleAndShift.shift(name));
            weight = weight.mul(scale.reshape(scale.length(), 1, 1, 1));
            bias = Optional.of(bias.map(values -> values.mul(scale).addi(shift)).orElse(shift));
        }
        return ops.convolution(name, x, weight, bias, new long[] {c.stride(), c.stride()}, c.padding());
    }

    private Convolution own(String name, Convolution c) {
        String conv = ResNet.convName(name);
        String norm = ResNet.normName(name);
        return new Convolution(
                own(conv + ".weight", c.weight()),
                c.bias().map(bias -> own(conv + ".bias", bias)),
                c.norm()
                        .map(n -> new BatchNorm(
                                own(norm + ".gain", n.gain()),
                                own(norm + ".bias", n.bias()),
                                own(norm + ".mean", n.mean()),
                                own(norm + ".variance", n.variance()),
                                n.epsilon())),
                c.stride(),
                c.padding());
    }

    /** The mean over all pixels asks, it and the pixels answer. */
    private String pooled(String x, AttentionPool pool) {
        INDArray table = own("pool.positions", pool.positions()); // [1 + n, D]
        long width = table.size(1);
        String pixels = ops.transposed(ops.reshaped(x, 0, width, -1), 0, 2, 1); // [B, n, D]
        String both = ops.concatenated(1, List.of(ops.mean(pixels, 1, true), pixels));
        String tokens = ops.add(both, graph.weight("pool.positions", table));
        String q = linear("pool.query", pool.query(), ops.slice(tokens, 1, 0, 1)); // [B, 1, D]
        String k = linear("pool.key", pool.key(), tokens); // [B, 1 + n, D]
        String v = linear("pool.value", pool.value(), tokens);
        int heads = pool.heads();
        String scaled = ops.multiply(q, graph.scalar(1 / Math.sqrt((double) width / heads)));
        String attended = layers.attention(
                layers.heads(scaled, heads, width),
                layers.heads(k, heads, width),
                layers.heads(v, heads, width),
                Optional.empty(),
                width); // [B, 1, D]
        return ops.entry(linear("pool.projection", pool.projection(), attended), 1, 0);
    }

    private String linear(String name, Linear linear, String x) {
        return ops.linear(
                name,
                x,
                new Linear(
                        own(name + ".weight", linear.weight()), linear.bias().map(bias -> own(name + ".bias", bias))));
    }

    private INDArray own(String name, INDArray value) {
        return trained.getOrDefault(name, value);
    }
}
