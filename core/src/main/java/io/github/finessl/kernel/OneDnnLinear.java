package io.github.finessl.kernel;

import io.github.finessl.kernel.OneDnnOps.Layout;
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
import org.bytedeco.dnnl.reorder;

/**
 * Products with frozen weights, which are packed once in oneDNN's blocked layout, each orientation on its first use.
 * Rows are taken in chunks whose intermediate results stay in the cache.
 */
final class OneDnnLinear {

    /** Bytes of the widest intermediate result of a chunk. */
    private static final long CHUNK_BYTES = 1 << 20;

    private enum Scratch {
        SOURCE,
        TARGET,
        HIDDEN,
        BETWEEN,
        RESIDUAL
    }

    private final OneDnn library;
    private final OneDnnOps ops;
    private final boolean bf16;
    private final Map<Product, Prepared> products = new HashMap<>();
    private final List<memory.desc> layouts = new ArrayList<>();
    private final Map<Packed, Long> packed = new HashMap<>();

    OneDnnLinear(OneDnn library, OneDnnOps ops, boolean bf16) {
        this.library = library;
        this.ops = ops;
        this.bf16 = bf16;
    }

    /** The type of factors. Products of few rows and columns stay f32: oneDNN 2.5.2 errs in bf16 for some of them. */
    private data_type factors(long rows, long out) {
        return bf16 && (rows >= 48 || out > 64) ? data_type.bf16 : data_type.f32;
    }

    /** A weight, or its transpose, as it lies in the caller's memory. */
    private record Weight(long address, long in, long out, long stride, boolean transposed) {

        static Weight of(Rows w, boolean transposed) {
            return new Weight(w.address(), w.rows(), w.width(), w.rowStride(), transposed);
        }

        long from() {
            return transposed ? out : in;
        }

        long to() {
            return transposed ? in : out;
        }

        memory.desc desc() {
            long[] strides = transposed ? new long[] {1, stride} : new long[] {stride, 1};
            return new memory.desc(new long[] {from(), to()}, data_type.f32, strides);
        }
    }

    private record Packed(Weight weight, data_type factors, int layout) {}

    /** A product [rows, in]·[in, out] with what follows it. */
    private record Product(
            data_type factors, long rows, long in, long out, boolean bias, Activation activation, boolean residual) {}

    /** A product's primitive, and which of the blocked layouts it wants its weight in. */
    private record Prepared(OneDnnPrimitive primitive, int layout) {}

    /** y = act(x·W + b) + residual; bias and residual may be null. */
    void forward(Rows x, Rows w, Rows bias, Activation activation, Rows residual, Rows preActivation, Rows y) {
        Weight weight = Weight.of(w, false);
        boolean keeps = preActivation != null;
        long chunk = chunk(x.rows(), Math.max(x.width(), y.width()));
        for (long from = 0; from < x.rows(); from += chunk) {
            long n = Math.min(chunk, x.rows() - from);
            data_type factors = factors(n, y.width());
            long source = factor(factors, x, from, n);
            long r = residual == null ? 0 : dense(residual, from, n);
            long target = y.dense() ? y.row(from) : library.scratch(Scratch.TARGET, bytes(n, y.width()));
            if (keeps) {
                long h = preActivation.dense()
                        ? preActivation.row(from)
                        : library.scratch(Scratch.HIDDEN, bytes(n, y.width()));
                multiply(factors, n, weight, source, bias, Activation.IDENTITY, 0, h);
                if (!preActivation.dense()) {
                    scatter(h, preActivation, from, n);
                }
                finish(activation, n, y.width(), h, r, target);
            } else {
                multiply(factors, n, weight, source, bias, activation, r, target);
            }
            if (!y.dense()) {
                scatter(target, y, from, n);
            }
        }
    }

    /** target = act(h) + residual. */
    private void finish(Activation activation, long n, long width, long h, long residual, long target) {
        if (activation != Activation.IDENTITY) {
            ops.activate(activation, n * width, h, target);
            if (residual != 0) {
                ops.binary(dnnl.dnnl_binary_add, n, width, false, target, residual, target);
            }
        } else if (residual != 0) {
            ops.binary(dnnl.dnnl_binary_add, n, width, false, h, residual, target);
        } else {
            Layout layout = Layout.matrix(data_type.f32, n, width, width);
            ops.copy(layout, h, layout, target, false);
        }
    }

