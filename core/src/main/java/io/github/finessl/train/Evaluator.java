package io.github.finessl.train;

import io.github.finessl.data.Dataset;
import io.github.finessl.data.loading.EvaluationBatch;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.UnlabelledSurvey;
import io.github.finessl.report.UnlabelledSurvey.Truth;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.WeakPredictions;
import java.util.ArrayList;
import java.util.List;

/** Predictions of a model: argmax of the main head's logits, without any margin. */
final class Evaluator {
    private Evaluator() {}

    /**
     * One prediction for each image of the loader.
     *
     * @param flip whether mirror images count too
     * @param dataset what the loader reads
     * @param progress hears of it after each batch
     */
    static List<Prediction> predict(
            FineTunedModel model,
            boolean flip,
            EvaluationLoader loader,
            Dataset dataset,
            FeatureBank.Progress progress) {
        List<Prediction> predictions = new ArrayList<>(loader.size());
        for (EvaluationBatch batch : loader) {
            WeakPredictions q = model.predictCached(batch.images(), flip);
            int[] classes = q.pseudoLabels();
            double[] confidence = q.confidence();
            for (int i = 0; i < classes.length; i++) {
                predictions.add(new Prediction(
                        dataset.source(batch.indices()[i]), batch.labels()[i], classes[i], confidence[i]));
            }
            progress.at(predictions.size(), loader.size());
        }
        return predictions;
    }

    /** Surveys a model's pseudo-labels for unlabelled images, and how far the method trusts them. */
    static UnlabelledSurvey survey(
            FineTunedModel model, boolean flip, Method method, EvaluationLoader loader, int classes) {
        List<UnlabelledSurvey.Image> images = new ArrayList<>(loader.size());
        for (EvaluationBatch batch : loader) {
            WeakPredictions q = model.predictCached(batch.images(), flip);
            int[] pseudoLabels = q.pseudoLabels();
            double[] confidence = q.confidence();
            double[] trust = method.trust(q);
            for (int i = 0; i < pseudoLabels.length; i++) {
                int label = batch.labels()[i];
                images.add(new UnlabelledSurvey.Image(truth(label), label, pseudoLabels[i], confidence[i], trust[i]));
            }
        }
        return UnlabelledSurvey.of(images, classes);
    }

    private static Truth truth(int label) {
        return switch (label) {
            case Dataset.UNKNOWN -> Truth.UNKNOWN;
            case Dataset.STRANGER -> Truth.STRANGER;
            default -> Truth.KNOWN;
        };
    }

    /** The fraction predicted right. */
    static double accuracy(List<Prediction> predictions) {
        return predictions.stream()
                .mapToInt(p -> p.predicted() == p.label() ? 1 : 0)
                .average()
                .orElse(Double.NaN);
    }
}
