package io.github.finessl.kernel;

import io.github.finessl.kernel.OneDnnOps.Layout;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;

/** Layer normalisation of rows, and its gradient in chunks of rows that stay in the cache. */
final class OneDnnLayerNorm {

    private static final long CHUNK_BYTES = 1 << 18;

    private enum Scratch {
        X,
        Y,
        GRADIENT,
        MEAN,
        VARIANCE
    }

    private final OneDnn library;
    private final OneDnnOps ops;

    OneDnnLayerNorm(OneDnn library, OneDnnOps ops) {
        this.library = library;
        this.ops = ops;
    }

    private record Forward(long rows, long width, float epsilon, boolean affine) {

        int flags() {
            return affine ? dnnl.dnnl_use_scale | dnnl.dnnl_use_shift : dnnl.dnnl_normalization_flags_none;
        }

        memory.desc layout() {
            return OneDnnOps.matrix(data_type.f32, rows, width);
        }

        memory.desc statistics() {
            return OneDnnOps.vector(rows);
        }

        layer_normalization_forward.primitive_desc description(OneDnn library) {
            return new layer_normalization_forward.primitive_desc(
                    new layer_normalization_forward.desc(
                            dnnl.dnnl_forward_training, layout(), statistics(), epsilon, flags()),
                    library.cpu);
        }
    }

    private record Backward(Forward forward) {}

    void forward(Rows x, Rows gain, Rows bias, double epsilon, Rows y) {
        long chunk = x.dense() && y.dense() ? x.rows() : chunk(x);
        for (long from = 0; from < x.rows(); from += chunk) {
            long n = Math.min(chunk, x.rows() - from);
            long source = dense(x, from, n, Scratch.X);
            long target = y.dense() ? y.row(from) : scratch(Scratch.Y, n * x.width());
            normalise(new Forward(n, x.width(), (float) epsilon, true), source, gain, bias, target);
            if (!y.dense()) {
                ops.copy(rows(n, y.width(), y.width()), target, rows(n, y.width(), y.rowStride()), y.row(from), false);
            }
        }
    }

    /** oneDNN has no gradient with a gain alone: it is multiplied in beforehand. */
    void backward(Rows x, Rows gain, double epsilon, Rows dy, Rows dx) {
        long width = x.width();
        long chunk = chunk(x);
        for (long from = 0; from < x.rows(); from += chunk) {
            long n = Math.min(chunk, x.rows() - from);
            Forward forward = new Forward(n, width, (float) epsilon, false);
            long source = dense(x, from, n, Scratch.X);
            normalise(forward, source, null, null, scratch(Scratch.Y, n * width));
            long gradient = scratch(Scratch.GRADIENT, n * width);
            ops.binary(
                    dnnl.dnnl_binary_mul,
                    n,
                    width,
                    true,
                    dense(dy, from, n, Scratch.GRADIENT),
                    gain.address(),
                    gradient);
            long target = dx.dense() ? dx.row(from) : gradient;
            library.primitive(new Backward(forward), () -> backward(forward))
                    .run(source, scratch(Scratch.MEAN, n), scratch(Scratch.VARIANCE, n), gradient, target);
            if (!dx.dense()) {
                ops.copy(rows(n, width, width), target, rows(n, width, dx.rowStride()), dx.row(from), false);
            }
        }
    }

    private void normalise(Forward key, long source, Rows gain, Rows bias, long target) {
        OneDnnPrimitive primitive = library.primitive(key, () -> forward(key));
        long mean = scratch(Scratch.MEAN, key.rows());
        long variance = scratch(Scratch.VARIANCE, key.rows());
        if (key.affine()) {
            primitive.run(source, mean, variance, target, gain.address(), bias.address());
        } else {
            primitive.run(source, mean, variance, target);
        }
    }

    private OneDnnPrimitive forward(Forward key) {
        layer_normalization_forward made = new layer_normalization_forward(key.description(library));
        OneDnn.Argument source = new OneDnn.Argument(dnnl.DNNL_ARG_SRC, key.layout());
        OneDnn.Argument mean = new OneDnn.Argument(dnnl.DNNL_ARG_MEAN, key.statistics());
        OneDnn.Argument variance = new OneDnn.Argument(dnnl.DNNL_ARG_VARIANCE, key.statistics());
        OneDnn.Argument target = new OneDnn.Argument(dnnl.DNNL_ARG_DST, key.layout());
        if (!key.affine()) {
            return library.bind(made, source, mean, variance, target);
        }
        memory.desc parameter = OneDnnOps.vector(key.width());
        return library.bind(
                made,
                source,
                mean,
                variance,
                target,
                new OneDnn.Argument(dnnl.DNNL_ARG_SCALE, parameter),
                new OneDnn.Argument(dnnl.DNNL_ARG_SHIFT, parameter));
    }

    private OneDnnPrimitive backward(Forward key) {
        memory.desc layout = key.layout();
        layer_normalization_backward.desc operation = new layer_normalization_backward.desc(
                dnnl.dnnl_backward_data, layout, layout, key.statistics(), key.epsilon(), key.flags());
        return library.bind(
                new layer_normalization_backward(new layer_normalization_backward.primitive_desc(
                        operation, library.cpu, key.description(library))),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, layout),
                new OneDnn.Argument(dnnl.DNNL_ARG_MEAN, key.statistics()),
                new OneDnn.Argument(dnnl.DNNL_ARG_VARIANCE, key.statistics()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, layout),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, layout));
    }

    private static long chunk(Rows x) {
        return Math.max(16, CHUNK_BYTES / (x.width() * Rows.FLOAT));
    }

    private long scratch(Scratch name, long floats) {
        return library.scratch(name, floats * Rows.FLOAT);
    }

    private static Layout rows(long n, long width, long rowStride) {
        return Layout.matrix(data_type.f32, n, width, rowStride);
    }

    private long dense(Rows a, long from, long n, Scratch name) {
        if (a.dense()) {
            return a.row(from);
        }
        long staged = scratch(name, n * a.width());
        ops.copy(rows(n, a.width(), a.rowStride()), a.row(from), rows(n, a.width(), a.width()), staged, false);
        return staged;
    }
}
