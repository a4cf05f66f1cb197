package io.github.finessl.report;

import java.util.stream.IntStream;

/**
 * What the other labels make of a labelled image, its own label being left out.
 *
 * @param label its label
 * @param answer what the other labels make of it
 * @param share of the other labels' votes for its own label, 0 to 1
 * @param answerShare of their votes for the answer
 */
public record LabelVotes(int label, int answer, double share, double answerShare) {

    /** The odds from which a label is doubted: of 76 labels of which 8 are wrong, these and as few others. */
    private static final double WRONG_FROM = 3;

    /** Votes that count as none. */
    private static final double ANY = 1e-4;

    /**
     * Counts votes.
     *
     * @param shares of the votes for each class [C]
     */
    public static LabelVotes of(int label, double[] shares) {
        int answer = IntStream.range(1, shares.length).reduce(0, (best, c) -> shares[c] > shares[best] ? c : best);
        return new LabelVotes(label, answer, shares[label], shares[answer]);
    }

    /** How many votes the answer has for each one of the label: an image that is only unusual has votes for many classes. */
    public double odds() {
        return (answerShare + ANY) / (share + ANY);
    }

    /** Whether the label looks wrong. */
    public boolean lookWrong() {
        return odds() > WRONG_FROM;
    }
}
