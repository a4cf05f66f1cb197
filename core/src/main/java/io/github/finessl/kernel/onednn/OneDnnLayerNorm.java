package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.onednn.OneDnnLinear.NormAt;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;

/** Layer normalisation of dense f32 rows, and its gradient; what is not centred goes to {@link RmsNorm}. */
final class OneDnnLayerNorm {

    private enum Scratch {
        NORMAL,
        MEAN,
        VARIANCE
    }

    private final OneDnn library;
    private final OneDnnOps ops;
    private final RmsNorm rms = new RmsNorm();

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
            return OneDnnOps.vector(data_type.f32, rows);
        }

        layer_normalization_forward.primitive_desc description(OneDnn library) {
            return new layer_normalization_forward.primitive_desc(
                    library.cpu,
                    dnnl.dnnl_forward_training,
                    layout(),
                    layout(),
                    statistics(),
                    epsilon,
                    flags(),
                    OneDnn.attributes(),
                    false);
        }
    }

    private record Backward(Forward forward) {}

    /** y = norm(x), [n, width] both. */
    void forward(long n, long width, long x, NormAt norm, long y) {
        if (!norm.centred()) {
            rms.forward(n, width, x, norm, y);
            return;
        }
        Forward key = new Forward(n, width, norm.epsilon(), true);
        library.primitive(key, () -> forward(key))
                .run(
                        x,
                        scratch(Scratch.MEAN, n),
                        scratch(Scratch.VARIANCE, n),
                        y,
                        norm.gain().address(),
                        norm.bias().address());
    }

    /** y = (x - mean) / √(variance + ε), [n, width] both. */
    void normalise(long n, long width, long x, NormAt norm, long y) {
        if (!norm.centred()) {
            rms.normalise(n, width, x, norm.epsilon(), y);
            return;
        }
        Forward plain = new Forward(n, width, norm.epsilon(), false);
        library.primitive(plain, () -> forward(plain))
                .run(x, scratch(Scratch.MEAN, n), scratch(Scratch.VARIANCE, n), y);
    }

    /** dx = norm'(x)·dy, [n, width] all. oneDNN has no gradient with a gain alone: it is multiplied in beforehand. */
    void backward(long n, long width, long x, NormAt norm, long dy, long dx) {
        if (!norm.centred()) {
            rms.backward(n, width, x, norm, dy, dx);
            return;
        }
        Forward plain = new Forward(n, width, norm.epsilon(), false);
        long mean = scratch(Scratch.MEAN, n);
        long variance = scratch(Scratch.VARIANCE, n);
        long normal = scratch(Scratch.NORMAL, n * width);
        library.primitive(plain, () -> forward(plain)).run(x, mean, variance, normal);
        ops.binary(dnnl.dnnl_binary_mul, n, width, true, dy, norm.gain().address(), normal);
        library.primitive(new Backward(plain), () -> backward(plain)).run(x, mean, variance, normal, dx);
    }

    private OneDnnPrimitive forward(Forward key) {
        layer_normalization_forward.primitive_desc description = key.description(library);
        layer_normalization_forward made = new layer_normalization_forward(description);
        OneDnn.Argument source = new OneDnn.Argument(dnnl.DNNL_ARG_SRC, key.layout());
        OneDnn.Argument mean = new OneDnn.Argument(dnnl.DNNL_ARG_MEAN, key.statistics());
        OneDnn.Argument variance = new OneDnn.Argument(dnnl.DNNL_ARG_VARIANCE, key.statistics());
        OneDnn.Argument target = new OneDnn.Argument(dnnl.DNNL_ARG_DST, key.layout());
        if (!key.affine()) {
            return library.bind(description, made, source, mean, variance, target);
        }
        memory.desc parameter = OneDnnOps.vector(data_type.f32, key.width());
        return library.bind(
                description,
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
        layer_normalization_backward.primitive_desc description = new layer_normalization_backward.primitive_desc(
                library.cpu,
                dnnl.dnnl_backward_data,
                layout,
                layout,
                layout,
                key.statistics(),
                key.epsilon(),
                key.flags(),
                key.description(library),
                OneDnn.attributes(),
                false);
        return library.bind(
                description,
                new layer_normalization_backward(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, layout),
                new OneDnn.Argument(dnnl.DNNL_ARG_MEAN, key.statistics()),
                new OneDnn.Argument(dnnl.DNNL_ARG_VARIANCE, key.statistics()),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_DST, layout),
                new OneDnn.Argument(dnnl.DNNL_ARG_DIFF_SRC, layout));
    }

    private long scratch(Scratch name, long floats) {
        return library.scratch(name, floats * Rows.FLOAT);
    }
}
