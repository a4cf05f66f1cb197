package io.github.finessl.ssl;

import static io.github.finessl.Values.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.finessl.ssl.FineSsl.Options;
import io.github.finessl.ssl.FineSsl.Part;
import io.github.finessl.ssl.Methods.Settings;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each ablation changes what it says and nothing else. The pseudo-labels of the batch are 0, 0, 0, 1, 1 and 2. */
class AblationsTest {
    private static final Settings PAPER = new Settings(8, 3, 0.7, 0.5, false);
    private static final Settings REFERENCE = new Settings(8, 3, 0.7, 0.5, true);
    private static final double[] NOTHING = {0, 0, 0};
    private static final int[] LABELS = {2, 0};

    private static final double[][] WEAK_MAIN = {
        {5, 1, 0}, {4, 0, 1}, {6, 2, 1}, {0, 5, 1}, {1, 7, 2}, {0, 1, 4},
    };
    private static final double[][] WEAK_AUXILIARY = {
        {2, 1, 0}, {1, 0, 1}, {3, 2, 1}, {0, 2, 1}, {1, 3, 2}, {0, 1, 1},
    };

    private static final WeakPredictions DOUBTFUL =
            WeakPredictions.ofLogits(new double[][] {{0, 0, 0.5}, {0.2, 0, 0}}, WEAK_AUXILIARY);

    @Test
    void withoutBalancedMargin() {
        Run ablated = Run.of("finessl-without-bms", PAPER);
        Run full = Run.of("finessl", PAPER);
        assertThat(ablated.vectorsUnlike(full)).containsExactly("margin.consistency", "margin.supervised");
        assertThat(ablated.vector(FineSsl.CONSISTENCY_MARGIN)).isEqualTo(NOTHING);
        assertThat(ablated.vector(FineSsl.SUPERVISED_MARGIN)).isEqualTo(NOTHING);
        assertThat(ablated.probe.partsUnlike(full.probe)).containsExactly("loss.consistency", "loss.supervised");
    }

    @Test
    void withoutTheSupervisedMargin() {
        Run ablated = Run.of("finessl-without-supervised-margin", PAPER);
        Run full = Run.of("finessl", PAPER);
        assertThat(ablated.vectorsUnlike(full)).containsExactly("margin.supervised");
        assertThat(ablated.vector(FineSsl.SUPERVISED_MARGIN)).isEqualTo(NOTHING);
        assertThat(ablated.probe.partsUnlike(full.probe)).containsExactly("loss.supervised");
    }

    @Test
    void fixedAlpha() {
        Run ablated = Run.of("finessl-fixed-alpha", PAPER);
        Run full = Run.of("finessl", PAPER);
        assertThat(ablated.vectorsUnlike(full)).containsExactly("margin.consistency", "margin.supervised");
        double[] delta = {0, 1 / 3., 2 / 3.}; // β = 1, 2/3, 1/3
        double spread = 2 / 3.;
        assertClose("full", full.vector(FineSsl.CONSISTENCY_MARGIN), times(8 * spread, delta), 1e-12);
        assertClose("fixed", ablated.vector(FineSsl.CONSISTENCY_MARGIN), times(8, delta), 1e-12);
        assertThat(ablated.vector(FineSsl.SUPERVISED_MARGIN)).isEqualTo(ablated.vector(FineSsl.CONSISTENCY_MARGIN));
    }

    @Test
    void withoutDecoupledLabelSmoothingTheMainHeadWeighs() {
        Run ablated = Run.of("finessl-without-dls", PAPER);
        Run full = Run.of("finessl", PAPER);
        assertThat(ablated.vectorsUnlike(full)).containsExactly("weight.consistency");
        WeakPredictions weak = WeakPredictions.ofLogits(WEAK_MAIN, WEAK_AUXILIARY);
        assertThat(ablated.targets.weights()).isEqualTo(times(3, weak.confidence()));
        assertThat(full.targets.weights()).isEqualTo(times(3, weak.auxiliaryConfidence()));
        assertThat(ablated.probe.partsUnlike(full.probe)).containsExactly("loss.consistency");
    }

    /** The control: as much weight as with decoupled label smoothing, spread as without. */
    @Test
    void withAMatchedGammaTheMainHeadWeighsAsMuchInAll() {
        Run matched = Run.of("finessl-matched-gamma", PAPER);
        Run full = Run.of("finessl", PAPER);
        Run without = Run.of("finessl-without-dls", PAPER);
        assertThat(matched.vectorsUnlike(full)).containsExactly("weight.consistency");
        double[] psi = matched.targets.weights();
        double ratio = Arrays.stream(full.targets.weights()).sum()
                / Arrays.stream(without.targets.weights()).sum();
        assertThat(ratio).isLessThan(0.9);
        assertClose("ψ", psi, times(ratio, without.targets.weights()), 1e-12);
        assertThat(matched.probe.partsUnlike(without.probe)).containsExactly("loss.consistency");
    }

