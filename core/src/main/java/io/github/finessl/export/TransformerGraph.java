package io.github.finessl.export;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.export.Operators.Norm;
import io.github.finessl.tuning.Site;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement.Shallow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Emits a tuned vision transformer: B images, T tokens of width D, h heads, P prompts.
 *
 * <p>As in training, deep prompts are keys and values alone. What they are before they meet an image depends on weights alone:
 * a runtime computes it once. Where the class token becomes the features, it alone asks in the last block, unless the
 * strategy adds nothing to the encoder: such a file is an ordinary transformer, which {@code OnnxEncoderReader} reads again.
 */
final class TransformerGraph {
    private final OnnxGraph graph;
    private final Operators ops;
    private final VisionTransformer vit;
    private final Map<String, INDArray> trained;
    private final MlpBranches branches;
    private final boolean shallow;
    private final boolean classTokenAsksAlone;
    private String batch = "";

    /** @param trained the strategy's parameters by name */
    TransformerGraph(
            OnnxGraph graph, Operators ops, VisionTransformer vit, Tuning tuning, Map<String, INDArray> trained) {
        this.graph = graph;
        this.ops = ops;
        this.vit = TunedWeights.of(vit, tuning, trained);
        this.trained = trained;
        this.branches = new MlpBranches(graph, ops, tuning, trained);
        this.shallow = tuning.prompts()
                .filter(prompts -> prompts.placement() instanceof Shallow)
                .isPresent();
        this.classTokenAsksAlone = vit.pooling() instanceof Pooling.ClassToken
                && (tuning.prompts().isPresent() || tuning.sites().contains(Site.MLP));
    }

    /** Adds it, for normalised pixels [B, 3, H, W]; features [B, D]. */
    String features(String pixels) {
        graph.enter("embedding");
        batch = ops.slice(graph.node("Shape", List.of(pixels)), 0, 0, 1); // [1]
        String x = embedded(pixels); // [B, T, D]
        if (vit.preNorm().isPresent()) {
            x = ops.norm(x, norm("preNorm", vit.preNorm().get()));
        }
        if (shallow) {
            x = ops.concatenated(1, List.of(x, perImage(prompt(0), 3)));
        }
        int last = vit.blocks().size() - 1;
        for (int b = 0; b <= last; b++) {
            graph.enter("block." + b);
            x = mlpHalf(b, attentionHalf(b, x, b == last && classTokenAsksAlone));
        }
        graph.enter("features");
        return pooled(x);
    }

    /** [class token + its position; registers; patches·E + bias + their positions]. */
    private String embedded(String pixels) {
        long width = vit.width();
        INDArray kernel =
                vit.patches().weight().transpose().dup('c').reshape(width, 3, vit.patchHeight(), vit.patchWidth());
        List<String> inputs = new ArrayList<>(List.of(pixels, graph.weight("patches.weight", kernel)));
        vit.patches().bias().ifPresent(bias -> inputs.add(graph.weight("patches.bias", bias)));
        long[] patch = {vit.patchHeight(), vit.patchWidth()};
        String grid = graph.node(
                "Conv", inputs, OnnxGraph.integers("kernel_shape", patch), OnnxGraph.integers("strides", patch));
        String patches = ops.transposed(ops.reshaped(grid, 0, width, -1), 0, 2, 1); // [B, n, D]

        long placed = vit.classToken().isPresent() ? 1 : 0;
        INDArray positions = vit.positions()
                .orElseThrow()
                .get(interval(placed, vit.positions().orElseThrow().size(0)), all());
        patches = ops.add(patches, graph.weight("positions", positions.dup('c')));
        List<String> tokens = new ArrayList<>();
        vit.classToken()
                .ifPresent(token -> tokens.add(perImage(
                        graph.weight(
                                "classToken",
                                token.add(vit.positions().orElseThrow().getRow(0))
                                        .reshape(1, 1, width)),
                        3)));
        vit.registers()
                .ifPresent(registers -> tokens.add(
                        perImage(graph.weight("registers", registers.reshape(1, registers.size(0), width)), 3)));
        tokens.add(patches);
        return tokens.size() == 1 ? patches : ops.concatenated(1, tokens);
    }

    /** A tensor repeated for every image: [1, ..] to [B, ..]. */
    private String perImage(String one, int rank) {
        long[] ones = new long[rank - 1];
        Arrays.fill(ones, 1);
        return graph.node("Expand", List.of(one, ops.concatenated(0, List.of(batch, graph.integers(ones)))));
    }

    /** [1, P, D]. */
    private String prompt(int block) {
        String name = VisualPrompts.parameter(block);
        INDArray tokens = trained.get(name);
        return graph.weight(name, tokens.reshape(1, tokens.size(0), tokens.size(1)));
    }

