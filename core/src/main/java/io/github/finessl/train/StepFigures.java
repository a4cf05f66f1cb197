package io.github.finessl.train;

import io.github.finessl.data.loading.StepBatch;
import io.github.finessl.model.StepResult;
import io.github.finessl.report.CurvePoint.PseudoLabels;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.WeakPredictions;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The monitored figures of one step.
 *
 * @param batchAccuracy of the labelled rows; where a step has none of them, of the pseudo-labelled ones in their place
 * @param pseudoLabelAccuracy where true labels of unlabelled images are known to the monitor
 * @param maskRate the fraction of confident pseudo-labels, conf_j ≥ ζ: not the method's own mask, but one measure of all methods
 * @param pseudoLabels what the weak views' predictions were like
 */
record StepFigures(
        double loss,
        Map<String, Double> parts,
        double batchAccuracy,
        OptionalDouble pseudoLabelAccuracy,
        OptionalDouble maskRate,
        Optional<PseudoLabels> pseudoLabels) {

    static StepFigures of(StepBatch batch, StepTargets targets, WeakPredictions weak, StepResult result, double zeta) {
        int[] labels = batch.labels().length > 0 ? batch.labels() : targets.pseudoLabels();
        int right = 0;
        for (int i = 0; i < labels.length; i++) {
            right += WeakPredictions.argmax(result.logits()[i]) == labels[i] ? 1 : 0;
        }
        int known = 0;
        int agreed = 0;
        for (int j = 0; j < targets.pseudoLabels().length; j++) {
            int truth = batch.hiddenLabels()[j];
            known += truth < 0 ? 0 : 1;
            agreed += truth >= 0 && targets.pseudoLabels()[j] == truth ? 1 : 0;
        }
        OptionalDouble maskRate = weak == null
                ? OptionalDouble.empty()
                : Arrays.stream(weak.confidence())
                        .map(c -> WeakPredictions.isConfident(c, zeta) ? 1 : 0)
                        .average();
        return new StepFigures(
                result.loss(),
                result.parts(),
                right / (double) labels.length,
                known == 0 ? OptionalDouble.empty() : OptionalDouble.of(agreed / (double) known),
                maskRate,
                Optional.ofNullable(weak).map(StepFigures::pseudoLabels));
    }

    private static PseudoLabels pseudoLabels(WeakPredictions weak) {
        int[] counts = new int[weak.main()[0].length];
        Arrays.stream(weak.pseudoLabels()).forEach(label -> counts[label]++);
        return new PseudoLabels(
                Arrays.stream(weak.confidence()).average().orElseThrow(),
                Arrays.stream(weak.main())
                        .mapToDouble(StepFigures::entropy)
                        .average()
                        .orElseThrow(),
                IntStream.of(counts).boxed().toList());
    }

    /** -Σ q log q. */
    private static double entropy(double[] q) {
        return -Arrays.stream(q).filter(p -> p > 0).map(p -> p * Math.log(p)).sum();
    }
}
