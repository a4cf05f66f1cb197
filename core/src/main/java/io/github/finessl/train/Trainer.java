package io.github.finessl.train;

import io.github.finessl.augment.KeyedRandom;
import io.github.finessl.data.Split;
import io.github.finessl.data.loading.BatchLoader;
import io.github.finessl.data.loading.EvaluationBatch;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.data.loading.LoadedViews;
import io.github.finessl.data.loading.Prefetcher;
import io.github.finessl.data.loading.StepBatch;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.model.StepResult;
import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.report.UnlabelledSurvey;
import io.github.finessl.report.Work;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.UnlabelledBatch;
import io.github.finessl.ssl.Views;
import io.github.finessl.ssl.WeakPredictions;
import io.github.finessl.train.TrainingOutcome.BestHeldOut;
import io.github.finessl.train.TrainingRun.Plan;
import io.github.finessl.tuning.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The training loop. */
public final class Trainer implements AutoCloseable {
    private static final long WEAK = 1;
    private static final Logger log = LoggerFactory.getLogger(Trainer.class);
    private static final int CURVE_POINTS = 100;
    static final String PARAMETER = "parameter/";
    private static final String VELOCITY = "velocity/";
    static final String METHOD = "method/";
    static final String AVERAGE = "average/";
    static final String STATISTIC = "statistic/";

    private final TrainingRun run;
    private final Plan plan;
    private final Set<String> encoderParameters;
    private final Phases phases;
    private final Optional<FineTunedModel> teacher;
    private FineTunedModel model;
    private final Examiner examiner;
    private Phases.Phase phase;
    private Sgd sgd;
    private LearningRates rates;
    private final CurveRecorder curve;
    private final double earlierTrainSeconds;
    private long step;
    private boolean ended;
    private final List<Double> stepSeconds = new ArrayList<>();
    private long viewsTrained;
    private double waitSeconds;
    private final WaitNotice waitNotice = new WaitNotice();
    private double surveySeconds;

    /** Builds the model as {@link #Trainer(TrainingRun, TrainingListener, BooleanSupplier)} does, undisturbed. */
    public Trainer(TrainingRun run) {
        this(run, report -> {}, () -> false);
    }

