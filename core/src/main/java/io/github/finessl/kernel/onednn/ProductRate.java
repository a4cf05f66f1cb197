package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.Pointer;

/** The speed at which this machine multiplies matrices when it does nothing else: the yardstick of the benchmarks. */
public final class ProductRate {
    private static final int ROUNDS = 15;
    private static final int WARM_UP = 3;

    private ProductRate() {}

    /**
     * Measures the floating-point operations a second of bare oneDNN products [rows, in]·[in, out]: factors of the
     * precision in place and packed, an f32 result, no bias, the rows shared by the threads. The median of {@value
     * ROUNDS} rounds.
     *
     * @param precision F32 or BF16
     * @param rows at least one for each thread
     * @param sizes in and out of each product
     * @throws UnsupportedOperationException where oneDNN does not load, or the processor has no bf16
     */
    public static double measure(Precision precision, int threads, long rows, List<long[]> sizes) {
        data_type factors = precision == Precision.BF16 ? data_type.bf16 : data_type.f32;
        try {
            if (precision == Precision.BF16 && !OneDnn.hasBf16()) {
                throw new UnsupportedOperationException("this processor has no native bf16");
            }
            PackedWeights none = new PackedWeights();
            try (Workers workers = new Workers(threads, () -> OneDnnTools.of(none, false))) {
                long whole = rows / threads * threads; // each thread multiplies as many
                return sizes.stream()
                                .mapToDouble(size -> 2.0 * whole * size[0] * size[1])
                                .sum()
                        / sizes.stream()
                                .mapToDouble(size -> seconds(workers, factors, rows, size[0], size[1]))
                                .sum();
            } finally {
                none.close();
            }
        } catch (LinkageError e) {
            throw new UnsupportedOperationException("oneDNN does not load here (" + e + ")", e);
        }
    }

    private static double seconds(Workers workers, data_type factors, long rows, long in, long out) {
        long share = rows / workers.count();
        Product[] products = new Product[workers.count()];
        double[] seconds = new double[ROUNDS];
        // Made where OpenMP has one thread, for that is what they are tuned for.
        workers.run(
                1,
                (tools, only) -> IntStream.range(0, products.length)
                        .forEach(i -> products[i] = Product.of(factors, share, in, out)));
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            long begin = System.nanoTime();
            workers.run(products.length, (tools, i) -> products[i].run());
            if (round >= 0) {
                seconds[round] = (System.nanoTime() - begin) / 1e9;
            }
        }
        for (Product product : products) {
            product.library().close();
        }
        Arrays.sort(seconds);
        return seconds[ROUNDS / 2];
    }

    private record Product(OneDnn library, OneDnnPrimitive primitive, long x, long w, long y) {

        static Product of(data_type factors, long rows, long in, long out) {
            OneDnn library = new OneDnn();
            memory.desc x = OneDnnOps.matrix(factors, rows, in);
            memory.desc any = new memory.desc(new long[] {in, out}, factors, format_tag.any);
            memory.desc y = OneDnnOps.matrix(data_type.f32, rows, out);
            matmul.primitive_desc description =
                    new matmul.primitive_desc(library.cpu, x, any, y, OneDnn.attributes(), false);
            memory.desc w = description.weights_desc();
            OneDnnPrimitive primitive = library.bind(
                    description,
                    new matmul(description),
                    new OneDnn.Argument(dnnl.DNNL_ARG_SRC, x),
                    new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, w),
                    new OneDnn.Argument(dnnl.DNNL_ARG_DST, y));
            return new Product(library, primitive, zeros(library, x), zeros(library, w), zeros(library, y));
        }

        private static long zeros(OneDnn library, memory.desc layout) {
            long address = library.allocate(layout.get_size());
            Pointer.memset(OneDnn.at(address), 0, layout.get_size());
            return address;
        }

        void run() {
            primitive.run(x, w, y);
        }
    }
}
