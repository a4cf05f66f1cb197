package io.github.finessl.train;

import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.UnlabelledSurvey;
import io.github.finessl.train.TrainingOutcome.BestHeldOut;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The evaluation of a run's model on the way and at the end; it keeps the one that was best on the held-out part. */
final class Examiner implements AutoCloseable {
    /** Images at a time. */
    static final int BATCH = 50;

    private final TrainingRun run;
    private Checkpoint.Best best;
    private Map<String, INDArray> bestParameters = Map.of();
    private double seconds;

    Examiner(TrainingRun run) {
        this.run = run;
    }

    /** Goes on with what was best before. */
    void restore(Checkpoint.Best earlier, Map<String, INDArray> parameters) {
        best = earlier;
        bestParameters = parameters;
    }

    /** The model that was best so far on the held-out part; null before the first look, and without such a part. */
    Checkpoint.Best best() {
        return best;
    }

    /** The best model's parameters and statistics by name; empty without one. */
    Map<String, INDArray> bestParameters() {
        return bestParameters;
    }

    /** The total time of evaluations. */
    double seconds() {
        return seconds;
    }

    /** Takes in that more is trained from now on: what the best model had of it is what the encoder has. */
    void grown(FineTunedModel model) {
        if (best != null) {
            Map<String, INDArray> completed = copy(learned(model));
            completed.putAll(bestParameters);
            bestParameters = completed;
        }
    }

    /** Accuracy on the test images, null without any; the best model on the held-out ones is kept. */
    Double look(FineTunedModel model, long step) {
        if (run.split().heldOut().length > 0) {
            keepIfBest(model, step);
        }
        return run.source().test().size() == 0 ? null : (Double) Evaluator.accuracy(test(model));
    }

    private void keepIfBest(FineTunedModel model, long step) {
        double heldOut = heldOutAccuracy(model);
        if (best == null || heldOut > best.accuracy()) {
            best = new Checkpoint.Best(step, heldOut);
            if (bestParameters.isEmpty()) {
                bestParameters = copy(learned(model));
            } else {
                learned(model).forEach((name, value) -> bestParameters.get(name).assign(value));
            }
        }
    }

    private double heldOutAccuracy(FineTunedModel model) {
        long begin = System.nanoTime();
        try (EvaluationLoader loader =
                new EvaluationLoader(run.source().train(), run.split().heldOut(), run.augmentation(), BATCH)) {
            return Evaluator.accuracy(
                    Evaluator.predict(model, loader, run.source().train()));
        } finally {
            seconds += since(begin);
        }
    }

    /** Predictions on the test images. */
    List<Prediction> test(FineTunedModel model) {
        long begin = System.nanoTime();
        try (EvaluationLoader loader = new EvaluationLoader(run.source().test(), run.augmentation(), BATCH)) {
            return Evaluator.predict(model, loader, run.source().test());
        } finally {
            seconds += since(begin);
        }
    }

    /** The best model on the held-out part, this last one among them; empty without such a part. */
    Optional<BestHeldOut> bestHeldOut(FineTunedModel model, long step) {
        if (run.split().heldOut().length == 0) {
            return Optional.empty();
        }
        double last = heldOutAccuracy(model);
        if (best == null || last > best.accuracy()) {
            return Optional.of(new BestHeldOut(step, last, test(model)));
        }
        Map<String, INDArray> lastParameters = copy(learned(model));
        learned(model).forEach((name, value) -> value.assign(bestParameters.get(name)));
        List<Prediction> predictions = test(model);
        learned(model).forEach((name, value) -> value.assign(lastParameters.get(name)));
        lastParameters.values().forEach(INDArray::close);
        return Optional.of(new BestHeldOut(best.step(), best.accuracy(), predictions));
    }

    /** Surveys the last model's pseudo-labels for as many unlabelled images as the plan asks for. */
    Optional<UnlabelledSurvey> survey(FineTunedModel model) {
        int[] some = run.split().unlabelled(run.plan().looks().survey());
        if (some.length == 0) {
            return Optional.empty();
        }
        long begin = System.nanoTime();
        try (EvaluationLoader loader = new EvaluationLoader(run.source().train(), some, run.augmentation(), BATCH)) {
            return Optional.of(Evaluator.survey(
                    model, run.method(), loader, run.source().train().classes().size()));
        } finally {
            seconds += since(begin);
        }
    }

    /** The learnt arrays that decide what the model predicts: parameters and running statistics. */
    static Map<String, INDArray> learned(FineTunedModel model) {
        Map<String, INDArray> all = new LinkedHashMap<>(model.parameters());
        all.putAll(model.statistics());
        return all;
    }

    private static Map<String, INDArray> copy(Map<String, INDArray> arrays) {
        Map<String, INDArray> copy = new LinkedHashMap<>();
        arrays.forEach((name, value) -> copy.put(
                name, Nd4j.createUninitialized(value.dataType(), value.shape()).assign(value)));
        return copy;
    }

    private static double since(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    @Override
    public void close() {
        bestParameters.values().forEach(INDArray::close);
    }
}