    /** dx = (dy ⊙ act'(h))·Wᵀ. */
    void backward(Rows dy, Rows w, Activation activation, Rows preActivation, Rows dx) {
        Weight weight = Weight.of(w, true);
        long chunk = chunk(dy.rows(), Math.max(dy.width(), dx.width()));
        for (long from = 0; from < dy.rows(); from += chunk) {
            long n = Math.min(chunk, dy.rows() - from);
            data_type factors = factors(n, dx.width());
            long source;
            if (activation == Activation.IDENTITY) {
                source = factor(factors, dy, from, n);
            } else {
                long gradient = dense(dy, from, n);
                long hidden = library.scratch(Scratch.HIDDEN, bytes(n, dy.width()));
                long h = preActivation.row(from);
                if (!preActivation.dense()) {
                    gather(preActivation, from, n, data_type.f32, hidden);
                    h = hidden;
                }
                ops.activateBackward(activation, n * dy.width(), h, gradient, hidden);
                source = factor(factors, hidden, n, dy.width());
            }
            long target = dx.dense() ? dx.row(from) : library.scratch(Scratch.TARGET, bytes(n, dx.width()));
            multiply(factors, n, weight, source, null, Activation.IDENTITY, 0, target);
            if (!dx.dense()) {
                scatter(target, dx, from, n);
            }
        }
    }

    /** y = act(x·W₁ + b₁)·W₂ + b₂ + residual. */
    void mlpForward(
            Rows x,
            Rows w1,
            Rows bias1,
            Activation activation,
            Rows w2,
            Rows bias2,
            Rows residual,
            Rows preActivation,
            Rows y) {
        Weight first = Weight.of(w1, false);
        Weight second = Weight.of(w2, false);
        long width = w1.width();
        boolean keeps = preActivation != null;
        long chunk = chunk(x.rows(), width);
        for (long from = 0; from < x.rows(); from += chunk) {
            long n = Math.min(chunk, x.rows() - from);
            data_type factors = factors(n, width);
            long h = keeps && preActivation.dense()
                    ? preActivation.row(from)
                    : library.scratch(Scratch.HIDDEN, bytes(n, width));
            Activation fused = keeps ? Activation.IDENTITY : activation;
            multiply(factors, n, first, factor(factors, x, from, n), bias1, fused, 0, h);
            long between = h;
            if (keeps && !preActivation.dense()) {
                scatter(h, preActivation, from, n);
            }
            if (keeps && activation != Activation.IDENTITY) {
                between = library.scratch(Scratch.BETWEEN, bytes(n, width));
                ops.activate(activation, n * width, h, between);
            }
            factors = factors(n, y.width());
            long source = factor(factors, between, n, width);
            long r = residual == null ? 0 : dense(residual, from, n);
            long target = y.dense() ? y.row(from) : library.scratch(Scratch.TARGET, bytes(n, y.width()));
            multiply(factors, n, second, source, bias2, Activation.IDENTITY, r, target);
            if (!y.dense()) {
                scatter(target, y, from, n);
            }
        }
    }

    /** dx = ((dy·W₂ᵀ) ⊙ act'(h))·W₁ᵀ. */
    void mlpBackward(Rows dy, Rows w1, Rows w2, Activation activation, Rows preActivation, Rows dx) {
        Weight first = Weight.of(w1, true);
        Weight second = Weight.of(w2, true);
        long width = w1.width();
        long chunk = chunk(dy.rows(), width);
        for (long from = 0; from < dy.rows(); from += chunk) {
            long n = Math.min(chunk, dy.rows() - from);
            data_type factors = factors(n, width);
            long between = library.scratch(Scratch.BETWEEN, bytes(n, width));
            multiply(factors, n, second, factor(factors, dy, from, n), null, Activation.IDENTITY, 0, between);
            if (activation != Activation.IDENTITY) {
                long h = preActivation.row(from);
                if (!preActivation.dense()) {
                    h = library.scratch(Scratch.HIDDEN, bytes(n, width));
                    gather(preActivation, from, n, data_type.f32, h);
                }
                ops.activateBackward(activation, n * width, h, between, between);
            }
            factors = factors(n, dx.width());
            long source = factor(factors, between, n, width);
            long target = dx.dense() ? dx.row(from) : library.scratch(Scratch.TARGET, bytes(n, dx.width()));
            multiply(factors, n, first, source, null, Activation.IDENTITY, 0, target);
            if (!dx.dense()) {
                scatter(target, dx, from, n);
            }
        }
    }

    /** Rows of a chunk: as even as possible, and in whole register blocks. */
    private static long chunk(long rows, long width) {
        long most = Math.max(32, CHUNK_BYTES / (width * Rows.FLOAT));
        long chunks = (rows + most - 1) / most;
        return ((rows + chunks - 1) / chunks + 15) / 16 * 16;
    }

    private static long bytes(long n, long width) {
        return n * width * Rows.FLOAT;
    }

    /** The address of rows as a product's left factor: dense and of the factors' type. */
    private long factor(data_type factors, Rows x, long from, long n) {
        if (factors == data_type.f32 && x.dense()) {
            return x.row(from);
        }
        long staged = library.scratch(Scratch.SOURCE, bytes(n, x.width()));
        gather(x, from, n, factors, staged);
        return staged;
    }

