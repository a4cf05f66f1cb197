package io.github.finessl.kernel;

import java.util.Arrays;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** How fast this machine multiplies matrices: the yardstick of everything that is made of matrix products. */
public final class ProductRate {
    private static final int WARM_UP = 2;
    private static final int ROUNDS = 9;

    private ProductRate() {}

    /**
     * Floating-point operations a second of bare oneDNN products [rows, in]·[in, out]: factors in place and packed, no
     * bias, f32 result, on all threads.
     *
     * @param sizes pairs (in, out); they count by their operations
     * @throws UnsupportedOperationException where oneDNN does not load, or the processor does not multiply bf16
     */
    public static double measure(Precision precision, long rows, long[][] sizes) {
        try {
            boolean bf16 = OneDnn.hasBf16();
            if (precision == Precision.BF16 && !bf16) {
                throw new UnsupportedOperationException("This processor has no native bf16 (AVX512-BF16)");
            }
            memory.data_type type = bf16 && precision != Precision.F32 ? memory.data_type.bf16 : memory.data_type.f32;
            double operations = 0;
            double seconds = 0;
            for (long[] size : sizes) {
                operations += 2.0 * rows * size[0] * size[1];
                seconds += secondsOf(type, rows, size[0], size[1]);
            }
            return operations / seconds;
        } catch (LinkageError e) {
            throw new UnsupportedOperationException("oneDNN does not load here", e);
        }
    }

    /** The median. */
    private static double secondsOf(memory.data_type type, long rows, long in, long out) {
        try (OneDnn library = new OneDnn()) {
            memory.desc x = OneDnnOps.matrix(type, rows, in);
            memory.desc any = new memory.desc(new long[] {in, out}, type, memory.format_tag.any);
            memory.desc y = OneDnnOps.matrix(memory.data_type.f32, rows, out);
            matmul.primitive_desc description = new matmul.primitive_desc(new matmul.desc(x, any, y), library.cpu);
            memory.desc w = description.weights_desc();
            OneDnnPrimitive product = library.bind(
                    new matmul(description),
                    new OneDnn.Argument(dnnl.DNNL_ARG_SRC, x),
                    new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, w),
                    new OneDnn.Argument(dnnl.DNNL_ARG_DST, y));
            long[] addresses = {zeros(library, x), zeros(library, w), zeros(library, y)};
            double[] seconds = new double[ROUNDS];
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                long begin = System.nanoTime();
                product.run(addresses);
                if (round >= 0) {
                    seconds[round] = (System.nanoTime() - begin) / 1e9;
                }
            }
            Arrays.sort(seconds);
            return seconds[ROUNDS / 2];
        }
    }

    private static long zeros(OneDnn library, memory.desc layout) {
        BytePointer zeros = library.own(new BytePointer(layout.get_size() + 64));
        Pointer.memset(zeros, 0, zeros.capacity());
        return (zeros.address() + 63) / 64 * 64;
    }
}
