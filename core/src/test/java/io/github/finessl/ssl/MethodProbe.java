package io.github.finessl.ssl;

import io.github.finessl.op.TestGraph;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A method's loss and gradients for given logits of both heads.
 *
 * <p>The auxiliary logits come about through a real head: unit features f = (z/s, rest) on class weights that are the unit
 * vectors, so that s·cos(f, w_k) = z_k.
 *
 * @param parts of the loss by name
 * @param logitsGradient dL/dz of the main head [N, C]
 * @param featureGradient dL/df [N, C + 1]
 * @param headGradient dL/dW of the auxiliary head [C, C + 1]; null where the method has none
 */
record MethodProbe(
        double loss,
        Map<String, Double> parts,
        double[][] logitsGradient,
        double[][] featureGradient,
        double[][] headGradient) {
    private static final double SCALE = 64;

    static MethodProbe of(Method method, double[][] main, double[][] auxiliary, StepTargets targets) {
        TestGraph g = new TestGraph();
        SDVariable logits = g.variable("logits", Nd4j.create(main));
        SDVariable features = g.variable("features", Nd4j.create(features(auxiliary)));
        int classes = main[0].length;
        LossGraph.Head[] head = new LossGraph.Head[1];
        method.loss(new LossGraph(
                g.sd(),
                features,
                logits,
                () -> {
                    if (head[0] == null) {
                        head[0] = new LossGraph.Head(
                                g.variable("weight", Nd4j.eye(classes + 1).getRows(range(classes))),
                                g.variable("scale", Nd4j.createFromArray(SCALE)));
                    }
                    return head[0];
                },
                classes));
        targets.vectors().forEach((feed, values) -> g.feed(feed.name(), Nd4j.createFromArray(values)));
        targets.classIndices().forEach((feed, values) -> g.feed(feed.name(), Nd4j.createFromArray(values)));
        targets.distributions().forEach((feed, values) -> g.feed(feed.name(), Nd4j.createFromArray(values)));
        Map<String, Double> parts = new LinkedHashMap<>();
        method.lossParts().forEach(part -> parts.put(part, g.value(part).getDouble(0)));
        double loss = g.loss();
        Map<String, INDArray> gradients = g.gradients();
        return new MethodProbe(
                loss,
                parts,
                gradients.get("logits").toDoubleMatrix(),
                gradients.get("features").toDoubleMatrix(),
                head[0] == null ? null : gradients.get("weight").toDoubleMatrix());
    }

    /** What gradients of auxiliary logits become at the features: s·dz with its part along f taken away. */
    static double[][] atFeatures(double[][] auxiliary, double[][] logitsGradient) {
        double[][] f = features(auxiliary);
        double[][] gradient = new double[f.length][f[0].length];
        for (int j = 0; j < f.length; j++) {
            double along = 0;
            for (int k = 0; k < logitsGradient[j].length; k++) {
                along += SCALE * logitsGradient[j][k] * f[j][k];
            }
            for (int d = 0; d < f[j].length; d++) {
                double direct = d < logitsGradient[j].length ? SCALE * logitsGradient[j][d] : 0;
                gradient[j][d] = direct - along * f[j][d];
            }
        }
        return gradient;
    }

    /** What they become at the head's weights: s·dzᵀ·f with the part along each w_k taken away. */
    static double[][] atHead(double[][] auxiliary, double[][] logitsGradient) {
        double[][] f = features(auxiliary);
        double[][] gradient = new double[logitsGradient[0].length][f[0].length];
        for (int k = 0; k < gradient.length; k++) {
            for (int d = 0; d < f[0].length; d++) {
                for (int j = 0; j < f.length && d != k; j++) {
                    gradient[k][d] += SCALE * logitsGradient[j][k] * f[j][d];
                }
            }
        }
        return gradient;
    }

    /** The names of the loss's parts that differ from another method's. */
    java.util.Set<String> partsUnlike(MethodProbe other) {
        Map<String, Double> differing = new TreeMap<>(parts);
        differing.entrySet().removeIf(part -> Math.abs(part.getValue() - other.parts.get(part.getKey())) < 1e-12);
        return differing.keySet();
    }

    private static double[][] features(double[][] logits) {
        double[][] features = new double[logits.length][logits[0].length + 1];
        for (int j = 0; j < logits.length; j++) {
            double rest = 1;
            for (int k = 0; k < logits[j].length; k++) {
                features[j][k] = logits[j][k] / SCALE;
                rest -= features[j][k] * features[j][k];
            }
            features[j][logits[j].length] = Math.sqrt(rest);
        }
        return features;
    }

    private static int[] range(int end) {
        return java.util.stream.IntStream.range(0, end).toArray();
    }
}
