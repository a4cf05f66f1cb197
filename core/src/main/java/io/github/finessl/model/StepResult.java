package io.github.finessl.model;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The result of one forward and backward pass.
 *
 * @param loss L
 * @param parts the loss's parts by name
 * @param logits of the main head over all rows of the training batch [N, C]
 * @param gradients by parameter; they belong to the model and are valid until its next pass
 */
public record StepResult(double loss, Map<String, Double> parts, double[][] logits, Map<String, INDArray> gradients) {}
