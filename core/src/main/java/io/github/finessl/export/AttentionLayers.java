package io.github.finessl.export;

import io.github.finessl.export.Operators.Norm;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Emits attention between B images' tokens with h heads. Every method adds nodes and names the result. */
final class AttentionLayers {
    private final OnnxGraph graph;
    private final Operators ops;

    AttentionLayers(OnnxGraph graph, Operators ops) {
        this.graph = graph;
        this.ops = ops;
    }

    /** [B, T, parts·width] to so many parts of [B, h, T, width/h]. */
    List<String> heads(String all, int parts, int heads, long width) {
        String split = ops.transposed(
                ops.reshaped(all, 0, -1, parts, heads, width / heads), 2, 0, 3, 1, 4); // [parts, B, h, T, width/h]
        return IntStream.range(0, parts)
                .mapToObj(part -> ops.entry(split, 0, part))
                .toList();
    }

    /** [B, T, width] to [B, h, T, width/h]. */
    String heads(String tokens, int heads, long width) {
        return ops.transposed(ops.reshaped(tokens, 0, -1, heads, width / heads), 0, 2, 1, 3);
    }

    /** [B, h, T, width/h], each head normed by itself, or, where the norm is wider, all together. */
    String normed(String x, Optional<Norm> norm, int heads, long width) {
        if (norm.isEmpty() || norm.get().width() == width / heads) {
            return norm.map(present -> ops.norm(x, present)).orElse(x);
        }
        return heads(ops.norm(joined(x, width), norm.get()), heads, width);
    }

    /** softmax(q·kᵀ + bias)·v, the heads' results side by side: [B, T, width]; q is scaled already. */
    String attention(String q, String k, String v, Optional<String> bias, long width) {
        String product = graph.node("MatMul", List.of(q, ops.transposed(k, 0, 1, 3, 2)));
        String scores = bias.map(added -> ops.add(product, added)).orElse(product);
        String mixed = graph.node("MatMul", List.of(ops.softmax(scores, 4), v)); // [B, h, T, width/h]
        return joined(mixed, width);
    }

    /** [B, h, T, width/h] to [B, T, width]. */
    private String joined(String heads, long width) {
        return ops.reshaped(ops.transposed(heads, 0, 2, 1, 3), 0, -1, width);
    }
}
