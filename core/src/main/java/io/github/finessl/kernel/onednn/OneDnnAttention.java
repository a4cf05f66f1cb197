package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.onednn.OneDnnOps.Layout;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;

/**
 * Attention over tokens and prompts of a few images on one core, so that few scores lie in memory at a time. The heads of
 * q, k and v are gathered into dense arrays, q scaled, where the prompts' keys and values follow the tokens'. The backward pass
 * computes scores and softmax again.
 */
final class OneDnnAttention {

    private enum Scratch {
        Q,
        K,
        V,
        SCORES,
        FACTOR,
        GRADIENT,
        D_OUT,
        D_Q,
        D_K,
        D_V,
        ROW
    }

    private final OneDnn library;
    private final OneDnnOps ops;
    private final OneDnnSoftmax softmax;
    private final data_type factors;
    private final long factorBytes;

    OneDnnAttention(OneDnn library, OneDnnOps ops, boolean bf16) {
        this.library = library;
        this.ops = ops;
        softmax = new OneDnnSoftmax(library, ops);
        factors = bf16 ? data_type.bf16 : data_type.f32;
        factorBytes = bf16 ? 2 : Rows.FLOAT;
    }

    /** The sizes of a piece of work: images, heads, queries, tokens, prompts and the width of a head. */
    record Shape(long images, long heads, long queries, long tokens, long prompts, long width) {

        static Shape ofOneImage(Rows q, Rows k, Rows promptK, int heads) {
            long prompts = promptK == null ? 0 : promptK.rows();
            return new Shape(1, heads, q.rows(), k.rows(), prompts, q.width() / heads);
        }

        Shape of(long images) {
            return new Shape(images, heads, queries, tokens, prompts, width);
        }

        Shape ofHeads(long count) {
            return new Shape(images, count, queries, tokens, prompts, width);
        }

        Shape ofQueries(long count) {
            return new Shape(images, heads, count, tokens, prompts, width);
        }

        long keys() {
            return tokens + prompts;
        }

        long rows() {
            return images * heads * queries;
        }

        long pairs() {
            return rows() * keys();
        }

        /** Numbers in the keys, or in the values. */
        long keyed() {
            return images * heads * keys() * width;
        }

        float scale() {
            return (float) (1 / Math.sqrt((double) width));
        }

        /** Dense [images, heads, rows, columns]. */
        Layout dense(data_type type, long rows, long columns) {
            return Layout.dense(type, images, heads, rows, columns);
        }

        /** The last {@code columns} of [images, heads, queries, keys]. */
        Layout amongPairs(data_type type, long columns) {
            return new Layout(
                    type, images, heads, queries, columns, heads * queries * keys(), queries * keys(), keys(), 1);
        }

        /** [images, heads, rows, width] within dense [images, heads, keys, width]. */
        Layout amongKeys(data_type type, long rows) {
            return new Layout(type, images, heads, rows, width, heads * keys() * width, keys() * width, width, 1);
        }

        /** [images, heads, rows, width] as it lies in the caller's [images, rows, heads·width]. */
        Layout in(Rows a) {
            return new Layout(data_type.f32, images, heads, a.rows(), width, a.imageStride(), width, a.rowStride(), 1);
        }
    }

    /**
     * What is added to scaled scores, dense.
     *
     * @param perHead whether each head has its own [queries, keys], one after the other
     */
    record ScoreBias(long address, boolean perHead) {

        /** That of the heads from {@code first} on. */
        ScoreBias from(long first, Shape s) {
            return perHead ? new ScoreBias(Floats.on(address, first * s.queries() * s.keys()), true) : this;
        }
    }

    /** {@link Kernels#attention} of a few images; prompts and bias may be null. */
    void forward(Shape s, Rows q, Rows k, Rows v, Rows promptK, Rows promptV, ScoreBias bias, Rows out) {
        gather(s, q, k, v, promptK, promptV);
        long probabilities = scores(s, bias);
        softmax.forward(s.rows(), s.keys(), probabilities);
        long result = floats(Scratch.D_OUT, s.rows() * s.width());
        multiply(
                s.dense(factors, s.queries(), s.keys()),
                factor(s, probabilities),
                s.dense(factors, s.keys(), s.width()),
                floats(Scratch.V, s.keyed()),
                result);
        ops.copy(s.dense(data_type.f32, s.queries(), s.width()), result, s.in(out), out.address());
    }

