package io.github.finessl.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.ssl.VPet.Targets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

/** V-PET's targets and losses, with three classes and the votes of three members on four images. */
class VPetTest {
    private static final int[][] VOTES = {{0, 1, 2, 2}, {0, 2, 1, 2}, {1, 2, 0, 2}};

    /** One labelled image and two unlabelled ones. */
    private static final double[][] LOGITS = {{2, 0, 1}, {0.5, 1, -1}, {0, 3, 1}};

    private static VPet polled(VPet method, int[]... votes) {
        method.polled(votes);
        return method;
    }

    private static VPet soft() {
        return polled(new VPet(Targets.SOFT, 4, 3), VOTES);
    }

    private static VPet hard() {
        return polled(new VPet(Targets.HARD, 4, 3), VOTES);
    }

    @Test
    void softTargetsAreTheSharesOfTheVotes() {
        double third = 1.0 / 3;
        assertThat(soft().target(0)).containsExactly(new double[] {2 * third, third, 0}, within(1e-12));
        assertThat(soft().target(1)).containsExactly(new double[] {0, third, 2 * third}, within(1e-12));
        assertThat(soft().target(2)).containsExactly(new double[] {third, third, third}, within(1e-12));
        assertThat(soft().target(3)).containsExactly(new double[] {0, 0, 1}, within(1e-12));
    }

    @Test
    void hardTargetsAreTheClassOfMostVotesOrElseTheEarliestMembers() {
        assertThat(Stream.of(0, 1, 2, 3).map(image -> hard().target(image)))
                .containsExactly(
                        new double[] {1, 0, 0}, new double[] {0, 0, 1}, new double[] {0, 0, 1}, new double[] {0, 0, 1});
        VPet ofTwo = polled(new VPet(Targets.HARD, 2, 3), new int[] {2, 0}, new int[] {1, 1});
        assertThat(ofTwo.target(0)).containsExactly(0, 0, 1);
        assertThat(ofTwo.target(1)).containsExactly(1, 0, 0);
    }

    @Test
    void theLossIsCrossEntropyToLabelsAndShares() {
        StepTargets targets = soft().targets(new int[] {2}, new UnlabelledBatch(new int[] {1, 3}, null));
        assertThat(targets.pseudoLabels()).containsExactly(2, 2);
        assertThat(targets.weights()).containsExactly(1, 1);
        double labelled = -log(0, 2);
        double unlabelled = (-log(1, 1) / 3 - 2 * log(1, 2) / 3 - log(2, 2)) / 2;
        MethodProbe probe = MethodProbe.of(soft(), LOGITS, LOGITS, targets);
        assertThat(probe.parts().get("loss.supervised")).isCloseTo(labelled, within(1e-6));
        assertThat(probe.parts().get("loss.consistency")).isCloseTo(unlabelled, within(1e-6));
        assertThat(probe.loss()).isCloseTo(labelled + unlabelled, within(1e-6));
        assertThat(probe.headGradient()).isNull();
    }

    @Test
    void weightsAreFineSslsAndSoIsTheAuxiliaryHead() {
        double gamma = 3;
        double lambda = 0.5;
        double[][] auxiliary = {{1, 2, 0}, {0, 1, 4}, {2, 2, 3}};
        double[][] q = {{0.2, 0.7, 0.1}, {0.3, 0.3, 0.4}};
        double[][] psi = {{0.5, 0.25, 0.25}, {0.1, 0.1, 0.8}};
        VPet method = polled(VPet.weighted(gamma, lambda, 4, 3), VOTES);
        StepTargets targets =
                method.targets(new int[] {2}, new UnlabelledBatch(new int[] {1, 3}, new WeakPredictions(q, psi)));
        assertThat(targets.weights()).containsExactly(new double[] {1.5, 2.4}, within(1e-12));
        MethodProbe probe = MethodProbe.of(method, LOGITS, auxiliary, targets);
        assertThat(probe.parts().get("loss.consistency"))
                .isCloseTo((1.5 * (-log(1, 1) / 3 - 2 * log(1, 2) / 3) - 2.4 * log(2, 2)) / 2, within(1e-6));
        double each = lambda / 3;
        assertThat(probe.parts().get("loss.auxiliary.supervised"))
                .isCloseTo(crossEntropy(auxiliary[0], each, each, 0.5 + each), within(1e-4));
        assertThat(probe.parts().get("loss.auxiliary.consistency"))
                .isCloseTo(
                        (crossEntropy(auxiliary[1], each, 0.5 / 3 + each, 1.0 / 3 + each)
                                        + crossEntropy(auxiliary[2], each, each, 0.5 + each))
                                / 2,
                        within(1e-4));
        assertThat(Stream.of(probe.featureGradient()).flatMapToDouble(Arrays::stream))
                .allMatch(gradient -> gradient == 0);
        assertThat(probe.headGradient()).isNotNull();
    }

    private static double log(int row, int label) {
        double sum = 0;
        for (double z : LOGITS[row]) {
            sum += Math.exp(z);
        }
        return LOGITS[row][label] - Math.log(sum);
    }

    private static double crossEntropy(double[] logits, double... target) {
        double sum = 0;
        double dot = 0;
        for (int k = 0; k < logits.length; k++) {
            sum += Math.exp(logits[k]);
            dot += target[k] * logits[k];
        }
        return Math.log(sum) - dot; // targets sum to 1
    }

    @Test
    void votesAreKeptAndThoseOfAnotherRunAreRefused() {
        VPet restored = new VPet(Targets.SOFT, 4, 3);
        restored.restore(soft().state());
        assertThat(restored.target(1)).isEqualTo(soft().target(1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VPet(Targets.SOFT, 5, 3).restore(soft().state()))
                .withMessage("its members.votes should be a matrix of 5 columns, but is [3, 4]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VPet(Targets.SOFT, 4, 2).restore(soft().state()))
                .withMessageContaining("holds the class 2.0, this run has classes 0 to 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> restored.restore(Map.of()))
                .withMessageEndingWith("missing");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> restored.restore(Map.of("members.votes", Nd4j.createFromArray(0.0, 1.0, 2.0, 2.0))));
    }
}