    /** x + out(attention(norm1 x)): [B, T, D] to [B, T, D], or to the class token's [B, 1, D]. */
    private String attentionHalf(int b, String x, boolean classTokenOnly) {
        String name = "block." + b;
        Block block = vit.blocks().get(b);
        Norm norm1 = norm(name + ".norm1", block.norm1());
        String normal = ops.norm(x, norm1);
        List<String> qkv; // [B, h, T, D/h] each, of queries perhaps those of one token
        List<String> promptKeysAndValues = List.of(); // [1, h, P, D/h] each
        boolean prompted = !shallow && trained.containsKey(VisualPrompts.parameter(b));
        if (classTokenOnly) {
            long width = vit.width();
            Linear q = columns(block.qkv(), 0, width);
            Linear kv = columns(block.qkv(), width, 3 * width);
            Projection keysAndValues = projection(name + ".kv", kv);
            qkv = new ArrayList<>(heads(projection(name + ".q", q), ops.slice(normal, 1, 0, 1), 1));
            qkv.addAll(heads(keysAndValues, normal, 2));
            if (prompted) {
                promptKeysAndValues = heads(keysAndValues, ops.norm(prompt(b), norm1), 2);
            }
        } else {
            Projection all = projection(name + ".qkv", block.qkv());
            qkv = heads(all, normal, 3);
            if (prompted) {
                promptKeysAndValues = heads(all, ops.norm(prompt(b), norm1), 3).subList(1, 3);
            }
        }
        String keys = withPrompts(qkv.get(1), promptKeysAndValues, 0);
        String values = withPrompts(qkv.get(2), promptKeysAndValues, 1);
        String attended = attention(qkv.get(0), keys, values); // [B, T, D]
        String asking = classTokenOnly ? ops.slice(x, 1, 0, 1) : x;
        return ops.add(asking, ops.linear(name + ".out", attended, block.out()));
    }

    /** Names of a linear layer's weights. */
    private record Projection(String weight, Optional<String> bias) {}

    private Projection projection(String name, Linear linear) {
        return new Projection(
                graph.weight(name + ".weight", linear.weight()),
                linear.bias().map(bias -> graph.weight(name + ".bias", bias)));
    }

    private static Linear columns(Linear linear, long from, long to) {
        return new Linear(
                linear.weight().get(all(), interval(from, to)).dup('c'),
                linear.bias().map(bias -> bias.get(interval(from, to)).dup('c')));
    }

    /** Tokens [B, T, D] to so many parts of [B, h, T, D/h]. */
    private List<String> heads(Projection projection, String tokens, int parts) {
        long each = vit.width() / vit.heads();
        String all = ops.affine(tokens, projection.weight(), projection.bias()); // [B, T, parts·D]
        String split = ops.transposed(
                ops.reshaped(all, 0, -1, parts, vit.heads(), each), 2, 0, 3, 1, 4); // [parts, B, h, T, D/h]
        return IntStream.range(0, parts)
                .mapToObj(part -> ops.entry(split, 0, part))
                .toList();
    }

    private String withPrompts(String tokens, List<String> prompts, int part) {
        return prompts.isEmpty() ? tokens : ops.concatenated(2, List.of(tokens, perImage(prompts.get(part), 4)));
    }

    /** softmax(q·kᵀ/√(D/h))·v, the heads' results side by side: [B, T, D]. */
    private String attention(String q, String k, String v) {
        String scaled = ops.multiply(q, graph.scalar(1 / Math.sqrt((double) vit.width() / vit.heads())));
        String scores = graph.node("MatMul", List.of(scaled, ops.transposed(k, 0, 1, 3, 2)));
        String mixed = graph.node("MatMul", List.of(ops.softmax(scores, 4), v)); // [B, h, T, D/h]
        return ops.reshaped(ops.transposed(mixed, 0, 2, 1, 3), 0, -1, vit.width());
    }

    /** x + fc2(act(fc1(norm2 x))), and what adapters make of the branch. */
    private String mlpHalf(int b, String x) {
        String name = "block." + b;
        Block block = vit.blocks().get(b);
        String normal = ops.norm(x, norm(name + ".norm2", block.norm2()));
        String hidden = ops.activation(
                ops.linear(name + ".fc1", normal, block.mlp().fc1()),
                block.mlp().activation());
        String branch = ops.linear(name + ".fc2", hidden, block.mlp().fc2());
        return ops.add(x, branches.added(b, x, branch));
    }

    /** The last block's tokens to features [B, D]; prompts are in no mean. */
    private String pooled(String x) {
        Norm norm = norm("finalNorm", vit.finalNorm().orElseThrow());
        if (vit.pooling() instanceof Pooling.MeanThenNorm mean) {
            return ops.norm(mean(x, mean.first()), norm);
        } else if (vit.pooling() instanceof Pooling.NormThenMean mean) {
            return mean(ops.norm(x, norm), mean.first());
        }
        return ops.entry(ops.norm(x, norm), 1, 0);
    }

    private String mean(String x, int first) {
        boolean every = first == 0 && !shallow;
        return ops.mean(every ? x : ops.slice(x, 1, first, vit.tokens()), 1, false);
    }

    private Norm norm(String name, LayerNorm norm) {
        return ops.normOf(name, norm.gain(), norm.bias(), norm.epsilon());
    }
}
