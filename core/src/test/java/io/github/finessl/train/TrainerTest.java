package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Datasets;
import io.github.finessl.data.loading.EvaluationBatch;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.model.FrozenEncoder;
import io.github.finessl.model.SmallClip;
import io.github.finessl.report.CurvePoint;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.StepReport;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.report.Work;
import io.github.finessl.ssl.Feed;
import io.github.finessl.ssl.LossGraph;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.UnlabelledBatch;
import io.github.finessl.ssl.Views;
import io.github.finessl.ssl.WeakPredictions;
import io.github.finessl.train.TrainingOutcome.BestHeldOut;
import io.github.finessl.tuning.LinearProbe;
import io.github.finessl.tuning.PromptStart;
import io.github.finessl.tuning.Tunings;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The training loop on the small CLIP model. */
class TrainerTest {
    @TempDir
    private Path directory;

    private SmallRun run(String name) {
        return new SmallRun(directory.resolve(name));
    }

    /** In step 2 both runs have the same parameters, of which AdaptFormer's are no longer 0; the image is the same. */
    @Test
    void theAuthorsPredictOnWeakViewsWithDropout() {
        List<double[][]> paper = weakPredictions(run("paper"));
        List<double[][]> reference = weakPredictions(run("reference").reference());
        assertThat(reference.get(0)).isDeepEqualTo(paper.get(0));
        assertThat(reference.get(1)).isNotEqualTo(paper.get(1));
        assertThat(weakPredictions(run("again").reference()).get(1)).isDeepEqualTo(reference.get(1));
    }

    private static List<double[][]> weakPredictions(SmallRun run) {
        List<double[][]> predictions = new ArrayList<>();
        run.method("fixmatch")
                .tuning(Tunings.make("adaptformer:dim=4", 1, 3))
                .steps(4)
                .changing(method -> new Overheard(method, predictions))
                .train();
        return predictions;
    }

    @Test
    void lossesOfTenStepsOnRealImages() {
        DataSource source = Datasets.open("cifar10-mini", Path.of("..", "data"));
        SmallRun run = run("pinned")
                .source(source)
                .labels(4)
                .batch(4, 1)
                .steps(11)
                .promptStart(PromptStart.TOKENS)
                .learningRate(0.005);
        List<Double> losses = new ArrayList<>();
        run.train(report -> losses.add(report.loss()), () -> losses.size() == 10);
        // Recorded from this code on 2026-11-22; a change of it must be meant.
        assertThat(losses.stream().mapToDouble(loss -> loss).toArray())
                .containsExactly(
                        new double[] {
                            23.502682, 13.665194, 20.816893, 25.367798, 17.429939, 31.139067, 20.280535, 16.358511,
                            20.744236, 20.663136
                        },
                        Offset.offset(1e-4));
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        SmallRun first = run("first").steps(4);
        SmallRun second = run("second").steps(4);
        first.train();
        second.train();
        Map<String, double[]> expected = first.state();
        assertThat(second.state().keySet()).isEqualTo(expected.keySet());
        second.state().forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
    }

    @Test
    void anotherSeedGivesOtherParameters() {
        SmallRun first = run("first").steps(2);
        SmallRun second = run("second").steps(2).seed(2);
        first.train();
        second.train();
        Map<String, double[]> other = first.state();
        assertThat(second.state()).allSatisfy((name, values) -> {
            if (name.startsWith("parameter/")) {
                assertThat(values).as(name).isNotEqualTo(other.get(name));
            }
        });
    }

    @Test
    void everyTestImageIsPredictedOnceInOrder() {
        TrainingOutcome outcome = run("run").steps(2).train();
        assertThat(outcome.predictions())
                .extracting(Prediction::image)
                .isEqualTo(IntStream.range(0, 10).mapToObj(i -> "memory " + i).toList());
        assertThat(outcome.predictions()).extracting(Prediction::label).containsExactly(0, 1, 2, 0, 2, 0, 1, 2, 1, 2);
        assertThat(outcome.predictions()).allSatisfy(prediction -> {
            assertThat(prediction.predicted()).isBetween(0, 2);
            assertThat(prediction.confidence()).isBetween(1 / 3., 1.0);
        });
    }

