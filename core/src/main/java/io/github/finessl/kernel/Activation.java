package io.github.finessl.kernel;

/** The nonlinearity between the linear layers of an MLP. */
public enum Activation {
    /** x·σ(1.702·x), CLIP's approximation of GELU. */
    QUICK_GELU,
    /** x·Φ(x) with the exact normal distribution (erf). */
    GELU_ERF,
    /** x·½(1 + tanh(√(2/π)(x + 0.044715·x³))). */
    GELU_TANH,
    /** max(x, 0). */
    RELU
}
