package io.github.finessl.export;

import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.ResNet;
import io.github.finessl.io.OneLine;
import io.github.finessl.model.Heads;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.Tuning;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A model to be exported: an encoder, what was trained of it, and the main head on top.
 *
 * @param encoder at the resolution that the model was trained at
 * @param parameters those of the tuning, and {@code head.weight} [C, D], {@code head.scale} [1], by name, as a checkpoint has
 *     them, and where batch norms were trained their running statistics; others (an auxiliary head's) are left out
 * @param classes the names of the C classes, a line of text each
 * @param normalisation of the pixels in training
 * @param flip whether logits are the mean of those of an image and of its mirror image
 * @param certainty how sure the model may be
 */
public record ExportedModel(
        Encoder encoder,
        Tuning tuning,
        Map<String, INDArray> parameters,
        List<String> classes,
        Normalisation normalisation,
        boolean flip,
        Origin origin,
        Certainty certainty) {

    /**
     * Checks that all parts are there and fit.
     *
     * @throws IllegalArgumentException saying what does not
     */
    public ExportedModel {
        classes = List.copyOf(classes);
        for (String name : classes) {
            if (!OneLine.is(name)) {
                throw new IllegalArgumentException(
                        "a class's name should be a line of text, but is '" + OneLine.visible(name) + "'");
            }
        }
        Map<String, INDArray> needed = new HashMap<>();
        for (Parameter parameter : tuning.parameters(encoder)) {
            take(parameters, needed, parameter.name(), parameter.shape());
        }
        if (tuning.batchStatistics() && encoder instanceof ResNet resnet) {
            for (Map.Entry<String, INDArray> statistic : resnet.statistics().entrySet()) {
                take(
                        parameters,
                        needed,
                        statistic.getKey(),
                        statistic.getValue().shape());
            }
        }
        take(parameters, needed, Heads.WEIGHT, classes.size(), encoder.featureWidth());
        take(parameters, needed, Heads.SCALE, 1);
        parameters = Map.copyOf(needed);
    }

    private static void take(
            Map<String, INDArray> parameters, Map<String, INDArray> needed, String name, long... shape) {
        INDArray value = parameters.get(name);
        if (value == null || !Arrays.equals(value.shape(), shape)) {
            throw new IllegalArgumentException("the parameter " + name + " should be " + Arrays.toString(shape)
                    + ", but is " + (value == null ? "missing" : Arrays.toString(value.shape())));
        }
        needed.put(name, value);
    }
}