    @Test
    void theListenerHearsOfEveryStep() {
        List<StepReport> reports = new ArrayList<>();
        TrainingOutcome outcome = run("run").steps(5).batch(2, 3).train(reports::add, () -> false);
        assertThat(reports).extracting(StepReport::step).containsExactly(1, 2, 3, 4, 5);
        assertThat(reports).allSatisfy(report -> {
            assertThat(report.images()).isEqualTo(2 + 2 * 6);
            assertThat(report.pseudoLabelAccuracy()).isPresent();
            assertThat(report.maskRate()).isPresent();
        });
        assertThat(outcome.finished()).isTrue();
        assertThat(outcome.curve()).extracting(CurvePoint::step).containsExactly(1, 2, 3, 4, 5);
        for (int i = 0; i < 5; i++) {
            CurvePoint point = outcome.curve().get(i);
            assertThat(point.loss()).isEqualTo(reports.get(i).loss());
            double parts =
                    point.lossParts().values().stream().mapToDouble(p -> p).sum();
            assertThat(parts).isCloseTo(point.loss(), Offset.offset(1e-4));
        }
        assertThat(outcome.parameters()).isEqualTo(3 * 2 * 64 + 2 * (3 * 64 + 1));
    }

    @Test
    void theCurveHoldsMeansOfAllStepsWhereverItIsCut() {
        List<StepReport> reports = new ArrayList<>();
        SmallRun run = run("run")
                .tuning(new LinearProbe())
                .method("supervised")
                .steps(250)
                .batch(1, 1);
        run.train(reports::add, () -> reports.size() == 5);
        List<CurvePoint> curve = run.saved().curve();
        assertThat(curve).extracting(CurvePoint::step).containsExactly(2, 4, 5);
        for (int i = 0, from = 0; i < 3; from = curve.get(i).step(), i++) {
            double mean = reports.subList(from, curve.get(i).step()).stream()
                    .mapToDouble(StepReport::loss)
                    .average()
                    .getAsDouble();
            assertThat(curve.get(i).loss()).isCloseTo(mean, Offset.offset(1e-12));
        }
    }

    @Test
    void evaluationsOnTheWayStandInTheCurve() {
        TrainingOutcome outcome = run("run").steps(5).evaluateEvery(2).train();
        assertThat(outcome.curve().stream()
                        .filter(point -> point.testAccuracy() != null)
                        .map(CurvePoint::step))
                .containsExactly(2, 4);
    }

