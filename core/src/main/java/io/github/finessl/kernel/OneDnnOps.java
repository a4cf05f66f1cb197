package io.github.finessl.kernel;

import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;

/** The small passes between matrix products, on addresses; all dense f32 unless a layout says otherwise. */
final class OneDnnOps {

    private final OneDnn library;

    OneDnnOps(OneDnn library) {
        this.library = library;
    }

    /** A layout of at most four dimensions. */
    record Layout(data_type type, long d0, long d1, long d2, long d3, long s0, long s1, long s2, long s3) {

        static Layout matrix(data_type type, long rows, long width, long rowStride) {
            return new Layout(type, 1, 1, rows, width, rows * rowStride, rows * rowStride, rowStride, 1);
        }

        static Layout dense(data_type type, long d0, long d1, long d2, long d3) {
            return new Layout(type, d0, d1, d2, d3, d1 * d2 * d3, d2 * d3, d3, 1);
        }

        /** With the last two dimensions exchanged. */
        Layout transposed() {
            return new Layout(type, d0, d1, d3, d2, s0, s1, s3, s2);
        }

        memory.desc desc() {
            return new memory.desc(new long[] {d0, d1, d2, d3}, type, new long[] {s0, s1, s2, s3});
        }
    }

    static int algorithm(Activation activation) {
        return switch (activation) {
            case IDENTITY -> throw new IllegalArgumentException("the identity is no operation");
            case QUICK_GELU -> dnnl.dnnl_eltwise_swish;
            case GELU_ERF -> dnnl.dnnl_eltwise_gelu_erf;
            case GELU_TANH -> dnnl.dnnl_eltwise_gelu_tanh;
        };
    }

    /** The parameter of swish, x·σ(αx). */
    static final float ALPHA = 1.702f;

    static memory.desc vector(long length) {
        return new memory.desc(new long[] {length}, data_type.f32, format_tag.a);
    }

    static memory.desc matrix(data_type type, long rows, long width) {
        return new memory.desc(new long[] {rows, width}, type, format_tag.ab);
    }

    private record Copy(Layout from, Layout to, boolean add) {}

    /** Copies between layouts and types; with add, onto what is there. */
    void copy(Layout from, long source, Layout to, long target, boolean add) {
        library.primitive(new Copy(from, to, add), () -> {
                    memory.desc src = from.desc();
                    memory.desc dst = to.desc();
                    primitive_attr attributes = new primitive_attr();
                    if (add) {
                        post_ops sum = new post_ops();
                        sum.append_sum();
                        attributes.set_post_ops(sum);
                    }
                    return library.bind(
                            new reorder(
                                    new reorder.primitive_desc(library.cpu, src, library.cpu, dst, attributes, false)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_FROM, src),
                            new OneDnn.Argument(dnnl.DNNL_ARG_TO, dst));
                })
                .run(source, target);
    }

    private record Activate(Activation activation, long length) {}

    /** y = act(x). */
    void activate(Activation activation, long length, long x, long y) {
        library.primitive(new Activate(activation, length), () -> {
                    memory.desc layout = vector(length);
                    return library.bind(
                            new eltwise_forward(forward(activation, layout)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, layout));
                })
                .run(x, y);
    }

    private record ActivateBackward(Activation activation, long length) {}

    /** dx = dy ⊙ act'(x). */
    void activateBackward(Activation activation, long length, long x, long dy, long dx) {
        library.primitive(new ActivateBackward(activation, length), () -> {
                    memory.desc layout = vector(length);
                    eltwise_backward.desc backward =
                            new eltwise_backward.desc(algorithm(activation), layout, layout, ALPHA, 0f);
                    return library.bind(
                            new eltwise_backward(new eltwise_backward.primitive_desc(
                                    backward, library.cpu, forward(activation, layout))),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, layout));
                })
                .run(x, dy, dx);
    }

    private eltwise_forward.primitive_desc forward(Activation activation, memory.desc layout) {
        return new eltwise_forward.primitive_desc(
                new eltwise_forward.desc(dnnl.dnnl_forward_training, algorithm(activation), layout, ALPHA, 0f),
                library.cpu);
    }

    private record Log(long length) {}

    /** y = log x. */
    void log(long length, long x, long y) {
        library.primitive(new Log(length), () -> {
                    memory.desc layout = vector(length);
                    eltwise_forward.desc log = new eltwise_forward.desc(
                            dnnl.dnnl_forward_inference, dnnl.dnnl_eltwise_log, layout, 0f, 0f);
                    return library.bind(
                            new eltwise_forward(new eltwise_forward.primitive_desc(log, library.cpu)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, layout));
                })
                .run(x, y);
    }

    private record Binary(int algorithm, long rows, long width, boolean sameRow) {}

    /** c = a ∘ b for matrices; b is one row for all where sameRow. */
    void binary(int algorithm, long rows, long width, boolean sameRow, long a, long b, long c) {
        library.primitive(new Binary(algorithm, rows, width, sameRow), () -> {
                    memory.desc layout = matrix(data_type.f32, rows, width);
                    memory.desc second = matrix(data_type.f32, sameRow ? 1 : rows, width);
                    return library.bind(
                            new binary(new binary.primitive_desc(
                                    new binary.desc(algorithm, layout, second, layout), library.cpu)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC_0, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC_1, second),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, layout));
                })
                .run(a, b, c);
    }
}
