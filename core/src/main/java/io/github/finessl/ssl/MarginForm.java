package io.github.finessl.ssl;

/** The margin Δ(k) of class k as a function of its relative pace β(k). */
public enum MarginForm {
    /** Δ = 1 - β: the paper's. */
    PAPER,
    /** Δ = (1 - β)/(1 + β): the authors' code. */
    REFERENCE;

    /** Δ for one class. */
    public double delta(double beta) {
        return switch (this) {
            case PAPER -> 1 - beta;
            case REFERENCE -> (1 - beta) / (1 + beta);
        };
    }
}
