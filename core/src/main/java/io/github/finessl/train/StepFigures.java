package io.github.finessl.train;

import io.github.finessl.data.loading.StepBatch;
import io.github.finessl.model.StepResult;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.WeakPredictions;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What is monitored of one step.
 *
 * @param batchAccuracy of the labelled rows
 * @param pseudoLabelAccuracy where true labels of unlabelled images are known to the monitor
 * @param maskRate the fraction of confident pseudo-labels, conf_j ≥ ζ
 */
record StepFigures(
        double loss,
        Map<String, Double> parts,
        double batchAccuracy,
        OptionalDouble pseudoLabelAccuracy,
        OptionalDouble maskRate) {

    static StepFigures of(StepBatch batch, StepTargets targets, WeakPredictions weak, StepResult result, double zeta) {
        int right = 0;
        for (int i = 0; i < batch.labels().length; i++) {
            right += WeakPredictions.argmax(result.logits()[i]) == batch.labels()[i] ? 1 : 0;
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
                right / (double) batch.labels().length,
                known == 0 ? OptionalDouble.empty() : OptionalDouble.of(agreed / (double) known),
                maskRate);
    }
}
