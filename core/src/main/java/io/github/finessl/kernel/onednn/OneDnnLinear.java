package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.Norm;
import io.github.finessl.kernel.onednn.OneDnnOps.Layout;
import io.github.finessl.kernel.onednn.PackedWeights.Weight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/**
 * Products with weights and what goes with them, for a piece of the rows: what lies between
 * input and result is small, and is one core's own.
 */
final class OneDnnLinear {

    private enum Scratch {
        NORMAL,
        SOURCE,
        HIDDEN,
        GRADIENT,
        RESIDUAL
    }

    /** Factors stay f32 in small products: for some of those oneDNN 3.8.1 errs in bf16. */
    private static final int FEW_ROWS = 48;

    private static final int FEW_COLUMNS = 64;

    /** A linear map as it lies in memory; the bias may be null. */
    record AffineAt(Rows weight, Rows bias, boolean trained) {

        Weight factor(boolean transposed) {
            return Weight.of(weight, transposed, trained);
        }
    }

    /** A norm's constants as they lie in memory. */
    record NormAt(Rows gain, Rows bias, float epsilon, boolean centred) {

        static NormAt of(Norm norm) {
            return norm == null
                    ? null
                    : new NormAt(Rows.of(norm.gain()), Rows.of(norm.bias()), (float) norm.epsilon(), norm.centred());
        }
    }

    /**
     * A product [rows, in]·[in, out] with what follows it.
     *
     * @param plain the layout of a weight that is used as it lies, null for a packed one
     */
    private record Product(
            data_type factors,
            data_type result,
            long rows,
            long in,
            long out,
            Plain plain,
            boolean bias,
            Activation activation,
            Addend addend) {}

    private record Plain(long stride, boolean transposed) {}

    private enum Addend {
        NONE,
        ARRAY,
        /** The previous content of the result's memory. */
        RESULT;

        static Addend of(long addend, long result) {
            if (addend == 0) {
                return NONE;
            }
            return addend == result ? RESULT : ARRAY;
        }
    }

    private final OneDnn library;
    private final OneDnnOps ops;
    private final OneDnnLayerNorm norms;
    private final PackedWeights weights;
    private final boolean bf16;
    /** The number of the layout that each product wants its weight in. */
    private final Map<Product, Integer> layouts = new HashMap<>();

    OneDnnLinear(OneDnn library, OneDnnOps ops, OneDnnLayerNorm norms, PackedWeights weights, boolean bf16) {
        this.library = library;
        this.ops = ops;
        this.norms = norms;
        this.weights = weights;
        this.bf16 = bf16;
    }

    /** The type of the factors of a product. */
    data_type factors(long rows, long out) {
        return bf16 && (rows >= FEW_ROWS || out > FEW_COLUMNS) ? data_type.bf16 : data_type.f32;
    }

    /** yᵢ = norm(x)·Wᵢ + bᵢ + residual; norm and residual may be null. */
    void forward(Rows x, NormAt norm, List<AffineAt> maps, Rows residual, List<Rows> ys) {
        data_type factors = factors(x.rows(), least(ys));
        long source = source(factors, x, norm);
        long addend = residual == null ? 0 : dense(residual, Scratch.RESIDUAL);
        for (int i = 0; i < ys.size(); i++) {
            Weight weight = maps.get(i).factor(false);
            multiply(
                    factors,
                    data_type.f32,
                    x.rows(),
                    weight,
                    source,
                    maps.get(i).bias(),
                    null,
                    addend,
                    ys.get(i).address());
        }
    }

    private static long least(List<Rows> ys) {
        return ys.stream().mapToLong(Rows::width).min().orElseThrow();
    }

    /** dx = norm'(x)·Σ dyᵢ·Wᵢᵀ. */
    void backward(List<Rows> dys, List<AffineAt> maps, Rows x, NormAt norm, Rows dx) {
        long n = dx.rows();
        data_type factors = factors(n, dx.width());
        long sum = norm == null ? dx.address() : floats(Scratch.GRADIENT, n * dx.width());
        for (int i = 0; i < dys.size(); i++) {
            Weight weight = maps.get(i).factor(true);
            long source = source(factors, dys.get(i), null);
            multiply(factors, data_type.f32, n, weight, source, null, null, i == 0 ? 0 : sum, sum);
        }
        if (norm != null) {
            norms.backward(n, dx.width(), dense(x, Scratch.RESIDUAL), norm, sum, dx.address());
        }
    }

