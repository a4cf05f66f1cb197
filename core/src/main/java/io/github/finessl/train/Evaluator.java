package io.github.finessl.train;

import io.github.finessl.data.Dataset;
import io.github.finessl.data.loading.EvaluationBatch;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.report.Prediction;
import io.github.finessl.ssl.WeakPredictions;
import java.util.ArrayList;
import java.util.List;

/** Predictions of a model: argmax of the main head's logits, without any margin. */
final class Evaluator {
    private Evaluator() {}

    /** One prediction for each image of the loader; {@code dataset} is what the loader reads. */
    static List<Prediction> predict(FineTunedModel model, EvaluationLoader loader, Dataset dataset) {
        List<Prediction> predictions = new ArrayList<>(loader.size());
        for (EvaluationBatch batch : loader) {
            double[][] logits = model.logits(batch.images());
            WeakPredictions q = WeakPredictions.ofLogits(logits, logits);
            int[] classes = q.pseudoLabels();
            double[] confidence = q.confidence();
            for (int i = 0; i < classes.length; i++) {
                predictions.add(new Prediction(
                        dataset.source(batch.indices()[i]), batch.labels()[i], classes[i], confidence[i]));
            }
        }
        return predictions;
    }

    /** The fraction predicted right. */
    static double accuracy(List<Prediction> predictions) {
        return predictions.stream()
                .mapToInt(p -> p.predicted() == p.label() ? 1 : 0)
                .average()
                .orElse(Double.NaN);
    }
}
