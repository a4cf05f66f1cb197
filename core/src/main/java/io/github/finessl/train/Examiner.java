package io.github.finessl.train;

import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.UnlabelledSurvey;
import io.github.finessl.train.TrainingOutcome.BestHeldOut;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The evaluation of a run's model on the way and at the end, or of the average of its parameters where the run has one; it
 * keeps the model that was best on the held-out part.
 */
final class Examiner implements AutoCloseable {
    /** Images at a time. */
    static final int BATCH = 50;

    private static final String BEST = "best/";

    private final TrainingRun run;
    private final Optional<ParameterAverage> average;
    private Checkpoint.Best best;
    private Map<String, INDArray> bestParameters = Map.of();
    private double seconds;

    Examiner(TrainingRun run) {
        this.run = run;
        double ema = run.plan().looks().ema();
        average = ema == 0 ? Optional.empty() : Optional.of(new ParameterAverage(ema));
    }

    /**
     * Goes on with what a checkpoint has kept.
     *
     * @param file its file
     * @param learned the shapes of parameters and statistics by name
     * @throws CheckpointException if it holds others
     */
    void restore(Path file, Checkpoint saved, Map<String, long[]> learned) {
        saved.requireGroup(file, BEST, saved.best() == null ? Map.of() : learned);
        saved.requireGroup(file, Trainer.AVERAGE, average.isEmpty() || saved.step() == 0 ? Map.of() : learned);
        best = saved.best();
        bestParameters = saved.group(BEST);
        average.ifPresent(means -> means.restore(saved.group(Trainer.AVERAGE)));
    }

    /** What a checkpoint keeps of the average and of the best model, by group and name. */
    Map<String, INDArray> kept() {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        average.ifPresent(means -> means.means().forEach((name, value) -> arrays.put(Trainer.AVERAGE + name, value)));
        bestParameters.forEach((name, value) -> arrays.put(BEST + name, value));
        return arrays;
    }

    /** Takes in what the model has learnt after a step, from 1 on. */
    void stepped(FineTunedModel model, long step) {
        average.ifPresent(means -> means.add(learned(model), step));
    }

    /** The model that was best so far on the held-out part; null before the first look, and without such a part. */
    Checkpoint.Best best() {
        return best;
    }

    /** The total time of evaluations. */
    double seconds() {
        return seconds;
    }

    /** Takes in that more is trained from now on: what the best model and the average had of it is what the encoder has. */
    void grown(FineTunedModel model) {
        average.ifPresent(means -> means.begin(learned(model)));
        if (best != null) {
            Map<String, INDArray> completed = copy(learned(model));
            completed.putAll(bestParameters);
            bestParameters = completed;
        }
    }

    /** Accuracy on the test images, null without any; the best model on the held-out ones is kept. */
    Double look(FineTunedModel model, long step) {
        return examined(model, () -> {
            if (run.split().heldOut().length > 0) {
                keepIfBest(model, step);
            }
            return run.source().test().size() == 0
                    ? null
                    : (Double) Evaluator.accuracy(predictions(model, (done, all) -> {}));
        });
    }

    /** What a look finds at the model as it is to be used. */
    private <T> T examined(FineTunedModel model, Supplier<T> look) {
        return average.isEmpty() ? look.get() : average.get().inPlaceOf(learned(model), look);
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
                    Evaluator.predict(model, flip(), loader, run.source().train(), (done, all) -> {}));
        } finally {
            seconds += since(begin);
        }
    }

    private boolean flip() {
        return run.plan().looks().flip();
    }

    /** Predictions on the test images. */
    List<Prediction> test(FineTunedModel model, FeatureBank.Progress progress) {
        return examined(model, () -> predictions(model, progress));
    }

    private List<Prediction> predictions(FineTunedModel model, FeatureBank.Progress progress) {
        long begin = System.nanoTime();
        try (EvaluationLoader loader = new EvaluationLoader(run.source().test(), run.augmentation(), BATCH)) {
            return Evaluator.predict(model, flip(), loader, run.source().test(), progress);
        } finally {
            seconds += since(begin);
        }
    }

    /**
     * The best model on the held-out part, this last one among them; empty without such a part.
     *
     * @param predictions of the last model on the test images
     */
    Optional<BestHeldOut> bestHeldOut(FineTunedModel model, long step, List<Prediction> predictions) {
        return run.split().heldOut().length == 0
                ? Optional.empty()
                : examined(model, () -> Optional.of(better(model, step, predictions)));
    }

    private BestHeldOut better(FineTunedModel model, long step, List<Prediction> ofLast) {
        double last = heldOutAccuracy(model);
        if (best == null || last > best.accuracy()) {
            return new BestHeldOut(step, last, ofLast);
        }
        Map<String, INDArray> lastParameters = copy(learned(model));
        learned(model).forEach((name, value) -> value.assign(bestParameters.get(name)));
        List<Prediction> predictions = predictions(model, (done, all) -> {});
        learned(model).forEach((name, value) -> value.assign(lastParameters.get(name)));
        lastParameters.values().forEach(INDArray::close);
        return new BestHeldOut(best.step(), best.accuracy(), predictions);
    }

    /** Surveys the last model's pseudo-labels for as many unlabelled images as the plan asks for. */
    Optional<UnlabelledSurvey> survey(FineTunedModel model) {
        int[] some = run.split().unlabelled(run.plan().looks().survey());
        if (some.length == 0) {
            return Optional.empty();
        }
        long begin = System.nanoTime();
        try (EvaluationLoader loader = new EvaluationLoader(run.source().train(), some, run.augmentation(), BATCH)) {
            return Optional.of(examined(
                    model,
                    () -> Evaluator.survey(
                            model,
                            flip(),
                            run.method(),
                            loader,
                            run.source().train().classes().size())));
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
        average.ifPresent(ParameterAverage::close);
    }
}
