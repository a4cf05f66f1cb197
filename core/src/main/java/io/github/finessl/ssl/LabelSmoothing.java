package io.github.finessl.ssl;

/**
 * A smoothed label e(y): most of the mass on class y, the rest spread over the others.
 *
 * @param lambda λ, 0 to 1; 0 leaves the label hard
 * @param form who gets the rest
 */
public record LabelSmoothing(double lambda, Form form) {

    /** Hard labels, without smoothing. */
    public static final LabelSmoothing NONE = new LabelSmoothing(0, Form.PAPER);

    /** The forms in which λ is spread over the classes. */
    public enum Form {
        /** The paper's form: e[y] = 1 - λ + λ/C, else λ/C. */
        PAPER,
        /** The form of the authors' code: e[y] = 1 - λ, else λ/(C - 1). */
        REFERENCE
    }

    /** Checks λ. */
    public LabelSmoothing {
        if (!(lambda >= 0 && lambda <= 1)) {
            throw new IllegalArgumentException("label smoothing λ must lie in 0..1, not " + lambda);
        }
    }

    /** The mass e(y)[y] of the target class. */
    public double onTarget(int classes) {
        return switch (form) {
            case PAPER -> 1 - lambda + lambda / classes;
            case REFERENCE -> 1 - lambda;
        };
    }

    /** The mass e(y)[k] of each other class k ≠ y. */
    public double offTarget(int classes) {
        return switch (form) {
            case PAPER -> lambda / classes;
            case REFERENCE -> lambda / (classes - 1);
        };
    }
}
