package io.github.finessl.report;

/**
 * The two likeliest classes of an image.
 *
 * @param label index of the likeliest class
 * @param confidence its probability
 * @param second index of the next likeliest one
 * @param secondConfidence its probability
 */
public record TopTwo(int label, double confidence, int second, double secondConfidence) {

    /**
     * Finds them among the probabilities of all classes; of equals, the first.
     *
     * @param probabilities [C], of two classes at least
     */
    public static TopTwo of(double[] probabilities) {
        int first = probabilities[0] >= probabilities[1] ? 0 : 1;
        int second = 1 - first;
        for (int c = 2; c < probabilities.length; c++) {
            if (probabilities[c] > probabilities[first]) {
                second = first;
                first = c;
            } else if (probabilities[c] > probabilities[second]) {
                second = c;
            }
        }
        return new TopTwo(first, probabilities[first], second, probabilities[second]);
    }

    /** The doubt between both, 1 - (p_1 - p_2): from 0, sure, to 1. */
    public double doubt() {
        return 1 - (confidence - secondConfidence);
    }
}
