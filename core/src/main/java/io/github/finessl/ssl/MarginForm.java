package io.github.finessl.ssl;

/** The margin Δ(k) of class k as a function of its relative pace β(k). */
public enum MarginForm {
    /** The paper's margin: Δ = 1 - β. */
    PAPER,
    /** The margin of the authors' code: Δ = (1 - β)/(1 + β). */
    REFERENCE;

    /** The margin Δ of a class with relative pace β. */
    public double delta(double beta) {
        return switch (this) {
            case PAPER -> 1 - beta;
            case REFERENCE -> (1 - beta) / (1 + beta);
        };
    }
}
