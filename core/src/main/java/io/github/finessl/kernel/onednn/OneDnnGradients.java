package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.onednn.OneDnnLinear.NormAt;
import io.github.finessl.kernel.onednn.OneDnnOps.Layout;
import java.util.Arrays;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.javacpp.FloatPointer;

/** Gradients of parameters, and what goes row by row, for a piece of the work on one core; f32 but where it says so. */
final class OneDnnGradients {

    private enum Scratch {
        PRODUCT,
        ROW,
        GATE,
        VALUE
    }

    private final OneDnn library;
    private final OneDnnOps ops;
    private final OneDnnLayerNorm norms;
    /** A row of ones, [1, onesLength]. */
    private FloatPointer ones = new FloatPointer();

    private long onesLength;

    OneDnnGradients(OneDnn library, OneDnnOps ops, OneDnnLayerNorm norms) {
        this.library = library;
        this.ops = ops;
        this.norms = norms;
    }

    /** xᵀ·y, where x is [n, from] with rows {@code leftStride} apart, or a row of ones. */
    private record Product(
            data_type factors, long n, long from, long to, long leftStride, long rightStride, long resultStride) {}

    /** dW = xᵀ·dy; x [n, in], dy [n, out], dW [in, out], all in any strides. */
    void product(Rows x, Rows dy, Rows dWeight) {
        Product key = new Product(
                data_type.f32, x.rows(), x.width(), dy.width(), x.rowStride(), dy.rowStride(), dWeight.rowStride());
        library.primitive(key, () -> prepare(key)).run(x.address(), dy.address(), dWeight.address());
    }

    /**
     * dW = xᵀ·dy for factors that {@link #round} has made.
     *
     * @param left address of the first of the columns of x that belong to these rows of dW; {@code x} says how it lies
     * @param right address of dy
     */
    void product(long left, Rows x, long right, Rows dy, Rows dWeight) {
        Product key = new Product(
                data_type.bf16, x.rows(), dWeight.rows(), dy.width(), x.width(), dy.width(), dWeight.rowStride());
        library.primitive(key, () -> prepare(key)).run(left, right, dWeight.address());
    }

    /** Rows as dense bf16, at an address. */
    void round(Rows x, long target) {
        ops.copy(
                Layout.matrix(data_type.f32, x.rows(), x.width(), x.rowStride()),
                x.address(),
                Layout.matrix(data_type.bf16, x.rows(), x.width(), x.width()),
                target);
    }

    /** The sum of rows, at an address. */
    void sumRows(Rows x, long sum) {
        Product key = new Product(data_type.f32, x.rows(), 1, x.width(), 1, x.rowStride(), x.width());
        library.primitive(key, () -> prepare(key)).run(ones(x.rows()), x.address(), sum);
    }

    /** The sum over rows of x ⊙ dy, at an address. */
    void scale(Rows x, Rows dy, long sum) {
        long product = floats(Scratch.PRODUCT, x);
        ops.binary(dnnl.dnnl_binary_mul, x.rows(), x.width(), false, requireDense(x), requireDense(dy), product);
        sumRows(dense(product, x), sum);
    }

    /** The sum over rows of normalised x ⊙ dy, at an address. */
    void gain(Rows x, NormAt norm, Rows dy, long sum) {
        long product = floats(Scratch.PRODUCT, x);
        norms.normalise(x.rows(), x.width(), requireDense(x), norm, product);
        ops.binary(dnnl.dnnl_binary_mul, x.rows(), x.width(), false, product, requireDense(dy), product);
        sumRows(dense(product, x), sum);
    }

    /** y = act(x). */
    void activate(Activation activation, Rows x, Rows y) {
        ops.activate(activation, data_type.f32, x.rows() * x.width(), x.address(), y.address());
    }

    /** dx = dy ⊙ act'(x). */
    void activateBackward(Activation activation, Rows x, Rows dy, Rows dx) {
        ops.activateBackward(activation, data_type.f32, x.rows() * x.width(), x.address(), dy.address(), dx.address());
    }

