package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.Activation;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;

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

        /** This layout with the last two dimensions exchanged. */
        Layout transposed() {
            return new Layout(type, d0, d1, d3, d2, s0, s1, s3, s2);
        }

        memory.desc desc() {
            return new memory.desc(new long[] {d0, d1, d2, d3}, type, new long[] {s0, s1, s2, s3});
        }
    }

    static int algorithm(Activation activation) {
        return switch (activation) {
            case QUICK_GELU, SILU -> dnnl.dnnl_eltwise_swish;
            case GELU_ERF -> dnnl.dnnl_eltwise_gelu_erf;
            case GELU_TANH -> dnnl.dnnl_eltwise_gelu_tanh;
            case RELU -> dnnl.dnnl_eltwise_relu;
        };
    }

    /** The algorithm's parameter: that of swish, x·σ(αx); the slope below 0 of ReLU; others have none. */
    static float alpha(Activation activation) {
        return switch (activation) {
            case QUICK_GELU -> 1.702f;
            case SILU -> 1;
            case GELU_ERF, GELU_TANH, RELU -> 0;
        };
    }

    static memory.desc vector(data_type type, long length) {
        return new memory.desc(new long[] {length}, type, format_tag.a);
    }

    static memory.desc matrix(data_type type, long rows, long width) {
        return new memory.desc(new long[] {rows, width}, type, format_tag.ab);
    }

    /** Feature maps, channels last. */
    static memory.desc map(long images, long height, long width, long channels) {
        return new memory.desc(new long[] {images, channels, height, width}, data_type.f32, format_tag.nhwc);
    }

    private record Copy(Layout from, Layout to) {}

    /** Copies between layouts and types. */
    void copy(Layout from, long source, Layout to, long target) {
        library.primitive(new Copy(from, to), () -> library.reorder(from.desc(), to.desc()))
                .run(source, target);
    }

    private record ScaledCopy(Layout from, Layout to) {}

    /** Copies between layouts and types, times a scale. */
    void copy(Layout from, long source, Layout to, long target, float scale) {
        library.primitive(new ScaledCopy(from, to), () -> library.scaledReorder(from.desc(), to.desc()))
                .run(source, target, library.number(scale));
    }

    private record Activate(Activation activation, data_type type, long length) {}

    /** y = act(x), of factors' type. */
    void activate(Activation activation, data_type type, long length, long x, long y) {
        library.primitive(new Activate(activation, type, length), () -> {
                    memory.desc layout = vector(type, length);
                    eltwise_forward.primitive_desc description = forward(activation, layout);
                    return library.bind(
                            description,
                            new eltwise_forward(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, layout));
                })
                .run(x, y);
    }

    private record ActivateBackward(Activation activation, data_type type, long length) {}

    /** dx = dy ⊙ act'(x), of factors' type. */
    void activateBackward(Activation activation, data_type type, long length, long x, long dy, long dx) {
        library.primitive(new ActivateBackward(activation, type, length), () -> {
                    memory.desc layout = vector(type, length);
                    eltwise_backward.primitive_desc description = new eltwise_backward.primitive_desc(
                            library.cpu,
                            algorithm(activation),
                            layout,
                            layout,
                            layout,
                            alpha(activation),
                            forward(activation, layout),
                            OneDnn.attributes(),
                            false);
                    return library.bind(
                            description,
                            new eltwise_backward(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, layout));
                })
                .run(x, dy, dx);
    }

    private eltwise_forward.primitive_desc forward(Activation activation, memory.desc layout) {
        return new eltwise_forward.primitive_desc(
                library.cpu,
                dnnl.dnnl_forward_training,
                algorithm(activation),
                layout,
                layout,
                alpha(activation),
                OneDnn.attributes(),
                false);
    }

    private record Binary(int algorithm, long rows, long width, boolean sameRow) {}

    /** c = a ∘ b for matrices; b is one row for all where sameRow. */
    void binary(int algorithm, long rows, long width, boolean sameRow, long a, long b, long c) {
        library.primitive(new Binary(algorithm, rows, width, sameRow), () -> {
                    memory.desc layout = matrix(data_type.f32, rows, width);
                    memory.desc second = matrix(data_type.f32, sameRow ? 1 : rows, width);
                    binary.primitive_desc description = new binary.primitive_desc(
                            library.cpu, algorithm, layout, second, layout, OneDnn.attributes(), false);
                    return library.bind(
                            description,
                            new binary(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC_0, layout),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC_1, second),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, layout));
                })
                .run(a, b, c);
    }
}