    /**
     * {@link Kernels#attentionBackward} of a few images.
     *
     * @param dPrompts where each image leaves its gradient: keys [heads, P, width], then values; 0 for nowhere
     */
    void backward(
            Shape s,
            Rows q,
            Rows k,
            Rows v,
            Rows promptK,
            Rows promptV,
            ScoreBias bias,
            Rows dOut,
            Rows dq,
            Rows dk,
            Rows dv,
            long dPrompts) {
        gather(s, q, k, v, promptK, promptV);
        Layout queries = s.dense(factors, s.queries(), s.width());
        Layout keys = s.dense(factors, s.keys(), s.width());
        long dResult = floats(Scratch.D_OUT, s.rows() * s.width());
        ops.copy(s.in(dOut), dOut.address(), queries, dResult);

        // Without a gradient of tokens only the prompts' columns of the pairs are needed.
        boolean tokens = dq != null;
        long skipped = tokens ? 0 : s.tokens();
        Layout pairs = s.amongPairs(factors, s.keys() - skipped);
        long skippedBytes = skipped * factorBytes;

        long p = scores(s, bias);
        softmax.forward(s.rows(), s.keys(), p);
        long dValues = floats(Scratch.D_V, s.keyed());
        multiply(pairs.transposed(), factor(s, p) + skippedBytes, queries, dResult, dValues);

        long gradient = floats(Scratch.GRADIENT, s.pairs());
        multiply(queries, dResult, keys.transposed(), floats(Scratch.V, s.keyed()), gradient);
        softmax.backward(s.rows(), s.keys(), p, gradient);
        long dScores = factor(s, gradient);
        long dKeys = floats(Scratch.D_K, s.keyed());
        long queriesAt = floats(Scratch.Q, s.rows() * s.width());
        multiply(pairs.transposed(), dScores + skippedBytes, queries, queriesAt, dKeys);

        if (tokens) {
            long dQueries = floats(Scratch.D_Q, s.rows() * s.width());
            multiply(pairs, dScores, keys, floats(Scratch.K, s.keyed()), dQueries);
            ops.copy(s.dense(data_type.f32, s.queries(), s.width()), dQueries, s.in(dq), dq.address(), s.scale());
            ops.copy(s.amongKeys(data_type.f32, s.tokens()), dKeys, s.in(dk), dk.address());
            ops.copy(s.amongKeys(data_type.f32, s.tokens()), dValues, s.in(dv), dv.address());
        }
        if (dPrompts != 0) {
            Shape computed = tokens ? s : new Shape(s.images(), s.heads(), s.queries(), 0, s.prompts(), s.width());
            leavePrompts(computed, dKeys, dPrompts);
            leavePrompts(computed, dValues, dPrompts + s.heads() * s.prompts() * s.width() * Rows.FLOAT);
        }
    }

    /** Adds up what each image left, keys and values one after the other, into the prompts' gradients. */
    void sumPrompts(Shape s, long left, long images, Rows dPromptK, Rows dPromptV) {
        Shape one = s.of(1);
        long size = s.heads() * s.prompts() * s.width();
        for (long i = 1; i < images; i++) {
            long next = left + 2 * i * size * Rows.FLOAT;
            ops.binary(dnnl.dnnl_binary_add, 1, 2 * size, false, left, next, left);
        }
        Layout part = one.dense(data_type.f32, s.prompts(), s.width());
        ops.copy(part, left, one.in(dPromptK), dPromptK.address());
        ops.copy(part, left + size * Rows.FLOAT, one.in(dPromptV), dPromptV.address());
    }

