package io.github.finessl.export;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import io.github.finessl.encoder.Pooling;
import io.github.finessl.encoder.Pooling.ResidualMlp;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.Block;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import io.github.finessl.encoder.VisionTransformer.Mlp;
import io.github.finessl.encoder.VisionTransformer.QueryKey;
import io.github.finessl.encoder.VisionTransformer.Rotation;
import io.github.finessl.export.Operators.Norm;
import io.github.finessl.tuning.Site;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement.Shallow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Emits a tuned vision transformer: B images, T tokens of width D, h heads, P prompts.
 *
 * <p>As in training, deep prompts are keys and values alone. Where the class token becomes the features, it alone asks in the last block, unless the
 * strategy adds nothing to the encoder: such a file is an ordinary transformer, which {@code OnnxEncoderReader} reads again.
 */
final class TransformerGraph {
    private final OnnxGraph graph;
    private final Operators ops;
    private final VisionTransformer vit;
    private final Map<String, INDArray> trained;
    private final AttentionLayers layers;
    private final MlpBranches branches;
    private final int prompts;
    private final boolean shallow;
    private final boolean classTokenAsksAlone;
    /** Those of all tokens, which blocks with one rotation share. */
    private final IdentityHashMap<Rotation, Angles> angles = new IdentityHashMap<>();

    private String batch = "";

    /** @param trained the strategy's parameters by name */
    TransformerGraph(
            OnnxGraph graph, Operators ops, VisionTransformer vit, Tuning tuning, Map<String, INDArray> trained) {
        this.graph = graph;
        this.ops = ops;
        this.vit = TunedWeights.of(vit, tuning, trained);
        this.trained = trained;
        this.layers = new AttentionLayers(graph, ops);
        this.branches = new MlpBranches(graph, ops, tuning, trained);
        this.prompts = tuning.prompts().map(VisualPrompts::length).orElse(0);
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
        x = norm("preNorm", x, vit.embedding().preNorm());
        if (shallow) {
            String name = VisualPrompts.parameter(0);
            String prompt = graph.weight(name, trained.get(name).reshape(1, prompts, vit.width()));
            x = ops.concatenated(1, List.of(x, perImage(prompt, 3)));
        }
        int last = vit.blocks().size() - 1;
        for (int b = 0; b <= last; b++) {
            graph.enter("block." + b);
            x = attentionHalf(b, x, b == last && classTokenAsksAlone);
            String branch = branch("block." + b, x, vit.blocks().get(b));
            x = ops.add(x, branches.added(b, x, branch));
        }
        graph.enter("features");
        return norm("pooledNorm", pooled(x), vit.pooledNorm());
    }