    /** y = act(norm(x)·W₁ + b₁)·W₂ + b₂, plus x where asked; kept may be null. */
    void mlp(
            Rows x,
            NormAt norm,
            AffineAt first,
            Activation activation,
            AffineAt second,
            boolean residual,
            Rows kept,
            Rows y) {
        long n = x.rows();
        long width = first.weight().width();
        data_type factors = factors(n, Math.min(width, y.width()));
        long source = source(factors, x, norm);
        long hidden = floats(Scratch.HIDDEN, n * width);
        Weight weight1 = first.factor(false);
        if (kept == null) {
            multiply(factors, factors, n, weight1, source, first.bias(), activation, 0, hidden);
        } else {
            multiply(factors, factors, n, weight1, source, first.bias(), null, 0, kept.address());
            ops.activate(activation, factors, n * width, kept.address(), hidden);
        }
        Weight weight2 = second.factor(false);
        long addend = residual ? dense(x, Scratch.RESIDUAL) : 0;
        multiply(factors, data_type.f32, n, weight2, hidden, second.bias(), null, addend, y.address());
    }

    /** dx = norm'(x)·((dy·W₂ᵀ) ⊙ act'(h))·W₁ᵀ, plus dy where there is a residual. */
    void mlpBackward(
            Rows dy,
            Rows x,
            NormAt norm,
            AffineAt first,
            Activation activation,
            AffineAt second,
            boolean residual,
            Rows kept,
            Rows dx) {
        long n = dx.rows();
        long width = first.weight().width();
        data_type factors = factors(n, Math.min(width, dx.width()));
        long hidden = floats(Scratch.HIDDEN, n * width);
        Weight weight2 = second.factor(true);
        multiply(factors, factors, n, weight2, source(factors, dy, null), null, null, 0, hidden);
        ops.activateBackward(activation, factors, n * width, kept.address(), hidden, hidden);
        long gradient = floats(Scratch.GRADIENT, n * dx.width());
        Weight weight1 = first.factor(true);
        multiply(factors, data_type.f32, n, weight1, hidden, null, null, 0, gradient);
        norms.backward(n, dx.width(), dense(x, Scratch.RESIDUAL), norm, gradient, dx.address());
        if (residual) {
            add(dx, dy);
        }
    }

    /** y += x; y dense. */
    void add(Rows y, Rows x) {
        ops.binary(
                dnnl.dnnl_binary_add, y.rows(), y.width(), false, y.address(), dense(x, Scratch.RESIDUAL), y.address());
    }

    /** y = norm(x). */
    void normalise(Rows x, NormAt norm, Rows y) {
        norms.forward(x.rows(), x.width(), dense(x, Scratch.RESIDUAL), norm, y.address());
    }

    /** dx = norm'(x)·dy. */
    void normaliseBackward(Rows x, NormAt norm, Rows dy, Rows dx) {
        norms.backward(
                x.rows(), x.width(), dense(x, Scratch.RESIDUAL), norm, dense(dy, Scratch.GRADIENT), dx.address());
    }

    /** y = source·W + b + residual, where the source is dense and already of the type that {@link #factors} tells. */
    void product(long n, long source, AffineAt map, Rows residual, Rows y) {
        multiply(
                factors(n, y.width()),
                data_type.f32,
                n,
                map.factor(false),
                source,
                map.bias(),
                null,
                dense(residual, Scratch.RESIDUAL),
                y.address());
    }

    private long floats(Scratch name, long count) {
        return library.scratch(name, count * Rows.FLOAT);
    }

    /** The address of rows, normalised, as a product's left factor: dense and of the factors' type. */
    private long source(data_type factors, Rows x, NormAt norm) {
        if (norm != null) {
            long normal = floats(Scratch.NORMAL, x.rows() * x.width());
            norms.forward(x.rows(), x.width(), dense(x, Scratch.RESIDUAL), norm, normal);
            return source(factors, new Rows(normal, 1, x.rows(), x.width(), 0, x.width()), null);
        }
        if (factors == data_type.f32 && x.dense()) {
            return x.address();
        }
        return gather(factors, x, Scratch.SOURCE);
    }