    @Test
    void aLinearProbeTrainsTheHeadsAlone() {
        SmallRun run = run("run").tuning(new LinearProbe()).steps(2);
        run.train();
        assertThat(run.saved().group("parameter/").keySet())
                .containsExactlyInAnyOrder("head.weight", "head.scale", "auxiliary.weight", "auxiliary.scale");
        SmallRun supervised =
                run("supervised").tuning(new LinearProbe()).method("supervised").steps(2);
        supervised.train();
        assertThat(supervised.saved().group("parameter/").keySet())
                .containsExactlyInAnyOrder("head.weight", "head.scale");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokens", "uniform"})
    void promptsStartAtTheirBlocks(String start) {
        SmallRun run = run("run")
                .tuning(new VisualPrompts(new Placement.Last(2), 2))
                .promptStart(start.equals("tokens") ? PromptStart.TOKENS : PromptStart.UNIFORM)
                .learningRate(0)
                .steps(1);
        run.train();
        Map<String, double[]> state = run.state();
        assertThat(state)
                .containsKeys("parameter/prompt.1", "parameter/prompt.2")
                .doesNotContainKey("parameter/prompt.0");
        double bound = Math.sqrt(6 / (3 * 8 * 8 + 64.0));
        double largest = IntStream.of(1, 2)
                .mapToObj(b -> state.get("parameter/prompt." + b))
                .flatMapToDouble(Arrays::stream)
                .map(Math::abs)
                .max()
                .getAsDouble();
        assertThat(largest < bound).isEqualTo(start.equals("uniform"));
    }

    @Test
    void aRunWithoutStepsIsItsStart() {
        SmallRun run = run("run")
                .method("pile")
                .headStart(HeadStart.PILE)
                .tuning(new LinearProbe())
                .steps(0);
        TrainingOutcome outcome = run.train();
        assertThat(outcome.finished()).isTrue();
        assertThat(outcome.predictions()).hasSize(10);
        assertThat(outcome.curve()).isEmpty();
        Map<String, double[]> state = run.state();
        assertThat(state).containsOnlyKeys("parameter/head.weight", "parameter/head.scale");
        assertThat(run.train().predictions()).isEqualTo(outcome.predictions());

        SmallRun trained =
                run("trained").headStart(HeadStart.PILE).learningRate(0).steps(1);
        trained.train();
        for (String head : List.of("parameter/head.weight", "parameter/auxiliary.weight")) {
            assertThat(trained.state().get(head)).as(head).isEqualTo(state.get("parameter/head.weight"));
        }
    }

    @Test
    void featuresOfThePileAreReportedAndCanBeStopped() {
        SmallRun run = run("run").headStart(HeadStart.PILE).steps(2);
        List<String> heard = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void step(StepReport report) {}

            @Override
            public void working(Work what, int done, int all) {
                heard.add(what + " " + done + " of " + all);
            }
        };
        String cache = System.getProperty("finessl.cache");
        System.setProperty("finessl.cache", directory.resolve("cache").toString());
        try (Nd4jKernels kernels = new Nd4jKernels()) {
            assertThatThrownBy(() -> new Trainer(run.with(kernels), listener, () -> !heard.isEmpty()))
                    .isInstanceOf(CancellationException.class);
            assertThat(heard).containsExactly("features 6 of 6");
            new Trainer(run.with(kernels), listener, () -> false).close();
            assertThat(heard).containsExactly("features 6 of 6", "features 18 of 18", "neighbours 24 of 24");
        } finally {
            System.setProperty("finessl.cache", cache);
        }
    }

    @Test
    void headsStartAsTheMeansOfTheirClasses() {
        SmallRun run =
                run("run").headStart(HeadStart.MEANS).labels(2).learningRate(0).steps(1);
        run.train();
        double[][] expected = new double[3][64];
        try (Nd4jKernels kernels = new Nd4jKernels()) {
            TrainingRun made = run.with(kernels);
            try (FrozenEncoder encoder = new FrozenEncoder(made.encoder(), kernels);
                    EvaluationLoader images = new EvaluationLoader(
                            made.source().train(), made.split().labelled(), made.augmentation(), 6)) {
                EvaluationBatch batch = images.iterator().next();
                double[][] features = encoder.features(batch.images()).toDoubleMatrix();
                for (int i = 0; i < 6; i++) {
                    add(expected[batch.labels()[i]], unit(features[i]));
                }
            }
        }
        double[] weight = run.state().get("parameter/head.weight");
        for (int k = 0; k < 3; k++) {
            assertThat(Arrays.copyOfRange(weight, 64 * k, 64 * (k + 1)))
                    .containsExactly(unit(expected[k]), Offset.offset(1e-5));
        }
        assertThat(run.state().get("parameter/auxiliary.weight")).isEqualTo(weight);
    }

    private static void add(double[] sum, double[] values) {
        for (int d = 0; d < sum.length; d++) {
            sum[d] += values[d];
        }
    }

    private static double[] unit(double[] values) {
        double norm = Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
        return Arrays.stream(values).map(v -> v / norm).toArray();
    }

    @Test
    void aSetSmallerThanTheBatchWillDo() {
        TrainingOutcome outcome = run("run")
                .source(SmallRun.source(6))
                .labels(1)
                .batch(8, 2)
                .steps(2)
                .train();
        assertThat(outcome.finished()).isTrue();
        assertThat(outcome.predictions()).hasSize(10);
    }

    @Test
    void aBatchOfOneWillDo() {
        for (String method : List.of("supervised", "fixmatch", "finessl")) {
            TrainingOutcome outcome =
                    run(method).method(method).batch(1, 1).steps(2).train();
            assertThat(outcome.curve()).hasSize(2).allMatch(point -> Double.isFinite(point.loss()));
        }
    }