    private long factor(data_type factors, long dense, long n, long width) {
        if (factors == data_type.f32) {
            return dense;
        }
        long staged = library.scratch(Scratch.SOURCE, bytes(n, width));
        ops.copy(
                Layout.matrix(data_type.f32, n, width, width),
                dense,
                Layout.matrix(factors, n, width, width),
                staged,
                false);
        return staged;
    }

    /** The address of rows, copied together where they are not. */
    private long dense(Rows a, long from, long n) {
        if (a.dense()) {
            return a.row(from);
        }
        long staged = library.scratch(Scratch.RESIDUAL, bytes(n, a.width()));
        gather(a, from, n, data_type.f32, staged);
        return staged;
    }

    private void gather(Rows a, long from, long n, data_type type, long staged) {
        ops.copy(
                Layout.matrix(data_type.f32, n, a.width(), a.rowStride()),
                a.row(from),
                Layout.matrix(type, n, a.width(), a.width()),
                staged,
                false);
    }

    private void scatter(long staged, Rows a, long from, long n) {
        ops.copy(
                Layout.matrix(data_type.f32, n, a.width(), a.width()),
                staged,
                Layout.matrix(data_type.f32, n, a.width(), a.rowStride()),
                a.row(from),
                false);
    }

    private void multiply(
            data_type factors,
            long n,
            Weight weight,
            long source,
            Rows bias,
            Activation activation,
            long residual,
            long target) {
        Product key = new Product(factors, n, weight.from(), weight.to(), bias != null, activation, residual != 0);
        Prepared prepared = products.get(key);
        if (prepared == null) {
            prepared = prepare(key);
            products.put(key, prepared);
        }
        long w = packed(weight, factors, prepared.layout());
        if (bias == null) {
            prepared.primitive().run(source, w, target, residual);
        } else {
            prepared.primitive().run(source, w, target, bias.address(), residual);
        }
    }

    private Prepared prepare(Product p) {
        memory.desc source = OneDnnOps.matrix(p.factors(), p.rows(), p.in());
        memory.desc bias = OneDnnOps.matrix(data_type.f32, 1, p.out());
        memory.desc target = OneDnnOps.matrix(data_type.f32, p.rows(), p.out());
        memory.desc anyLayout = new memory.desc(new long[] {p.in(), p.out()}, p.factors(), format_tag.any);
        post_ops after = new post_ops();
        if (p.activation() != Activation.IDENTITY) {
            after.append_eltwise(1f, OneDnnOps.algorithm(p.activation()), OneDnnOps.ALPHA, 0f);
        }
        if (p.residual()) {
            after.append_binary(dnnl.dnnl_binary_add, target);
        }
        primitive_attr attributes = new primitive_attr();
        attributes.set_post_ops(after);
        matmul.desc operation = p.bias()
                ? new matmul.desc(source, anyLayout, bias, target)
                : new matmul.desc(source, anyLayout, target);
        matmul.primitive_desc description = new matmul.primitive_desc(operation, attributes, library.cpu);
        int layout = layoutIndex(description.weights_desc());

        List<OneDnn.Argument> arguments = new ArrayList<>();
        arguments.add(new OneDnn.Argument(dnnl.DNNL_ARG_SRC, source));
        arguments.add(new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, layouts.get(layout)));
        arguments.add(new OneDnn.Argument(dnnl.DNNL_ARG_DST, target));
        if (p.bias()) {
            arguments.add(new OneDnn.Argument(dnnl.DNNL_ARG_BIAS, bias));
        }
        if (p.residual()) {
            int postOp = dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * after.len();
            arguments.add(new OneDnn.Argument(postOp | dnnl.DNNL_ARG_SRC_1, target));
        }
        OneDnnPrimitive primitive = library.bind(new matmul(description), arguments.toArray(new OneDnn.Argument[0]));
        return new Prepared(primitive, layout);
    }

    private int layoutIndex(memory.desc wanted) {
        for (int i = 0; i < layouts.size(); i++) {
            if (layouts.get(i).equals(wanted)) {
                return i;
            }
        }
        layouts.add(wanted);
        return layouts.size() - 1;
    }

    /** The address of the weight in this layout, packed on first use. */
    private long packed(Weight weight, data_type factors, int layout) {
        return packed.computeIfAbsent(new Packed(weight, factors, layout), key -> {
            memory.desc plain = weight.desc();
            memory.desc blocked = layouts.get(layout);
            long address = library.allocate(blocked.get_size());
            library.bind(
                            new reorder(new reorder.primitive_desc(library.cpu, plain, library.cpu, blocked)),
                            new OneDnn.Argument(dnnl.DNNL_ARG_FROM, plain),
                            new OneDnn.Argument(dnnl.DNNL_ARG_TO, blocked))
                    .run(weight.address(), address);
            return address;
        });
    }
}