    /** y = act(gate) ⊙ value, where x holds the columns of both; all dense. */
    void gate(Activation activation, Rows x, Rows y) {
        long gate = half(Scratch.GATE, x, 0);
        long value = half(Scratch.VALUE, x, 1);
        ops.activate(activation, data_type.f32, y.rows() * y.width(), gate, gate);
        ops.binary(dnnl.dnnl_binary_mul, y.rows(), y.width(), false, gate, value, y.address());
    }

    /** The gradient of {@link #gate}. */
    void gateBackward(Activation activation, Rows x, Rows dy, Rows dx) {
        long n = dy.rows();
        long width = dy.width();
        long gate = half(Scratch.GATE, x, 0);
        long value = half(Scratch.VALUE, x, 1);
        long product = floats(Scratch.PRODUCT, dy);
        ops.activate(activation, data_type.f32, n * width, gate, product);
        ops.binary(dnnl.dnnl_binary_mul, n, width, false, product, dy.address(), product);
        putHalf(product, dx, 1);
        ops.binary(dnnl.dnnl_binary_mul, n, width, false, value, dy.address(), product);
        ops.activateBackward(activation, data_type.f32, n * width, gate, product, product);
        putHalf(product, dx, 0);
    }

    /** The address of the first or the second half of the columns, copied together. */
    private long half(Scratch name, Rows x, int index) {
        long width = x.width() / 2;
        long target = library.scratch(name, x.rows() * width * Rows.FLOAT);
        ops.copy(
                Layout.matrix(data_type.f32, x.rows(), width, x.rowStride()),
                x.from(index * width).address(),
                Layout.matrix(data_type.f32, x.rows(), width, width),
                target);
        return target;
    }

    private void putHalf(long source, Rows y, int index) {
        long width = y.width() / 2;
        ops.copy(
                Layout.matrix(data_type.f32, y.rows(), width, width),
                source,
                Layout.matrix(data_type.f32, y.rows(), width, y.rowStride()),
                y.from(index * width).address());
    }

    /** y = x ⊙ scale + shift; the shift may be null. */
    void scaleShift(Rows x, Rows scale, Rows shift, Rows y) {
        ops.binary(dnnl.dnnl_binary_mul, x.rows(), x.width(), true, x.address(), scale.address(), y.address());
        if (shift != null) {
            ops.binary(dnnl.dnnl_binary_add, x.rows(), x.width(), true, y.address(), shift.address(), y.address());
        }
    }

    private static long requireDense(Rows x) {
        if (!x.dense()) {
            throw new IllegalArgumentException("inputs must be dense");
        }
        return x.address();
    }

    private static Rows dense(long address, Rows like) {
        return new Rows(address, 1, like.rows(), like.width(), 0, like.width());
    }

    private long floats(Scratch name, Rows like) {
        return library.scratch(name, like.rows() * like.width() * Rows.FLOAT);
    }

    private long ones(long length) {
        if (length > onesLength) {
            float[] values = new float[Math.toIntExact(length)];
            Arrays.fill(values, 1);
            ones = library.own(new FloatPointer(values));
            onesLength = length;
        }
        return ones.address();
    }

    private OneDnnPrimitive prepare(Product p) {
        memory.desc left = strided(p.factors(), p.from(), p.n(), 1, p.leftStride());
        memory.desc right = strided(p.factors(), p.n(), p.to(), p.rightStride(), 1);
        memory.desc result = strided(data_type.f32, p.from(), p.to(), p.resultStride(), 1);
        matmul.primitive_desc description =
                new matmul.primitive_desc(library.cpu, left, right, result, OneDnn.attributes(), false);
        return library.bind(
                description,
                new matmul(description),
                new OneDnn.Argument(dnnl.DNNL_ARG_SRC, left),
                new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, right),
                new OneDnn.Argument(dnnl.DNNL_ARG_DST, result));
    }

    private static memory.desc strided(data_type type, long rows, long columns, long rowStride, long columnStride) {
        return new memory.desc(new long[] {rows, columns}, type, new long[] {rowStride, columnStride});
    }
}
