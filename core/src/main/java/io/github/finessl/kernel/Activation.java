package io.github.finessl.kernel;

/** The nonlinearity that follows a linear layer. */
public enum Activation {
    /** No nonlinearity. */
    IDENTITY,
    /** x·σ(1.702·x), CLIP's approximation of GELU. */
    QUICK_GELU,
    /** x·Φ(x) with the exact normal distribution (erf). */
    GELU_ERF,
    /** x·½(1 + tanh(√(2/π)(x + 0.044715·x³))). */
    GELU_TANH
}
