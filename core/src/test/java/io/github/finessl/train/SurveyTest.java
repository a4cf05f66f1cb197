package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.model.SmallClip;
import io.github.finessl.report.StepReport;
import io.github.finessl.ssl.Feed;
import io.github.finessl.ssl.LossGraph;
import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.UnlabelledBatch;
import io.github.finessl.ssl.Views;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Methods that look at all unlabelled images now and then, on 18 of them in batches of 4. */
class SurveyTest {
    @TempDir
    private Path directory;

    private final List<Long> surveys = new ArrayList<>();
    private final List<double[][]> probabilities = new ArrayList<>();
    private final List<Integer> drawn = new ArrayList<>();
    private final List<Integer> labelled = new ArrayList<>();
    private final List<Double> weights = new ArrayList<>();

    private SmallRun run(String method) {
        surveys.clear();
        probabilities.clear();
        drawn.clear();
        labelled.clear();
        weights.clear();
        return new SmallRun(directory.resolve(method)).method(method).steps(22).changing(Watched::new);
    }

    @Test
    void stepsDrawFromWhatWasSelectedAlone() {
        List<StepReport> reports = new ArrayList<>();
        SmallRun run = run("fpl").batch(2, 4);
        assertThat(run.train(reports::add, () -> false).finished()).isTrue();
        assertThat(surveys).containsExactly(2L);
        assertThat(reports)
                .extracting(StepReport::images)
                .startsWith(2, 2, 10, 10)
                .hasSize(22);
        assertThat(reports.get(1).pseudoLabelAccuracy()).isEmpty();
        assertThat(reports.get(2).pseudoLabelAccuracy()).isPresent();
        double[] labels = run.state().get("method/selection.labels");
        assertThat(drawn).allMatch(image -> labels[image] >= 0);
    }

    /** Six images are labelled and eighteen pseudo-labelled: 20 steps of ten draw from the 24. */
    @Test
    void labelledAndSelectedImagesAreDrawnTogether() {
        run("fpl").batch(2, 4).train();
        assertThat(labelled).hasSize(2 + 20).startsWith(2, 2);
        int[] pseudoLabelled =
                labelled.subList(2, 22).stream().mapToInt(n -> 10 - n).toArray();
        assertThat(drawn).hasSize(Arrays.stream(pseudoLabelled).sum());
        assertThat(labelled.subList(2, 22).stream().mapToInt(n -> n).sum())
                .isBetween(48, 56); // in 8 passes and 8 draws
    }

    /** In FPL's steps 3 to 22 the labelled loss weighs 18/6, whoever is in the batch. */
    @Test
    void fewLabelsWeighAsMuchAsAllPseudoLabels() {
        run("fpl").batch(2, 4).train();
        for (int step = 0; step < labelled.size(); step++) {
            double expected = step < 2 ? 1 : labelled.get(step) == 0 ? 0 : 3;
            assertThat(weights.get(step)).as("step " + step).isCloseTo(expected, within(1e-12));
        }
    }

    @Test
    void laterRoundsChooseAnewFromTheModelOfThen() {
        run("ifpl").train();
        assertThat(surveys).containsExactly(2L, 4L, 6L, 8L, 10L, 12L, 14L, 16L, 18L, 20L);
        assertThat(probabilities).allSatisfy(p -> {
            assertThat(p).hasDimensions(18, 3);
            assertThat(Arrays.stream(p[17]).sum()).isBetween(1 - 1e-9, 1 + 1e-9);
        });
        assertThat(probabilities.get(1)[0]).isNotEqualTo(probabilities.get(0)[0]);
    }

    /** A text tower's labels are learnt from in the first step; a resumed run knows them and asks no tower. */
    @Test
    void zeroShotLabelsComeBeforeTheFirstStep() {
        float[][] texts = new float[3][64];
        IntStream.range(0, 3).forEach(k -> texts[k][k] = 1);
        ZeroShot text = ZeroShot.of(texts, 20, SmallClip.encoder());
        SmallRun straight = run("ifpl").batch(2, 4).steps(20).zeroShot(text);
        List<StepReport> reports = new ArrayList<>();
        straight.train(reports::add, () -> false);
        assertThat(reports).extracting(StepReport::images).containsOnly(10);
        assertThat(surveys).containsExactly(2L, 4L, 6L, 8L, 10L, 12L, 14L, 16L, 18L);
        assertThat(probabilities).hasSize(10);
        assertThat(probabilities.get(0)).hasDimensions(18, 3);

        SmallRun resumed = new SmallRun(directory.resolve("resumed"))
                .method("ifpl")
                .batch(2, 4)
                .steps(20)
                .zeroShot(text);
        int[] asked = {0};
        assertThat(resumed.train(report -> {}, () -> ++asked[0] == 3).finished())
                .isFalse();
        assertThat(resumed.train().finished()).isTrue();
        Map<String, double[]> expected = straight.state();
        assertThat(resumed.state().keySet()).isEqualTo(expected.keySet());
        resumed.state().forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
    }

    @Test
    void aStopDuringASurveyLeavesACheckpointBeforeIt() {
        SmallRun straight = run("grip");
        straight.train();
        Map<String, double[]> expected = straight.state();
        SmallRun stopped =
                new SmallRun(directory.resolve("stopped")).method("grip").steps(22);
        int[] asked = {0};
        BooleanSupplier inTheSecondSurvey = () -> ++asked[0] == 2 + 1 + 2 + 1; // steps, a batch, steps, a batch
        TrainingOutcome outcome = stopped.train(report -> {}, inTheSecondSurvey);
        assertThat(outcome.finished()).isFalse();
        assertThat(outcome.steps()).isEqualTo(4);
        assertThat(stopped.saved().step()).isEqualTo(4);
        assertThat(stopped.train().finished()).isTrue();
        assertThat(stopped.state().keySet()).isEqualTo(expected.keySet());
        stopped.state().forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
    }

    @Test
    void methodsWithoutSurveysSeeTheWholeSplit() {
        try (Nd4jKernels kernels = new Nd4jKernels()) {
            assertThat(run("finessl").with(kernels).method().selection()).isEmpty();
        }
        run("finessl").train();
        assertThat(surveys).isEmpty();
        assertThat(drawn).contains(0, 17);
    }

    /** Another method, and what it is shown. */
    private final class Watched implements Method {
        private final Method method;

        Watched(Method method) {
            this.method = method;
        }

        @Override
        public void runStarted(int images) {
            method.runStarted(images);
        }

        @Override
        public boolean beginsZeroShot() {
            return method.beginsZeroShot();
        }

        @Override
        public void zeroShot(double[][] p) {
            probabilities.add(p);
            method.zeroShot(p);
        }

        @Override
        public boolean surveys(long step, long steps) {
            return method.surveys(step, steps);
        }

        @Override
        public void survey(long step, long steps, double[][] p) {
            surveys.add(step);
            probabilities.add(p);
            method.survey(step, steps, p);
        }

        @Override
        public Optional<int[]> selection() {
            return method.selection();
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
            if (unlabelled != null) {
                Arrays.stream(unlabelled.images()).forEach(drawn::add);
            }
            StepTargets targets = method.targets(labels, unlabelled);
            labelled.add(labels.length);
            weights.add(Arrays.stream(targets.vectors().get(new Feed.Vector("weight.supervised")))
                    .sum());
            return targets;
        }

        @Override
        public Map<String, INDArray> state() {
            return method.state();
        }

        @Override
        public void restore(Map<String, INDArray> state) {
            method.restore(state);
        }
    }
}
