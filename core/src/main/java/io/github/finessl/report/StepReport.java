package io.github.finessl.report;

import java.util.OptionalDouble;

/**
 * The figures of one training step for people.
 *
 * @param step counted from 1
 * @param batchAccuracy of the labelled images, a fraction
 * @param pseudoLabelAccuracy of the unlabelled images, where their true labels are known
 * @param maskRate part of the unlabelled images with max q ≥ ζ, for methods with pseudo-labels
 * @param images views that went through the encoder
 */
public record StepReport(
        int step,
        double loss,
        double batchAccuracy,
        OptionalDouble pseudoLabelAccuracy,
        OptionalDouble maskRate,
        int images) {}
