package io.github.finessl.ssl;

import java.util.Arrays;

/**
 * Vectors over the rows of the training batch: labelled images, then every strong view of the unlabelled ones.
 *
 * @param labelled B
 * @param unlabelled μB
 * @param strongViews views of each unlabelled image
 */
record Rows(int labelled, int unlabelled, int strongViews) {

    /** One value for every labelled row, zero elsewhere. */
    double[] onLabelled(double value) {
        double[] rows = new double[size()];
        Arrays.fill(rows, 0, labelled, value);
        return rows;
    }

    /** One value for each unlabelled image, in one of its views; zero elsewhere. */
    double[] onView(int view, double[] values) {
        double[] rows = new double[size()];
        System.arraycopy(values, 0, rows, labelled + view * unlabelled, unlabelled);
        return rows;
    }

    /** One value for each unlabelled image, repeated over its strong views; zero for labelled rows. */
    double[] onStrong(double[] values) {
        double[] rows = new double[size()];
        for (int view = 0; view < strongViews; view++) {
            System.arraycopy(values, 0, rows, labelled + view * unlabelled, unlabelled);
        }
        return rows;
    }

    /** Labels, then pseudo-labels for every strong view. */
    int[] classes(int[] labels, int[] pseudoLabels) {
        int[] rows = Arrays.copyOf(labels, size());
        for (int view = 0; view < strongViews; view++) {
            System.arraycopy(pseudoLabels, 0, rows, labelled + view * unlabelled, unlabelled);
        }
        return rows;
    }

    private int size() {
        return labelled + strongViews * unlabelled;
    }
}