    @Test
    void withoutSmoothingTheAuxiliaryLossesArePlain() {
        Run ablated = Run.of("finessl-without-smoothing", PAPER);
        Run full = Run.of("finessl", PAPER);
        assertThat(ablated.vectorsUnlike(full)).isEmpty();
        assertThat(ablated.probe.partsUnlike(full.probe))
                .containsExactly("loss.auxiliary.consistency", "loss.auxiliary.supervised");
        double plain = 0;
        for (int i = 0; i < LABELS.length; i++) {
            plain -= Math.log(softmax(ablated.auxiliary[i])[LABELS[i]]) / LABELS.length;
        }
        assertClose("L_s'", ablated.probe.parts().get("loss.auxiliary.supervised"), plain, 1e-10);
    }

    @Test
    void smoothingOnTheMainHeadInstead() {
        Run ablated = Run.of("finessl-main-smoothing", PAPER);
        Run full = Run.of("finessl", PAPER);
        Run unsmoothed = Run.of("finessl-without-smoothing", PAPER);
        assertThat(ablated.vectorsUnlike(full)).isEmpty();
        assertThat(ablated.probe.partsUnlike(unsmoothed.probe)).containsExactly("loss.consistency", "loss.supervised");
        double smoothed = 0;
        double[] margin = full.vector(FineSsl.SUPERVISED_MARGIN);
        for (int i = 0; i < LABELS.length; i++) {
            double[] z = ablated.main[i].clone();
            for (int k = 0; k < 3; k++) {
                z[k] += k == LABELS[i] ? 0 : margin[LABELS[i]];
            }
            double[] p = softmax(z);
            for (int k = 0; k < 3; k++) {
                double e = k == LABELS[i] ? 1 - 0.5 + 0.5 / 3 : 0.5 / 3;
                smoothed -= e * Math.log(p[k]) / LABELS.length;
            }
        }
        assertClose("L_s", ablated.probe.parts().get("loss.supervised"), smoothed, 1e-10);
    }

    @Test
    void theAuthorsCodeNeverSmoothsTrueLabels() {
        Run ablated = Run.of("finessl-main-smoothing", REFERENCE);
        Run full = Run.of("finessl", REFERENCE);
        assertThat(ablated.probe.partsUnlike(full.probe))
                .containsExactly("loss.auxiliary.consistency", "loss.consistency");
    }

    @Test
    void attachedAuxiliaryHeadTeachesTheFeatures() {
        Run ablated = Run.of("finessl-attached", PAPER);
        Run full = Run.of("finessl", PAPER);
        assertThat(ablated.vectorsUnlike(full)).isEmpty();
        assertThat(ablated.probe.loss()).isEqualTo(full.probe.loss());
        assertThat(ablated.probe.logitsGradient()).isDeepEqualTo(full.probe.logitsGradient());
        assertThat(ablated.probe.headGradient()).isDeepEqualTo(full.probe.headGradient());
        double[][] zero = new double[full.main.length][4];
        assertThat(full.probe.featureGradient()).isDeepEqualTo(zero);
        for (double[] row : ablated.probe.featureGradient()) {
            assertThat(row).isNotEqualTo(zero[0]);
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void everyNameIsAMethodOfItsOwn(boolean reference) {
        Map<String, String> byBehaviour = new HashMap<>();
        for (String name : aloneInABatch()) {
            Settings settings = reference ? REFERENCE : PAPER;
            MethodProbe probe = Run.of(name, settings).probe;
            Method method = Methods.make(name, settings, 6, 3);
            method.targets(LABELS, unlabelled());
            StepTargets next = method.targets(LABELS, new UnlabelledBatch(new int[] {0, 3}, DOUBTFUL));
            String behaviour = Arrays.toString(next.weights())
                    + probe.loss()
                    + Arrays.deepToString(probe.logitsGradient())
                    + Arrays.deepToString(probe.featureGradient());
            assertThat(byBehaviour.put(behaviour, name))
                    .as("behaves like " + name)
                    .isNull();
        }
        assertThat(byBehaviour).hasSize(16);
    }

    /** The methods that need no survey, teacher or votes; those that do have tests of their own. */
    private static List<String> aloneInABatch() {
        return Methods.names().stream()
                .filter(name -> MethodChoice.named(name).untrained().isEmpty())
                .filter(name -> {
                    Method method = Methods.make(name, PAPER, 6, 3);
                    return method.selection().isEmpty() && !method.views().teacher() && !method.polls();
                })
                .toList();
    }

    @Test
    void aNameThatIsNoMethodIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Methods.make("finesl", PAPER, 6, 3))
                .withMessageContaining("finesl,")
                .withMessageContaining("finessl-attached");
    }

