package io.github.finessl.kernel;

import java.util.Locale;

/**
 * The precision of the encoder's matrix products. Sums, norms, softmax and the residual stream are single precision in
 * any.
 */
public enum Precision {
    /** The fastest precision: bf16 where the processor multiplies it natively, otherwise f32. */
    AUTO,
    /** Single precision, by oneDNN. */
    F32,
    /** Mixed precision: factors of products rounded to bfloat16, and what a backward pass reads of an MLP; by oneDNN. */
    BF16,
    /** Single precision, by ND4J alone, which runs wherever ND4J does. */
    PORTABLE;

    /** The precision of the kernels of a name, as {@link Kernels#name} and run records have it. */
    public static Precision ofKernels(String name) {
        if (name.endsWith(F32.toString())) {
            return F32;
        }
        return name.endsWith(BF16.toString()) ? BF16 : PORTABLE;
    }

    /** The spelling in options and records: auto, f32, bf16 or portable. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