    /** The address of rows, copied together where they are not. */
    private long dense(Rows a, Scratch name) {
        return a.dense() ? a.address() : gather(data_type.f32, a, name);
    }

    private long gather(data_type type, Rows a, Scratch name) {
        long staged = floats(name, a.rows() * a.width());
        ops.copy(
                Layout.matrix(data_type.f32, a.rows(), a.width(), a.rowStride()),
                a.address(),
                Layout.matrix(type, a.rows(), a.width(), a.width()),
                staged);
        return staged;
    }

    /** result = act(source·W + b) + addend; the activation may be null, bias and addend missing. */
    private void multiply(
            data_type factors,
            data_type result,
            long n,
            Weight weight,
            long source,
            Rows bias,
            Activation activation,
            long addend,
            long target) {
        Weight used = factors == data_type.f32 && !OneDnn.hasAvx512() ? weights.spread(weight) : weight;
        Product key = new Product(
                factors,
                result,
                n,
                used.from(),
                used.to(),
                plain(factors, used),
                bias != null,
                activation,
                Addend.of(addend, target));
        OneDnnPrimitive primitive = library.primitive(key, () -> prepare(key));
        long w = weights.address(used, factors, layouts.get(key));
        if (bias == null) {
            primitive.run(source, w, target, addend);
        } else {
            primitive.run(source, w, target, bias.address(), addend);
        }
    }

    /** In f32 the transpose is nearly as fast as it lies; a third copy of all weights would cost more than it gains. */
    private static Plain plain(data_type factors, Weight weight) {
        boolean asItLies = factors == data_type.f32 && (weight.transposed() || !OneDnn.hasAvx512());
        return asItLies ? new Plain(weight.stride(), weight.transposed()) : null;
    }

    private OneDnnPrimitive prepare(Product p) {
        memory.desc source = OneDnnOps.matrix(p.factors(), p.rows(), p.in());
        memory.desc bias = OneDnnOps.matrix(data_type.f32, 1, p.out());
        memory.desc target = OneDnnOps.matrix(p.result(), p.rows(), p.out());
        long[] shape = {p.in(), p.out()};
        memory.desc wanted = p.plain() == null
                ? new memory.desc(shape, p.factors(), format_tag.any)
                : new memory.desc(
                        shape,
                        p.factors(),
                        Weight.strides(p.plain().stride(), p.plain().transposed()));
        post_ops after = new post_ops();
        if (p.activation() != null) {
            after.append_eltwise(OneDnnOps.algorithm(p.activation()), OneDnnOps.alpha(p.activation()), 0f);
        }
        switch (p.addend()) {
            case NONE -> {}
            case ARRAY -> after.append_binary(dnnl.dnnl_binary_add, target);
            case RESULT -> after.append_sum();
        }
        primitive_attr attributes = OneDnn.attributes();
        attributes.set_post_ops(after);
        matmul.primitive_desc description = p.bias()
                ? new matmul.primitive_desc(library.cpu, source, wanted, bias, target, attributes, false)
                : new matmul.primitive_desc(library.cpu, source, wanted, target, attributes, false);
        memory.desc packed = description.weights_desc();

        List<OneDnn.Argument> arguments = new ArrayList<>();
        arguments.add(new OneDnn.Argument(dnnl.DNNL_ARG_SRC, source));
        arguments.add(new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, packed));
        arguments.add(new OneDnn.Argument(dnnl.DNNL_ARG_DST, target));
        if (p.bias()) {
            arguments.add(new OneDnn.Argument(dnnl.DNNL_ARG_BIAS, bias));
        }
        if (p.addend() == Addend.ARRAY) {
            int postOp = dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * after.len();
            arguments.add(new OneDnn.Argument(postOp | dnnl.DNNL_ARG_SRC_1, target));
        }
        layouts.put(p, weights.layout(packed));
        return library.bind(description, new matmul(description), arguments.toArray(OneDnn.Argument[]::new));
    }
}