    /** The prompts' part of the gradients of all keys, image by image. */
    private void leavePrompts(Shape s, long gradients, long left) {
        long size = s.heads() * s.prompts() * s.width();
        Layout to = new Layout(
                data_type.f32,
                s.images(),
                s.heads(),
                s.prompts(),
                s.width(),
                2 * size,
                s.prompts() * s.width(),
                s.width(),
                1);
        ops.copy(s.amongKeys(data_type.f32, s.prompts()), gradients + s.tokens() * s.width() * Rows.FLOAT, to, left);
    }

    private void gather(Shape s, Rows q, Rows k, Rows v, Rows promptK, Rows promptV) {
        long keys = floats(Scratch.K, s.keyed());
        long values = floats(Scratch.V, s.keyed());
        Layout tokens = s.amongKeys(factors, s.tokens());
        ops.copy(
                s.in(q),
                q.address(),
                s.dense(factors, s.queries(), s.width()),
                floats(Scratch.Q, s.rows() * s.width()),
                s.scale());
        ops.copy(s.in(k), k.address(), tokens, keys);
        ops.copy(s.in(v), v.address(), tokens, values);
        if (promptK == null) {
            return;
        }
        Shape one = s.of(1);
        Layout prompts = one.amongKeys(factors, s.prompts());
        for (long image = 0; image < s.images(); image++) {
            long offset = (image * s.heads() * s.keys() + s.tokens()) * s.width() * factorBytes;
            ops.copy(one.in(promptK), promptK.address(), prompts, keys + offset);
            ops.copy(one.in(promptV), promptV.address(), prompts, values + offset);
        }
    }

    /** Scaled scores [images, heads, queries, keys], plus a bias that may be null. */
    private long scores(Shape s, ScoreBias bias) {
        long scores = floats(Scratch.SCORES, s.pairs());
        multiply(
                s.dense(factors, s.queries(), s.width()),
                floats(Scratch.Q, s.rows() * s.width()),
                s.dense(factors, s.keys(), s.width()).transposed(),
                floats(Scratch.K, s.keyed()),
                scores);
        if (bias != null) {
            long each = bias.perHead() ? s.heads() * s.queries() * s.keys() : s.queries() * s.keys();
            for (long from = 0; from < s.pairs(); from += each) {
                long at = Floats.on(scores, from);
                ops.binary(dnnl.dnnl_binary_add, 1, each, false, at, bias.address(), at);
            }
        }
        return scores;
    }

    /** Probabilities or their gradients as a factor of a product. */
    private long factor(Shape s, long pairs) {
        if (factors == data_type.f32) {
            return pairs;
        }
        long rounded = floats(Scratch.FACTOR, s.pairs());
        ops.copy(
                s.dense(data_type.f32, s.queries(), s.keys()), pairs, s.dense(factors, s.queries(), s.keys()), rounded);
        return rounded;
    }

    /** A buffer of this many numbers of either type. */
    private long floats(Scratch name, long count) {
        return library.scratch(name, count * Rows.FLOAT);
    }

    private record Product(Layout a, Layout b) {}

    /** c = a·b for each image and head, c dense. */
    private void multiply(Layout a, long left, Layout b, long right, long result) {
        if (a.d0() * a.d1() * a.d2() == 1 && a.s3() != 1) { // a column, which oneDNN 3.8.1 reads as if it lay dense
            long row = floats(Scratch.ROW, a.d3());
            Layout dense = Layout.dense(a.type(), 1, 1, 1, a.d3());
            ops.copy(a, left, dense, row);
            multiply(dense, row, b, right, result);
            return;
        }
        library.primitive(new Product(a, b), () -> {
                    memory.desc source = a.desc();
                    memory.desc weights = b.desc();
                    memory.desc target = Layout.dense(data_type.f32, a.d0(), a.d1(), a.d2(), b.d3())
                            .desc();
                    matmul.primitive_desc description =
                            new matmul.primitive_desc(library.cpu, source, weights, target, OneDnn.attributes(), false);
                    return library.bind(
                            description,
                            new matmul(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, source),
                            new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, weights),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, target));
                })
                .run(left, right, result);
    }
}
