package io.github.finessl.ssl;

import static io.github.finessl.Values.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.finessl.ssl.FewPseudoLabels.Strategy;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class FewPseudoLabelsTest {

    @Test
    void theMostConfidentOfEachClassAreChosen() {
        double[][] p = {{.9, .1}, {.6, .4}, {.2, .8}, {.3, .7}, {.95, .05}};
        assertThat(FewPseudoLabels.select(p, 1)).containsExactly(-1, -1, 0 + 1, -1, 0);
        assertThat(FewPseudoLabels.select(p, 2)).containsExactly(0, -1, 1, 1, 0);
        assertThat(FewPseudoLabels.select(p, 3)).containsExactly(0, 0, 1, 1, 0);
    }

    @Test
    void whomTheBestClassRefusesGoesToTheNextThatHasRoom() {
        double[][] p = {{.7, .2, .1}, {.8, .05, .15}, {.6, .3, .1}, {.5, .1, .4}};
        assertThat(FewPseudoLabels.select(p, 1)).containsExactly(-1, 0, 1, 2);
        assertThat(FewPseudoLabels.select(p, 2)).containsExactly(0, 0, 1, 2);
    }

    @Test
    void ofEquallyProbableOnesTheFirstAreChosen() {
        double[][] p = {{.5, .5}, {.5, .5}, {.5, .5}};
        assertThat(FewPseudoLabels.select(p, 1)).containsExactly(0, 1, -1);
    }

    /** The definition, taken literally. */
    @Test
    void equalsASortOfAllPairs() {
        Random random = new Random(3);
        for (int trial = 0; trial < 50; trial++) {
            int n = 1 + random.nextInt(30);
            int classes = 1 + random.nextInt(6);
            int quota = 1 + random.nextInt(8);
            double[][] p = random(random, n, classes);
            int[] expected = new int[n];
            Arrays.fill(expected, -1);
            int[] room = new int[classes];
            Arrays.fill(room, quota);
            IntStream.range(0, n * classes)
                    .boxed()
                    .sorted((a, b) -> Double.compare(p[b / classes][b % classes], p[a / classes][a % classes]))
                    .filter(pair -> expected[pair / classes] == -1 && room[pair % classes] > 0)
                    .forEachOrdered(pair -> {
                        expected[pair / classes] = pair % classes;
                        room[pair % classes]--;
                    });
            assertThat(FewPseudoLabels.select(p, quota)).isEqualTo(expected);
        }
    }

    @Test
    void aCrowdThatPrefersOneClassIsNoTrouble() {
        double[][] p = random(new Random(4), 20_000, 100);
        for (double[] row : p) {
            Arrays.sort(row); // all of them like the classes in the same order
        }
        int[] labels = assertTimeoutPreemptively(Duration.ofSeconds(30), () -> FewPseudoLabels.select(p, 200));
        int[] counts = new int[100];
        Arrays.stream(labels).forEach(label -> counts[label]++);
        assertThat(counts).containsOnly(200);
    }

    private static double[][] random(Random random, int n, int classes) {
        double[][] p = new double[n][classes];
        for (double[] row : p) {
            Arrays.setAll(row, k -> random.nextDouble());
        }
        return p;
    }

    @Test
    void roundsShareTheStepsAfterAnEleventh() {
        assertThat(surveys(Strategy.FPL, 110)).containsExactly(10);
        for (Strategy strategy : new Strategy[] {Strategy.IFPL, Strategy.GRIP}) {
            assertThat(surveys(strategy, 110)).containsExactly(10, 20, 30, 40, 50, 60, 70, 80, 90, 100);
            assertThat(surveys(strategy, 6)).containsExactly(1, 2, 3, 4, 5);
        }
        assertThat(surveys(Strategy.FPL, 6)).containsExactly(1);
        assertThat(surveys(Strategy.FPL, 1)).isEmpty();
    }

    private static int[] surveys(Strategy strategy, int steps) {
        FewPseudoLabels method = new FewPseudoLabels(strategy, 1000, 10);
        return IntStream.range(0, steps)
                .filter(step -> method.surveys(step, steps))
                .toArray();
    }

    @Test
    void sixteenOfEachClassAreFewAndGripGrowsUntilAllAreUsed() {
        double[][] p = random(new Random(5), 205, 10);
        for (Strategy strategy : new Strategy[] {Strategy.FPL, Strategy.IFPL}) {
            FewPseudoLabels few = new FewPseudoLabels(strategy, 205, 10);
            assertThat(few.selection().get()).isEmpty();
            few.survey(10, 110, p);
            assertThat(few.selection().get()).hasSize(160);
        }
        FewPseudoLabels few = new FewPseudoLabels(Strategy.FPL, 15, 10);
        few.survey(10, 110, Arrays.copyOf(p, 15));
        assertThat(few.selection().get()).hasSize(15);

        FewPseudoLabels grip = new FewPseudoLabels(Strategy.GRIP, 205, 10);
        int[] sizes = IntStream.rangeClosed(1, 10)
                .map(round -> {
                    grip.survey(10L * round, 110, p);
                    return grip.selection().get().length;
                })
                .toArray();
        assertThat(sizes).containsExactly(30, 50, 70, 90, 110, 130, 150, 170, 190, 205);
    }

    /** With a text tower the first round begins with the first step, and all ten share the steps. */
    @Test
    void zeroShotLabelsAreTheFirst() {
        double[][] p = random(new Random(6), 205, 10);
        for (Strategy strategy : Strategy.values()) {
            FewPseudoLabels few = new FewPseudoLabels(strategy, 205, 10);
            few.zeroShot(p);
            assertThat(few.selection().get()).hasSize(strategy == Strategy.GRIP ? 30 : 160);
            FewPseudoLabels resumed = new FewPseudoLabels(strategy, 205, 10);
            resumed.restore(few.state());
            assertThat(resumed.selection().get()).isEqualTo(few.selection().get());
            for (FewPseudoLabels each : new FewPseudoLabels[] {few, resumed}) {
                long[] surveys = LongStream.range(0, 100)
                        .filter(step -> each.surveys(step, 100))
                        .toArray();
                if (strategy == Strategy.FPL) {
                    assertThat(surveys).isEmpty();
                } else {
                    assertThat(surveys).containsExactly(10, 20, 30, 40, 50, 60, 70, 80, 90);
                }
            }
            few.survey(90, 100, p);
            assertThat(few.selection().get()).hasSize(strategy == Strategy.GRIP ? 205 : 160);
        }
    }

    /** Three pseudo-labels, six labels: the labels' mean weighs half. */
    @Test
    void theLossIsTheWeightedSumOfTwoMeans() {
        FewPseudoLabels method = new FewPseudoLabels(Strategy.FPL, 3, 2);
        method.runStarted(6);
        StepTargets supervised = method.targets(new int[] {0, 1}, null);
        double[][] labelled = {{1, -1}, {.5, 2}};
        double l = Math.log1p(Math.exp(-2)) / 2 + Math.log1p(Math.exp(-1.5)) / 2;
        assertClose(
                "L without selection",
                MethodProbe.of(method, labelled, labelled, supervised).loss(),
                l,
                1e-12);

        method.survey(10, 110, new double[][] {{.1, .9}, {.8, .2}, {.45, .55}});
        assertThat(method.selection().get()).containsExactly(0, 1, 2);
        StepTargets targets = method.targets(new int[] {0, 1}, new UnlabelledBatch(new int[] {1, 2, 1}, null));
        assertThat(targets.pseudoLabels()).containsExactly(0, 1, 0);
        double[][] rows = {{1, -1}, {.5, 2}, {0, 1}, {0, 3}, {2, 2}};
        MethodProbe probe = MethodProbe.of(method, rows, rows, targets);
        assertClose("L_s", probe.parts().get("loss.supervised"), l / 2, 1e-12);
        double u = (Math.log1p(Math.exp(1)) + Math.log1p(Math.exp(-3)) + Math.log(2)) / 3;
        assertClose("L_u", probe.parts().get("loss.consistency"), u, 1e-12);
        assertClose("dL/dz", probe.logitsGradient()[4], new double[] {-.5 / 3, .5 / 3}, 1e-12);

        StepTargets unlabelledAlone = method.targets(new int[0], new UnlabelledBatch(new int[] {1, 2, 1}, null));
        double[][] pseudoLabelled = {rows[2], rows[3], rows[4]};
        assertClose(
                "L without labelled images",
                MethodProbe.of(method, pseudoLabelled, pseudoLabelled, unlabelledAlone)
                        .loss(),
                u,
                1e-12);
        StepTargets labelledAlone = method.targets(new int[] {0, 1}, new UnlabelledBatch(new int[0], null));
        assertClose(
                "L without unlabelled images",
                MethodProbe.of(method, labelled, labelled, labelledAlone).loss(),
                l / 2,
                1e-12);
    }

    @Test
    void aSelectionThatIsNoneIsRefused() {
        FewPseudoLabels method = new FewPseudoLabels(Strategy.GRIP, 3, 2);
        method.survey(10, 110, new double[][] {{.1, .9}, {.8, .2}, {.45, .55}});
        FewPseudoLabels other = new FewPseudoLabels(Strategy.GRIP, 3, 2);
        other.restore(method.state());
        assertThat(other.selection().get()).isEqualTo(method.selection().get());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FewPseudoLabels(Strategy.GRIP, 4, 2).restore(method.state()))
                .withMessageContaining("vector of 4, but is [3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        other.restore(Map.of("selection.labels", Nd4j.createFromArray(new double[] {0, 2, -1}))))
                .withMessageContaining("class 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.restore(Map.of()))
                .withMessageContaining("missing");
    }
}
