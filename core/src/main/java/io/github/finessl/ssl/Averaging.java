package io.github.finessl.ssl;

/**
 * The speed of the baselines' moving averages, and the strength of DebiasPL's debiasing.
 *
 * @param momentum m of an average that takes in every step's batch: it looks back 1/(1 - m) steps
 * @param debias t, how much of the bias DebiasPL takes away
 */
public record Averaging(double momentum, double debias) {

    /** The averaging of the methods' authors, for runs of tens of thousands of steps and more. */
    public static final Averaging AUTHORS = new Averaging(0.999, 0.4);

    /** 15,000 steps in FineSSL's paper over the 1000 that the authors' m looks back. */
    private static final double RUN_OVER_HORIZON = 15;

    /** The number of changes of SemiKD's balance in the steps that m looks back: a hundred, as its authors have it. */
    private static final double CHANGES = 100;

    /**
     * Checks the momentum.
     *
     * @throws IllegalArgumentException unless m is from 0 to below 1
     */
    public Averaging {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("a momentum is a number from 0 to below 1, not " + momentum);
        }
    }

    /**
     * The momentum for a run of some steps: it looks back a fifteenth of the run, as .999 does in the paper's 15,000 steps,
     * and never more than that. With .999 the averages of a short run would hardly leave their start.
     */
    public static double momentum(int steps) {
        return Math.max(0, Math.min(AUTHORS.momentum, 1 - RUN_OVER_HORIZON / steps));
    }

    /** Steps between changes of SemiKD's balance: the authors' 10 with their m, fewer with a smaller one. */
    int stepsBetweenChanges() {
        return (int) Math.max(1, Math.round(1 / (1 - momentum) / CHANGES));
    }

    /** The share that a change leaves of SemiKD's balance: the authors' .99 with their m. */
    double decayOfChange() {
        return 1 - stepsBetweenChanges() * (1 - momentum);
    }
}