    @Test
    void aLossThatIsNoNumberEndsTheRunAndKeepsTheLastCheckpoint() throws Exception {
        SmallRun run = run("run").checkpointEvery(2).changing(method -> new Poisoned(method, 4));
        assertThatExceptionOfType(NonFiniteLossException.class)
                .isThrownBy(run::train)
                .withMessageContaining("The loss of step 4 is NaN")
                .withMessageContaining("loss.auxiliary.supervised=")
                .withMessageContaining("the last good checkpoint is " + directory.resolve("run"));
        byte[] kept = Files.readAllBytes(directory.resolve("run"));
        assertThat(run.saved().step()).isEqualTo(2);

        SmallRun mended = run("run").checkpointEvery(2);
        assertThat(mended.train().finished()).isTrue();
        assertThat(kept).isNotEmpty();
    }

    @Test
    void aLearningRateFarTooHighEndsTheRun() {
        assertThatExceptionOfType(NonFiniteLossException.class)
                .isThrownBy(run("run").learningRate(1e30).steps(30)::train)
                .withMessageContaining("there is no checkpoint yet");
        assertThat(directory.resolve("run")).doesNotExist();
    }

    @Test
    void theBestModelOnTheHeldOutPartIsTheOneThatWasEvaluated() {
        SmallRun run = run("run").heldOut(2).evaluateEvery(1).steps(5).learningRate(0.5);
        TrainingOutcome outcome = run.train();
        BestHeldOut best = outcome.bestHeldOut().get();
        Checkpoint saved = run.saved();
        assertThat(saved.best()).isEqualTo(new Checkpoint.Best(best.step(), best.heldOutAccuracy()));
        assertThat(best.step()).isLessThan(5);
        assertThat(predictions(run, saved.group("best/"))).isEqualTo(best.predictions());
        assertThat(predictions(run, saved.group("parameter/"))).isEqualTo(outcome.predictions());
        assertThat(best.predictions()).isNotEqualTo(outcome.predictions());
    }

    @Test
    void theFirstOfEquallyGoodModelsIsTheBest() {
        TrainingOutcome outcome =
                run("run").heldOut(1).evaluateEvery(2).steps(5).learningRate(0).train();
        assertThat(outcome.bestHeldOut().get().step()).isEqualTo(2);
        assertThat(outcome.bestHeldOut().get().predictions()).isEqualTo(outcome.predictions());
        assertThat(run("none").steps(2).train().bestHeldOut()).isEmpty();
    }

    @Test
    void theBestModelSurvivesAResume() {
        SmallRun straight = run("straight").heldOut(2).evaluateEvery(1).steps(5).learningRate(0.5);
        SmallRun stopped = run("stopped").heldOut(2).evaluateEvery(1).steps(5).learningRate(0.5);
        stopped.trainUntil(4);
        assertThat(stopped.train().bestHeldOut()).isEqualTo(straight.train().bestHeldOut());
    }

    @Test
    void theAverageOfTheParametersIsWhatIsTestedAndSaved() {
        SmallRun plain = run("plain").steps(5).learningRate(0.3);
        TrainingOutcome ofLast = plain.train();
        SmallRun run = run("averaged").steps(5).learningRate(0.3).ema(0.9);
        TrainingOutcome outcome = run.train();
        Map<String, double[]> state = run.state();
        assertThat(plain.state())
                .allSatisfy((name, values) -> assertThat(state.get(name))
                        .as("%s learns as without an average", name)
                        .isEqualTo(values));
        assertThat(state.get("average/head.weight")).isNotEqualTo(state.get("parameter/head.weight"));
        SavedModel saved = SavedModel.read(
                directory.resolve("averaged"), SmallClip.encoder(), new VisualPrompts(new Placement.Deep(), 2), 3);
        assertThat(saved.parameters().get("head.weight"))
                .isEqualTo(run.saved().group("average/").get("head.weight"));
        assertThat(outcome.predictions())
                .isEqualTo(predictions(run, saved.parameters()))
                .isNotEqualTo(ofLast.predictions());
    }

