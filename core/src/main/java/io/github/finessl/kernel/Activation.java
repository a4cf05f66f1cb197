package io.github.finessl.kernel;

/** The nonlinearity between the linear layers of an MLP. */
public enum Activation {
    /** CLIP's approximation of GELU: x·σ(1.702·x). */
    QUICK_GELU,
    /** GELU with the exact normal distribution (erf): x·Φ(x). */
    GELU_ERF,
    /** GELU in its tanh approximation: x·½(1 + tanh(√(2/π)(x + 0.044715·x³))). */
    GELU_TANH,
    /** The rectified linear unit: max(x, 0). */
    RELU,
    /** The sigmoid linear unit, or swish: x·σ(x). */
    SILU
}
