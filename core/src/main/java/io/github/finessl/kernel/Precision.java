package io.github.finessl.kernel;

/** How the fast kernels multiply. Sums, norms, softmax and the residual stream are single precision in either. */
public enum Precision {
    /** bf16 where the processor multiplies it natively, otherwise f32. */
    AUTO,
    /** Single precision. */
    F32,
    /** Factors of products rounded to bfloat16, and what a backward pass reads of an MLP. */
    BF16
}