    /**
     * Builds the model, from the run's checkpoint where there is one; else its start may need the features of all images, or
     * the votes on them.
     *
     * @param listener hears of that work
     * @param stop asked on the way of it
     * @throws CheckpointException if the checkpoint cannot be used
     * @throws java.util.concurrent.CancellationException if it was stopped
     */
    public Trainer(TrainingRun run, TrainingListener listener, BooleanSupplier stop) {
        if (run.method().views().teacher() && run.learner().teacher().isEmpty()) {
            throw new IllegalArgumentException("the method needs a teacher, but there is none");
        }
        this.run = run;
        this.plan = run.plan();
        examiner = new Examiner(run);
        encoderParameters = run.encoder().parameters().keySet();
        phases = Phases.of(run.learner().tuning(), plan.steps());
        run.method().runStarted(run.split().labelled().length);
        Optional<Path> file = resumeFrom();
        Optional<Checkpoint> checkpoint =
                file.map(saved -> Checkpoint.read(saved, run.saving().identity()));
        // At the end of a phase its model is still the one.
        long last = checkpoint.map(Checkpoint::step).orElse(0L) - 1;
        enter(phases.at(Math.max(0, Math.min(last, plan.steps() - 1))));
        Tuning tuning = phase.tuning();
        if (checkpoint.isEmpty() && run.method().polls()) {
            run.method().polled(Voter.votes(run.learner().voters().get(), run, listener, stop));
        }
        if (checkpoint.isEmpty() && run.method().beginsZeroShot()) {
            run.learner()
                    .zeroShot()
                    .ifPresent(texts -> run.method().zeroShot(texts.probabilities(features(listener, stop))));
        }
        model = model(
                checkpoint.isPresent()
                        ? InitialParameters.blank(run, tuning)
                        : InitialParameters.of(run, tuning, listener, stop));
        try {
            checkpoint.ifPresent(saved -> restore(file.get(), saved));
            teacher = run.learner().teacher().map(known -> known.model(run.kernels()));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
        curve = new CurveRecorder(checkpoint.map(Checkpoint::curve).orElse(List.of()));
        earlierTrainSeconds = checkpoint.map(Checkpoint::trainSeconds).orElse(0.0);
    }

    /** The frozen features of all unlabelled images. */
    private float[][] features(TrainingListener listener, BooleanSupplier stop) {
        try (FeatureBank bank = new FeatureBank(run.encoder(), run.augmentation(), run.kernels())) {
            return bank.features(
                    run.source().train(),
                    run.split().unlabelled(),
                    (done, all) -> listener.working(Work.FEATURES, done, all),
                    stop);
        }
    }

    private FineTunedModel model(Map<String, INDArray> start) {
        return new FineTunedModel(run.encoder(), phase.tuning(), run.method(), start, DataType.FLOAT, run.kernels());
    }

    private void enter(Phases.Phase next) {
        phase = next;
        sgd = new Sgd(plan.optimisation().momentum(), plan.optimisation().weightDecay());
        rates = LearningRates.of(plan, encoderParameters, phase.end() - phase.begin());
    }

    /** Begins a phase from what the one before it has learnt; what is trained only now starts as the encoder has it. */
    private void follow(Phases.Phase next) {
        Map<String, INDArray> start = InitialParameters.ofEncoder(run, next.tuning());
        start.putAll(model.parameters());
        FineTunedModel before = model;
        sgd.close();
        enter(next);
        model = model(start);
        before.close();
        examiner.grown(model);
    }

    private void restore(Path file, Checkpoint saved) {
        if (saved.step() > plan.steps()) {
            throw new CheckpointException(file + " should be a checkpoint of a run of " + plan.steps()
                    + " steps, but is at step " + saved.step() + ".");
        }
        Map<String, long[]> shapes = new LinkedHashMap<>();
        model.parameters().forEach((name, value) -> shapes.put(name, value.shape()));
        saved.requireGroup(file, PARAMETER, shapes);
        saved.requireGroup(file, VELOCITY, saved.step() == 0 ? Map.of() : shapes);
        Map<String, long[]> statistics = new LinkedHashMap<>();
        model.statistics().forEach((name, value) -> statistics.put(name, value.shape()));
        saved.requireGroup(file, STATISTIC, statistics);
        Map<String, long[]> learned = new LinkedHashMap<>(shapes);
        learned.putAll(statistics);
        try {
            run.method().restore(saved.group(METHOD));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(file + " should be a checkpoint of this run, but " + e.getMessage() + ".", e);
        }
        Map<String, INDArray> parameters = saved.group(PARAMETER);
        model.parameters().forEach((name, value) -> value.assign(parameters.get(name)));
        Map<String, INDArray> running = saved.group(STATISTIC);
        model.statistics().forEach((name, value) -> value.assign(running.get(name)));
        sgd.restore(saved.group(VELOCITY));
        examiner.restore(file, saved, learned);
        step = saved.step();
        log.info("Continuing after step {} of {}.", step, plan.steps());
    }

    private Optional<Path> resumeFrom() {
        return run.saving()
                .resume()
                .or(() -> Optional.of(run.saving().checkpoint()).filter(Files::exists));
    }

    /**
     * The identity of a checkpoint's run: see {@link TrainingRun.Saving#identity}.
     *
     * @throws CheckpointException if it cannot be read
     */
    public static Map<String, String> identityOf(Path checkpoint) {
        return Checkpoint.identity(checkpoint);
    }

    /** The number of steps done so far. */
    public long stepsDone() {
        return step;
    }

    /** The points of the curve so far: after the constructor, those of the checkpoint. */
    public List<CurvePoint> curve() {
        return curve.points();
    }

    /** The number of trained values in all parameters. */
    public long parameterCount() {
        return model.parameterCount();
    }

    /** Trains to the last step, or until {@code stop} says so, and leaves a checkpoint either way. */
    public TrainingOutcome train(TrainingListener listener, BooleanSupplier stop) {
        return train(listener, stop, report -> false);
    }

    /**
     * Trains to the end, or until {@code stop} says so, and leaves a checkpoint either way.
     *
     * @param listener hears of every step, and of every point that the curve gets
     * @param stop asked once a step, and once a batch of a survey
     * @param enough asked after each step: whether to end as if this were the run's last one
     * @throws NonFiniteLossException if the loss or a parameter is no longer a finite number; the last checkpoint stays
     */
    public TrainingOutcome train(TrainingListener listener, BooleanSupplier stop, Predicate<StepReport> enough) {
        long first = step;
        long begin = System.nanoTime();
        boolean stopped = false;
        while (step < plan.steps() && !stopped && !ended) {
            stopped = run.method().surveys(step, plan.steps()) && !survey(stop);
            if (stopped) {
                checkpoint(listener, earlierTrainSeconds + seconds(begin) - examiner.seconds());
            } else {
                if (step == phase.end()) {
                    follow(phases.at(step));
                }
                stopped = stretch(begin, listener, stop, enough);
            }
        }
        if (plan.steps() == 0) {
            checkpoint(listener, 0);
        }
        double trained = seconds(begin) - examiner.seconds();
        List<Prediction> predictions = stopped
                ? List.of()
                : examiner.test(model, (done, all) -> listener.working(Work.TEST_IMAGES, done, all));
        Optional<BestHeldOut> bestHeldOut = stopped ? Optional.empty() : examiner.bestHeldOut(model, step, predictions);
        Optional<UnlabelledSurvey> survey = stopped ? Optional.empty() : examiner.survey(model);
        log.debug(
                "{} steps in {} s, {} s of them spent waiting for images.",
                step - first,
                Math.round(trained),
                Math.round(waitSeconds * 10) / 10.0);
        double[] done = stepSeconds.stream().mapToDouble(s -> s).sorted().toArray();
        return new TrainingOutcome(
                !stopped,
                step,
                predictions,
                bestHeldOut,
                survey,
                curve.points(),
                model.parameterCount(),
                earlierTrainSeconds + trained,
                examiner.seconds(),
                done.length == 0 ? 0 : done[done.length / 2],
                done.length == 0 ? 0 : viewsTrained / (trained - surveySeconds),
                waitSeconds);
    }

    /** Shows the method what the model says of all unlabelled images; false if it was stopped meanwhile. */
    private boolean survey(BooleanSupplier stop) {
        long begin = System.nanoTime();
        List<double[]> probabilities = new ArrayList<>();
        try (EvaluationLoader loader = new EvaluationLoader(
                run.source().train(), run.split().unlabelled(), run.augmentation(), Examiner.BATCH)) {
            for (EvaluationBatch batch : loader) {
                if (stop.getAsBoolean()) {
                    return false;
                }
                probabilities.addAll(
                        Arrays.asList(model.predictCached(batch.images()).main()));
            }
        } finally {
            surveySeconds += seconds(begin);
        }
        run.method().survey(step, plan.steps(), probabilities.toArray(double[][]::new));
        return true;
    }

    /** Trains until the next survey or the end; true if it was stopped on the way. */
    private boolean stretch(long begin, TrainingListener listener, BooleanSupplier stop, Predicate<StepReport> enough) {
        Optional<int[]> selection = run.method().selection();
        Views wanted = selection.isPresent() && selection.get().length == 0
                ? Views.NONE
                : run.method().views();
        int unlabelledBatch = wanted.unlabelled()
                ? plan.optimisation().batch() * plan.optimisation().mu()
                : 0;
        LoadedViews views =
                new LoadedViews(true, wanted.weak() || wanted.trainWeak(), wanted.strong(), wanted.trainWeak());
        BatchLoader.Options options = BatchLoader.Options.of(
                        plan.optimisation().batch(), unlabelledBatch, views, plan.seed())
                .together(selection.isPresent() && unlabelledBatch > 0);
        int predicted = wanted.teacher() ? 2 * views.trained() : wanted.weak() ? 1 : 0;
        int imagesPerStep = plan.optimisation().batch() + (views.trained() + predicted) * unlabelledBatch;
        Split split = selection.map(run.split()::withUnlabelled).orElse(run.split());
        long curveEvery = Math.max(1, plan.steps() / CURVE_POINTS);
        long end = LongStream.range(step + 1, phase.end())
                .filter(s -> run.method().surveys(s, plan.steps()))
                .findFirst()
                .orElse(phase.end());
        boolean stopped = false;
        try (BatchLoader loader = new BatchLoader(run.source(), split, run.augmentation(), options);
                Prefetcher batches = new Prefetcher(loader, step, end, 2)) {
            while (step < end && !stopped && !ended) {
                long stepBegin = System.nanoTime();
                StepFigures figures = step(batches.next(), wanted, selection);
                stepSeconds.add(seconds(stepBegin));
                viewsTrained += imagesPerStep;
                step++;
                examiner.stepped(model, step);
                curve.add(figures);
                StepReport report = new StepReport(
                        (int) step,
                        figures.loss(),
                        figures.batchAccuracy(),
                        figures.pseudoLabelAccuracy(),
                        figures.maskRate(),
                        imagesPerStep);
                listener.step(report);
                waitNotice
                        .of(
                                stepSeconds,
                                waitSeconds + batches.waited().toNanos() / 1e9,
                                run.augmentation().shortSide())
                        .ifPresent(listener::message);
                ended = enough.test(report);
                boolean last = step == plan.steps() || ended;
                if (!last && every(plan.looks().evaluateEvery())) {
                    point(listener, examiner.look(model, step));
                } else if (last || step % curveEvery == 0) {
                    point(listener, null);
                }
                stopped = !last && stop.getAsBoolean();
                if (last || stopped || every(plan.looks().checkpointEvery())) {
                    checkpoint(listener, earlierTrainSeconds + seconds(begin) - examiner.seconds());
                }
            }
            waitSeconds += batches.waited().toNanos() / 1e9;
        }
        return stopped;
    }

    /** One training step; see the package {@code ssl} for what is between the two passes. */
    private StepFigures step(StepBatch batch, Views views, Optional<int[]> selection) {
        if (step % plan.epochSteps() == 0) {
            run.method().epochStarted();
        }
        run.method().stepStarted(step, plan.steps());
        UnlabelledBatch unlabelled = views.unlabelled() ? predict(batch, views, selection) : null;
        WeakPredictions weak = unlabelled == null ? null : unlabelled.predictions();
        StepTargets targets = run.method().targets(batch.labels(), unlabelled);
        StepResult result = model.gradients(batch.training(), targets, pass(plan.seed(), step));
        if (!Double.isFinite(result.loss())) {
            throw nonFinite(
                    "The loss of step " + (step + 1) + " is " + result.loss() + " (its parts: " + result.parts() + ")");
        }
        sgd.step(model.parameters(), result.gradients(), name -> rates.rate(name, step - phase.begin()));
        return StepFigures.of(batch, targets, weak, result, plan.zeta());
    }

    private UnlabelledBatch predict(StepBatch batch, Views views, Optional<int[]> selection) {
        int[] images = selection
                .map(all -> Arrays.stream(batch.positions()).map(p -> all[p]).toArray())
                .orElse(batch.positions());
        if (!views.teacher()) {
            return new UnlabelledBatch(images, views.weak() ? predict(batch.weak()) : null);
        }
        INDArray weakAndStrong = batch.training()
                .get(NDArrayIndex.interval(
                        batch.labels().length, batch.training().size(0)));
        WeakPredictions own = predict(weakAndStrong);
        WeakPredictions teachers = teacher.orElseThrow().predictCached(weakAndStrong);
        int u = images.length;
        return new UnlabelledBatch(
                images, own.range(0, u), own.range(u, 2 * u), teachers.range(0, u), teachers.range(u, 2 * u));
    }

    private WeakPredictions predict(INDArray images) {
        return plan.reference()
                ? model.predictWithDropout(images, pass(plan.seed(), step, WEAK))
                : model.predictAsInTraining(images);
    }

    /** The number of a pass in training, from what it is keyed by. */
    private static long pass(long... key) {
        return KeyedRandom.of(key).nextLong() | 1;
    }

    private NonFiniteLossException nonFinite(String what) {
        String kept = Files.exists(run.saving().checkpoint())
                ? "the last good checkpoint is " + run.saving().checkpoint()
                : "there is no checkpoint yet";
        return new NonFiniteLossException(what + "; training stops, " + kept + ".");
    }

    private boolean every(int steps) {
        return steps > 0 && step % steps == 0;
    }

    private void point(TrainingListener listener, Double testAccuracy) {
        curve.point(step, testAccuracy).ifPresent(listener::point);
    }

    private void checkpoint(TrainingListener listener, double trainSeconds) {
        point(listener, null); // so that a run that goes on from here has the same curve
        Examiner.learned(model).forEach((name, value) -> {
            if (!Double.isFinite(value.sumNumber().doubleValue())) {
                throw nonFinite("The parameter " + name + " is no longer finite after step " + step);
            }
        });
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        model.parameters().forEach((name, value) -> arrays.put(PARAMETER + name, value));
        model.statistics().forEach((name, value) -> arrays.put(STATISTIC + name, value));
        sgd.velocity().forEach((name, value) -> arrays.put(VELOCITY + name, value));
        run.method().state().forEach((name, value) -> arrays.put(METHOD + name, value));
        arrays.putAll(examiner.kept());
        try {
            new Checkpoint(run.saving().identity(), step, trainSeconds, arrays, examiner.best(), curve.points())
                    .write(run.saving().checkpoint());
        } catch (IOException e) {
            throw new CheckpointException("The checkpoint " + e.getMessage(), e);
        }
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    @Override
    public void close() {
        teacher.ifPresent(FineTunedModel::close);
        model.close();
        sgd.close();
        examiner.close();
    }
}