    @Test
    void aFlippedViewCountsAsMuchAsTheImage() {
        SmallRun run = run("flipped").steps(3).flip();
        TrainingOutcome outcome = run.train();
        Map<String, INDArray> parameters = run.saved().group("parameter/");
        try (Nd4jKernels kernels = new Nd4jKernels()) {
            TrainingRun made = run.with(kernels);
            DataSource source = made.source();
            try (FineTunedModel model = new FineTunedModel(
                            made.encoder(),
                            made.learner().tuning(),
                            made.method(),
                            parameters,
                            DataType.FLOAT,
                            kernels);
                    EvaluationLoader loader = new EvaluationLoader(
                            source.test(), new Augmentation(32, Normalisation.CLIP), Examiner.BATCH)) {
                INDArray images = loader.iterator().next().images();
                double[][] own = model.logits(images);
                double[][] mirrored = model.logits(mirrored(images));
                for (int i = 0; i < own.length; i++) {
                    double[] a = own[i];
                    double[] b = mirrored[i];
                    double[] mean = new double[a.length];
                    Arrays.setAll(mean, k -> (a[k] + b[k]) / 2);
                    double[][] probabilities = WeakPredictions.ofLogits(new double[][] {mean}, new double[][] {mean})
                            .main();
                    assertThat(outcome.predictions().get(i).predicted())
                            .isEqualTo(WeakPredictions.argmax(probabilities[0]));
                    assertThat(outcome.predictions().get(i).confidence())
                            .isCloseTo(Arrays.stream(probabilities[0]).max().getAsDouble(), Offset.offset(1e-6));
                }
            }
        }
    }

    /** Images [N, 3, H, W] with their columns in the reverse order, number by number. */
    private static INDArray mirrored(INDArray images) {
        float[] from = images.dup('c').reshape(images.length()).toFloatVector();
        float[] to = new float[from.length];
        int width = (int) images.size(3);
        for (int i = 0; i < from.length; i++) {
            to[i - i % width + width - 1 - i % width] = from[i];
        }
        return Nd4j.create(to, images.shape(), 'c');
    }

    private static List<Prediction> predictions(SmallRun run, Map<String, INDArray> parameters) {
        try (Nd4jKernels kernels = new Nd4jKernels()) {
            TrainingRun made = run.with(kernels);
            try (FineTunedModel model = new FineTunedModel(
                            made.encoder(),
                            made.learner().tuning(),
                            made.method(),
                            parameters,
                            DataType.FLOAT,
                            kernels);
                    EvaluationLoader loader = new EvaluationLoader(
                            made.source().test(), new Augmentation(32, Normalisation.CLIP), Examiner.BATCH)) {
                return Evaluator.predict(model, false, loader, made.source().test(), (done, all) -> {});
            }
        }
    }

    /** A method whose weights are no numbers in one step. */
    private record Overheard(Method method, List<double[][]> predictions) implements Method {
        @Override
        public Views views() {
            return method.views();
        }

        @Override
        public SDVariable loss(LossGraph graph) {
            return method.loss(graph);
        }

        @Override
        public List<String> lossParts() {
            return method.lossParts();
        }

        @Override
        public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
            predictions.add(unlabelled.predictions().main());
            return method.targets(labels, unlabelled);
        }
    }

    private static final class Poisoned implements Method {
        private final Method method;
        private final int step;
        private int steps;

        Poisoned(Method method, int step) {
            this.method = method;
            this.step = step;
        }

        @Override
        public Views views() {
            return method.views();
        }

        @Override
        public SDVariable loss(LossGraph graph) {
            return method.loss(graph);
        }

        @Override
        public List<String> lossParts() {
            return method.lossParts();
        }

        @Override
        public StepTargets targets(int[] labels, UnlabelledBatch unlabelled) {
            StepTargets targets = method.targets(labels, unlabelled);
            steps++;
            if (steps == step) {
                targets.vectors().get(new Feed.Vector("weight.supervised"))[0] = Double.NaN;
            }
            return targets;
        }

        @Override
        public Map<String, INDArray> state() {
            return method.state();
        }
    }
}