    @Test
    void aRestoredMethodGoesOnLikeTheOneThatWasSaved() {
        for (Options options : new Options[] {Options.paper(8, 3, 0.7, 0.5), Options.reference(8, 3, 0.7, 0.5)}) {
            FineSsl saved = new FineSsl(options, 6, 3);
            saved.targets(LABELS, unlabelled());
            FineSsl restored = new FineSsl(options, 6, 3);
            restored.restore(saved.state());
            saved.state()
                    .forEach((name, array) ->
                            assertThat(restored.state().get(name)).isEqualTo(array));
            UnlabelledBatch next = new UnlabelledBatch(
                    new int[] {0, 3}, WeakPredictions.ofLogits(new double[][] {{0, 9, 0}, {1, 1, 1}}, WEAK_AUXILIARY));
            Map<Feed.Vector, double[]> expected = saved.targets(LABELS, next).vectors();
            restored.targets(LABELS, next)
                    .vectors()
                    .forEach((feed, values) -> assertThat(values).isEqualTo(expected.get(feed)));
            assertThat(expected.get(FineSsl.CONSISTENCY_MARGIN)).isNotEqualTo(NOTHING);
        }
    }

    @Test
    void onlyTheAuthorsCodeForgetsAtEveryEpoch() {
        FineSsl reference = new FineSsl(Options.reference(8, 3, 0.7, 0.5), 6, 3);
        FineSsl paper = new FineSsl(Options.paper(8, 3, 0.7, 0.5), 6, 3);
        for (FineSsl method : new FineSsl[] {reference, paper}) {
            method.targets(LABELS, unlabelled());
            method.epochStarted();
        }
        assertThat(reference.state().get("pace.memory").toDoubleVector()).containsOnly(-1);
        assertThat(paper.state().get("pace.memory").toDoubleVector()).containsExactly(0, 0, 0, 1, 1, 2);
    }

    @Test
    void aPartTakenFromOneSetOfOptionsLeavesTheOthers() {
        Options reference = Options.reference(8, 3, 0.7, 0.5);
        for (Part part : Part.values()) {
            Options ablated = reference.without(part);
            assertThat(ablated).isNotEqualTo(reference);
            assertThat(ablated.counting().strongViews()).isEqualTo(2);
            assertThat(ablated.counting().beforeBatch()).isTrue();
            assertThat(ablated.weights().auxiliaryOnAll()).isFalse();
            assertThat(ablated.margin().form()).isEqualTo(reference.margin().form());
        }
    }

    /** One step of a method on the batch. */
    private record Run(StepTargets targets, MethodProbe probe, double[][] main, double[][] auxiliary) {

        static Run of(String name, Settings settings) {
            Method method = Methods.make(name, settings, 6, 3);
            if (settings.reference()) {
                method.targets(LABELS, unlabelled()); // so that there is a pace before the batch
            }
            method.stepStarted(1, 5);
            int rows = LABELS.length
                    + 6 * (method.views().strong() + (method.views().trainWeak() ? 1 : 0));
            double[][] main = new double[rows][3];
            double[][] auxiliary = new double[rows][3];
            for (int i = 0; i < rows; i++) {
                for (int k = 0; k < 3; k++) {
                    main[i][k] = 3 * Math.sin(5 * i + 2 * k);
                    auxiliary[i][k] = 3 * Math.cos(3 * i + k);
                }
            }
            StepTargets targets = method.targets(LABELS, method.views().weak() ? unlabelled() : null);
            return new Run(targets, MethodProbe.of(method, main, auxiliary, targets), main, auxiliary);
        }

        double[] vector(Feed.Vector feed) {
            return targets.vectors().get(feed);
        }

        Set<String> vectorsUnlike(Run other) {
            assertThat(targets.pseudoLabels()).isEqualTo(other.targets.pseudoLabels());
            assertThat(targets.classIndices().get(FineSsl.TARGETS))
                    .isEqualTo(other.targets.classIndices().get(FineSsl.TARGETS));
            return targets.vectors().keySet().stream()
                    .filter(feed -> !Arrays.equals(vector(feed), other.vector(feed)))
                    .map(Feed::name)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static UnlabelledBatch unlabelled() {
        return new UnlabelledBatch(new int[] {0, 1, 2, 3, 4, 5}, WeakPredictions.ofLogits(WEAK_MAIN, WEAK_AUXILIARY));
    }

    private static double[] times(double factor, double[] values) {
        return Arrays.stream(values).map(value -> factor * value).toArray();
    }

    private static double[] softmax(double[] z) {
        double sum = Arrays.stream(z).map(Math::exp).sum();
        return Arrays.stream(z).map(value -> Math.exp(value) / sum).toArray();
    }
}
