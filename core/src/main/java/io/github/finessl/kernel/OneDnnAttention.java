package io.github.finessl.kernel;

import io.github.finessl.kernel.OneDnnOps.Layout;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reduction;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;

/**
 * Attention over tokens and prompts, a few images at a time, so that their scores never leave the cache. The heads of
 * q, k and v are gathered into dense arrays, where the prompts' keys and values follow the tokens'. The backward pass
 * computes scores and softmax again.
 */
final class OneDnnAttention {

    /** Bytes of the scores of a chunk of images. */
    private static final long CHUNK_BYTES = 1 << 21;

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
        SUM_K,
        SUM_V,
        MAXIMUM,
        PROBABILITY,
        LOG_SUM
    }

    private final OneDnn library;
    private final OneDnnOps ops;
    private final data_type factors;
    private final long factorBytes;

    OneDnnAttention(OneDnn library, OneDnnOps ops, boolean bf16) {
        this.library = library;
        this.ops = ops;
        factors = bf16 ? data_type.bf16 : data_type.f32;
        factorBytes = bf16 ? 2 : Rows.FLOAT;
    }

    /** The sizes of a chunk: images, heads, queries, tokens, prompts and the width of a head. */
    private record Shape(long images, long heads, long queries, long tokens, long prompts, long width) {

        static Shape of(Rows q, Rows k, Rows promptK, int heads) {
            long prompts = promptK == null ? 0 : promptK.rows();
            long scores = heads * q.rows() * (k.rows() + prompts) * Rows.FLOAT;
            long most = Math.max(1, Math.min(q.images(), CHUNK_BYTES / scores));
            long chunks = (q.images() + most - 1) / most;
            long images = (q.images() + chunks - 1) / chunks;
            return new Shape(images, heads, q.rows(), k.rows(), prompts, q.width() / heads);
        }

        Shape of(long images) {
            return new Shape(images, heads, queries, tokens, prompts, width);
        }

        long keys() {
            return tokens + prompts;
        }

        long rows() {
            return images * heads * queries;
        }

        float scale() {
            return (float) (1 / Math.sqrt((double) width));
        }

        /** Dense [images, heads, rows, columns]. */
        Layout dense(data_type type, long rows, long columns) {
            return Layout.dense(type, images, heads, rows, columns);
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

    void forward(Rows q, Rows k, Rows v, Rows promptK, Rows promptV, int heads, Rows out, Rows logSumExp) {
        if (logSumExp != null && !(logSumExp.dense() && logSumExp.imageStride() == heads * q.rows())) {
            throw new IllegalArgumentException("logSumExp must be dense");
        }
        Shape most = Shape.of(q, k, promptK, heads);
        gatherPrompts(most, promptK, promptV);
        for (long from = 0; from < q.images(); from += most.images()) {
            Shape s = most.of(Math.min(most.images(), q.images() - from));
            gather(s, q, k, v, from);
            long scores = scores(s);
            long probabilities = softmax(s, scores, logSumExp, from);
            long result = floats(Scratch.D_OUT, s.rows() * s.width());
            multiply(
                    s.dense(factors, s.queries(), s.keys()),
                    factor(s, probabilities),
                    s.dense(factors, s.keys(), s.width()),
                    factors(Scratch.V, s.images() * s.heads() * s.keys() * s.width()),
                    1f,
                    result);
            ops.copy(s.dense(data_type.f32, s.queries(), s.width()), result, s.in(out), out.image(from), false);
        }
    }

    void backward(
            Rows q,
            Rows k,
            Rows v,
            Rows promptK,
            Rows promptV,
            int heads,
            Rows dOut,
            Rows dq,
            Rows dk,
            Rows dv,
            Rows dPromptK,
            Rows dPromptV) {
        Shape most = Shape.of(q, k, promptK, heads);
        gatherPrompts(most, promptK, promptV);
        for (long from = 0; from < q.images(); from += most.images()) {
            Shape s = most.of(Math.min(most.images(), q.images() - from));
            long keyed = s.images() * s.heads() * s.keys() * s.width();
            Layout queries = s.dense(factors, s.queries(), s.width());
            Layout keys = s.dense(factors, s.keys(), s.width());
            Layout pairs = s.dense(factors, s.queries(), s.keys());
            gather(s, q, k, v, from);
            long dResult = factors(Scratch.D_OUT, s.rows() * s.width());
            ops.copy(s.in(dOut), dOut.image(from), queries, dResult, false);

            long p = softmax(s, scores(s), null, from);
            long dValues = floats(Scratch.D_V, keyed);
            multiply(pairs.transposed(), factor(s, p), queries, dResult, 1f, dValues);

            long gradient = floats(Scratch.GRADIENT, s.rows() * s.keys());
            multiply(queries, dResult, keys.transposed(), factors(Scratch.V, keyed), 1f, gradient);
            softmaxBackward(s.rows(), s.keys(), p, gradient);
            long dScores = factor(s, gradient);
            long dKeys = floats(Scratch.D_K, keyed);
            multiply(pairs.transposed(), dScores, queries, factors(Scratch.Q, s.rows() * s.width()), s.scale(), dKeys);

            if (dq != null) {
                long dQueries = floats(Scratch.D_Q, s.rows() * s.width());
                multiply(pairs, dScores, keys, factors(Scratch.K, keyed), s.scale(), dQueries);
                ops.copy(s.dense(data_type.f32, s.queries(), s.width()), dQueries, s.in(dq), dq.image(from), false);
                ops.copy(s.amongKeys(data_type.f32, s.tokens()), dKeys, s.in(dk), dk.image(from), false);
                ops.copy(s.amongKeys(data_type.f32, s.tokens()), dValues, s.in(dv), dv.image(from), false);
            }
            if (dPromptK != null) {
                sumPrompts(s, dKeys, Scratch.SUM_K, from > 0);
                sumPrompts(s, dValues, Scratch.SUM_V, from > 0);
            }
        }
        if (dPromptK != null) {
            sumImages(most, Scratch.SUM_K, dPromptK);
            sumImages(most, Scratch.SUM_V, dPromptV);
        }
    }

    /** The prompts' keys and values behind each image's tokens, once for all chunks. */
    private void gatherPrompts(Shape s, Rows promptK, Rows promptV) {
        long keyed = s.images() * s.heads() * s.keys() * s.width();
        long keys = factors(Scratch.K, keyed);
        long values = factors(Scratch.V, keyed);
        if (promptK == null) {
            return;
        }
        Shape one = s.of(1);
        for (long image = 0; image < s.images(); image++) {
            long offset = (image * s.heads() * s.keys() + s.tokens()) * s.width() * factorBytes;
            Layout to = one.amongKeys(factors, s.prompts());
            ops.copy(one.in(promptK), promptK.address(), to, keys + offset, false);
            ops.copy(one.in(promptV), promptV.address(), to, values + offset, false);
        }
    }

    private void gather(Shape s, Rows q, Rows k, Rows v, long from) {
        long keyed = s.images() * s.heads() * s.keys() * s.width();
        Layout queries = s.dense(factors, s.queries(), s.width());
        Layout keys = s.amongKeys(factors, s.tokens());
        ops.copy(s.in(q), q.image(from), queries, factors(Scratch.Q, s.rows() * s.width()), false);
        ops.copy(s.in(k), k.image(from), keys, factors(Scratch.K, keyed), false);
        ops.copy(s.in(v), v.image(from), keys, factors(Scratch.V, keyed), false);
    }

    /** Scaled scores [images, heads, queries, keys]. */
    private long scores(Shape s) {
        long scores = floats(Scratch.SCORES, s.rows() * s.keys());
        multiply(
                s.dense(factors, s.queries(), s.width()),
                factors(Scratch.Q, s.rows() * s.width()),
                s.dense(factors, s.keys(), s.width()).transposed(),
                factors(Scratch.K, s.images() * s.heads() * s.keys() * s.width()),
                s.scale(),
                scores);
        return scores;
    }

    /** Softmax in place. The largest probability is exp(largest score - log-sum-exp). */
    private long softmax(Shape s, long scores, Rows logSumExp, long from) {
        long rows = s.rows();
        long maximum = floats(Scratch.MAXIMUM, rows);
        long probability = floats(Scratch.PROBABILITY, rows);
        if (logSumExp != null) {
            maximum(rows, s.keys(), scores, maximum);
        }
        softmax(rows, s.keys(), scores);
        if (logSumExp != null) {
            maximum(rows, s.keys(), scores, probability);
            ops.log(rows, probability, probability);
            ops.binary(
                    dnnl.dnnl_binary_sub,
                    1,
                    rows,
                    false,
                    maximum,
                    probability,
                    logSumExp.address() + from * s.heads() * s.queries() * Rows.FLOAT);
        }
        return scores;
    }

    /** Probabilities or their gradients as a factor of a product. */
    private long factor(Shape s, long pairs) {
        if (factors == data_type.f32) {
            return pairs;
        }
        long rounded = factors(Scratch.FACTOR, s.rows() * s.keys());
        ops.copy(
                s.dense(data_type.f32, s.queries(), s.keys()),
                pairs,
                s.dense(factors, s.queries(), s.keys()),
                rounded,
                false);
        return rounded;
    }

    /** Adds the prompts' part of a chunk's gradients to [images, heads, prompts, width]. */
    private void sumPrompts(Shape s, long gradients, Scratch sum, boolean add) {
        ops.copy(
                s.amongKeys(data_type.f32, s.prompts()),
                gradients + s.tokens() * s.width() * Rows.FLOAT,
                s.dense(data_type.f32, s.prompts(), s.width()),
                floats(sum, s.images() * s.heads() * s.prompts() * s.width()),
                add);
    }

    private void sumImages(Shape s, Scratch sum, Rows gradient) {
        Shape one = s.of(1);
        long size = s.heads() * s.prompts() * s.width();
        long sums = floats(sum, s.images() * size);
        for (long image = 0; image < s.images(); image++) {
            ops.copy(
                    one.dense(data_type.f32, s.prompts(), s.width()),
                    sums + image * size * Rows.FLOAT,
                    one.in(gradient),
                    gradient.address(),
                    image > 0);
        }
    }

    private long floats(Scratch name, long count) {
        return library.scratch(name, count * Rows.FLOAT);
    }

    /** A buffer that holds factors; sized for floats, since names are shared with buffers of floats. */
    private long factors(Scratch name, long count) {
        return library.scratch(name, count * Rows.FLOAT);
    }

    private record Product(Layout a, Layout b, float scale) {}

    /** c = scale·a·b for each image and head, c dense. */
    private void multiply(Layout a, long left, Layout b, long right, float scale, long result) {
        library.primitive(new Product(a, b, scale), () -> {
                    memory.desc source = a.desc();
                    memory.desc weights = b.desc();
                    memory.desc target = Layout.dense(data_type.f32, a.d0(), a.d1(), a.d2(), b.d3())
                            .desc();
                    primitive_attr attributes = new primitive_attr();
                    attributes.set_output_scales(0, new float[] {scale});
                    return library.bind(
                            new matmul(new matmul.primitive_desc(
                                    new matmul.desc(source, weights, target), attributes, library.cpu)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, source),
                            new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, weights),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, target));
                })
                .run(left, right, result);
    }

    private record Softmax(long rows, long width) {

        memory.desc layout() {
            return OneDnnOps.matrix(data_type.f32, rows, width);
        }

        softmax_forward.primitive_desc description(OneDnn library) {
            return new softmax_forward.primitive_desc(
                    new softmax_forward.desc(dnnl.dnnl_forward_training, layout(), 1), library.cpu);
        }
    }

    private void softmax(long rows, long width, long scores) {
        Softmax key = new Softmax(rows, width);
        library.primitive(
                        key,
                        () -> library.bind(
                                new softmax_forward(key.description(library)),
                                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, key.layout()),
                                new OneDnn.Argument(dnnl.DNNL_ARG_DST, key.layout())))
                .run(scores, scores);
    }

    private record SoftmaxBackward(Softmax forward) {}

    /** gradient = p ⊙ (gradient - Σ p ⊙ gradient). */
    private void softmaxBackward(long rows, long width, long p, long gradient) {
        Softmax forward = new Softmax(rows, width);
        library.primitive(new SoftmaxBackward(forward), () -> {
                    softmax_backward.desc operation = new softmax_backward.desc(forward.layout(), forward.layout(), 1);
                    return library.bind(
                            new softmax_backward(new softmax_backward.primitive_desc(
                                    operation, library.cpu, forward.description(library))),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, forward.layout()),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, forward.layout()),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, forward.layout()));
                })
                .run(p, gradient, gradient);
    }

    private record Maximum(long rows, long width) {}

    private void maximum(long rows, long width, long a, long result) {
        if (width == 1) {
            Layout column = Layout.matrix(data_type.f32, rows, 1, 1);
            ops.copy(column, a, column, result, false);
            return;
        }
        library.primitive(new Maximum(rows, width), () -> {
                    memory.desc source = OneDnnOps.matrix(data_type.f32, rows, width);
                    memory.desc target = OneDnnOps.matrix(data_type.f32, rows, 1);
                    return library.bind(
                            new reduction(new reduction.primitive_desc(
                                    new reduction.desc(dnnl.dnnl_reduction_max, source, target, 0f, 0f), library.cpu)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, source),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, target));
                })
                .run(a, result);
    }
}