    /** [class token + its position; registers; patches·E + bias + their positions]. */
    private String embedded(String pixels) {
        long width = vit.width();
        INDArray kernel = vit.embedding()
                .patches()
                .weight()
                .transpose()
                .dup('c')
                .reshape(width, 3, vit.patchHeight(), vit.patchWidth());
        long[] patch = {vit.patchHeight(), vit.patchWidth()};
        String grid = ops.convolution(
                "patches", pixels, kernel, vit.embedding().patches().bias(), patch, 0);
        String patches = ops.transposed(ops.reshaped(grid, 0, width, -1), 0, 2, 1); // [B, n, D]

        patches = norm("patchNorm", patches, vit.embedding().patchNorm());
        long placed = vit.embedding().classToken().isPresent() ? 1 : 0;
        Optional<INDArray> positions = vit.embedding().positions();
        if (positions.isPresent()) {
            INDArray ofPatches =
                    positions.get().get(interval(placed, positions.get().size(0)), all());
            patches = ops.add(patches, graph.weight("positions", ofPatches.dup('c')));
        }
        List<String> tokens = new ArrayList<>();
        vit.embedding()
                .classToken()
                .map(token -> positions.map(table -> token.add(table.getRow(0))).orElse(token))
                .ifPresent(token -> tokens.add(perImage(graph.weight("classToken", token.reshape(1, 1, width)), 3)));
        vit.embedding()
                .registers()
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

    /** x + out(attention(norm1 x)): [B, T, D] to [B, T, D], or to the class token's [B, 1, D]. */
    private String attentionHalf(int b, String x, boolean classTokenOnly) {
        String name = "block." + b;
        Block block = vit.blocks().get(b);
        long width = vit.width();
        String normal = ops.norm(x, ops.normOf(name + ".norm1", block.norm1()));
        List<String> qkv; // [B, h, T, D/h] each, of queries perhaps those of one token
        if (classTokenOnly) {
            String q = ops.linear(name + ".q", ops.slice(normal, 1, 0, 1), columns(block.qkv(), 0, width));
            String kv = ops.linear(name + ".kv", normal, columns(block.qkv(), width, 3 * width));
            qkv = new ArrayList<>(List.of(layers.heads(q, vit.heads(), width)));
            qkv.addAll(layers.heads(kv, 2, vit.heads(), width));
        } else {
            qkv = layers.heads(ops.linear(name + ".qkv", normal, block.qkv()), 3, vit.heads(), width);
        }
        String attended = attention(b, block, qkv, classTokenOnly); // [B, T, D]
        String normalised = norm(name + ".attendedNorm", attended, block.attendedNorm());
        String asking = classTokenOnly ? ops.slice(x, 1, 0, 1) : x;
        return ops.add(asking, ops.linear(name + ".out", normalised, block.out()));
    }

    /** Attention with what the block does to queries, keys and scores: prompts are normed, but neither turned nor biased. */
    private String attention(int b, Block block, List<String> qkv, boolean classTokenOnly) {
        String name = "block." + b;
        Optional<INDArray> prompt =
                shallow ? Optional.empty() : Optional.ofNullable(trained.get(VisualPrompts.parameter(b)));
        int tokens = vit.tokens() + (shallow ? prompts : 0);
        String q = qkv.get(0);
        String k = qkv.get(1);
        String v = qkv.get(2);
        Optional<String> bias = Optional.empty();
        if (block.qk().isPresent()) {
            QueryKey qk = block.qk().get();
            q = layers.normed(q, normOf(name + ".queryNorm", qk.queryNorm()), vit.heads(), vit.width());
            k = layers.normed(k, normOf(name + ".keyNorm", qk.keyNorm()), vit.heads(), vit.width());
            if (qk.rotation().isPresent()) {
                Rotation rotation = qk.rotation().get();
                Angles ofAll = angles.computeIfAbsent(rotation, each -> angles(name, each, tokens));
                k = rotated(k, ofAll);
                q = rotated(q, classTokenOnly ? angles(name + ".query", rotation, 1) : ofAll);
            }
            bias = qk.biasOf(classTokenOnly ? 1 : tokens, tokens + (prompt.isPresent() ? prompts : 0))
                    .map(scores -> graph.weight(name + ".scoreBias", scores));
        }
        if (prompt.isPresent()) {
            PromptTokens added = PromptTokens.of(prompt.get(), block, vit.heads());
            String parameter = VisualPrompts.parameter(b);
            k = ops.concatenated(2, List.of(k, perImage(graph.weight(parameter + ".keys", added.keys()), 4)));
            v = ops.concatenated(2, List.of(v, perImage(graph.weight(parameter + ".values", added.values()), 4)));
        }
        String scaled = ops.multiply(q, graph.scalar(1 / Math.sqrt((double) vit.width() / vit.heads())));
        return layers.attention(scaled, k, v, bias, vit.width());
    }

    private static Linear columns(Linear linear, long from, long to) {
        return new Linear(
                linear.weight().get(all(), interval(from, to)).dup('c'),
                linear.bias().map(bias -> bias.get(interval(from, to)).dup('c')));
    }

    /** Entries (a, b) of [B, h, T, D/h] in halves to (a·cos - b·sin, b·cos + a·sin); tokens without an angle stay. */
    private String rotated(String x, Angles angles) {
        long half = vit.width() / vit.heads() / 2;
        String turned = ops.concatenated(
                3, List.of(graph.node("Neg", List.of(ops.slice(x, 3, half, 2 * half))), ops.slice(x, 3, 0, half)));
        return ops.add(ops.multiply(x, angles.cos()), ops.multiply(turned, angles.sin()));
    }

    /** Names of a rotation's cosines and sines of both halves. */
    private record Angles(String cos, String sin) {}

    private Angles angles(String name, Rotation rotation, int tokens) {
        return new Angles(
                graph.weight(name + ".cos", twice(rotation.cos(), 1, tokens)),
                graph.weight(name + ".sin", twice(rotation.sin(), 0, tokens)));
    }

    /** Angles [h, T, w] of both halves [h, tokens, 2·w]; those of tokens behind the image's are {@code rest}. */
    private static INDArray twice(INDArray angles, double rest, int tokens) {
        long half = angles.size(2);
        long known = Math.min(tokens, angles.size(1));
        INDArray both = Nd4j.valueArrayOf(new long[] {angles.size(0), tokens, 2 * half}, rest, DataType.FLOAT);
        INDArray first = angles.get(all(), interval(0, known), all());
        both.get(all(), interval(0, known), interval(0, half)).assign(first);
        both.get(all(), interval(0, known), interval(half, 2 * half)).assign(first);
        return both;
    }

    /** fc2(innerNorm(act(fc1(norm2 x)))), gated or not. */
    private String branch(String name, String x, Block block) {
        return mlp(name, ops.norm(x, ops.normOf(name + ".norm2", block.norm2())), block.mlp());
    }

    /** Of normalised tokens [B, T, D]. */
    private String mlp(String name, String normal, Mlp mlp) {
        String hidden = ops.linear(name + ".fc1", normal, mlp.fc1());
        String activated;
        if (mlp.gated()) {
            long width = mlp.fc2().weight().size(0);
            String gate = ops.activation(ops.slice(hidden, 2, 0, width), mlp.activation());
            activated = ops.multiply(gate, ops.slice(hidden, 2, width, 2 * width));
        } else {
            activated = ops.activation(hidden, mlp.activation());
        }
        return ops.linearF32(name + ".fc2", norm(name + ".innerNorm", activated, mlp.innerNorm()), mlp.fc2());
    }

    /** Tokens to one vector; prompts are in no mean, and not asked. */
    private String pooled(String x) {
        if (vit.pooling() instanceof Pooling.MeanThenNorm mean) {
            return norm("finalNorm", ops.mean(ofImage(x, mean.first()), 1, false), vit.finalNorm());
        }
        String normal = norm("finalNorm", x, vit.finalNorm());
        if (vit.pooling() instanceof Pooling.NormThenMean mean) {
            return ops.mean(ofImage(normal, mean.first()), 1, false);
        } else if (vit.pooling() instanceof Pooling.Attention attention) {
            return asked(attention, ofImage(normal, attention.first()));
        }
        return ops.entry(normal, 1, 0);
    }

    /** The tokens from a number on, without prompts. */
    private String ofImage(String x, int first) {
        return first == 0 && !shallow ? x : ops.slice(x, 1, first, vit.tokens());
    }

    private String asked(Pooling.Attention pooling, String tokens) {
        int heads = pooling.heads();
        long width = pooling.query().length();
        INDArray query = pooling.query().reshape(1, heads, 1, width / heads).div(Math.sqrt((double) width / heads));
        List<String> kv = layers.heads(ops.linear("pooling.kv", tokens, pooling.kv()), 2, heads, width);
        String keys = layers.normed(kv.get(0), normOf("pooling.keyNorm", pooling.keyNorm()), heads, width);
        String answer = layers.attention(
                graph.weight("pooling.query", query), keys, kv.get(1), Optional.empty(), width); // [B, 1, E]
        String y = ops.linear("pooling.out", answer, pooling.out());
        if (pooling.residual().isPresent()) {
            ResidualMlp residual = pooling.residual().get();
            String normal = ops.norm(y, ops.normOf("pooling.norm", residual.norm()));
            y = ops.add(y, mlp("pooling", normal, residual.mlp()));
        }
        return ops.entry(y, 1, 0);
    }

    private Optional<Norm> normOf(String name, Optional<LayerNorm> norm) {
        return norm.map(present -> ops.normOf(name, present));
    }

    private String norm(String name, String x, Optional<LayerNorm> norm) {
        return norm.map(present -> ops.norm(x, ops.normOf(name, present))).orElse(x);
    }
}
