package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.finessl.report.LabelCurve;
import io.github.finessl.report.LabelCurve.Outlook;
import io.github.finessl.report.LabelVotes;
import io.github.finessl.report.NextLabel;
import io.github.finessl.report.NextLabel.Why;
import io.github.finessl.report.PairedTest;
import io.github.finessl.report.TopTwo;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What labels tell of each other, on points around the corners of a cube. */
class LabelCheckTest {

    private static final int DIMENSIONS = 12;

    private final Random random = new Random(7);

    /** A point near the direction of its class, the nearer the less noise. */
    private float[] near(int label, double noise) {
        float[] point = new float[DIMENSIONS];
        for (int d = 0; d < DIMENSIONS; d++) {
            point[d] = (float) ((d == label ? 1 : 0) + noise * random.nextGaussian());
        }
        return point;
    }

    private float[][] points(int[] labels, double noise) {
        return Arrays.stream(labels).mapToObj(label -> near(label, noise)).toArray(float[][]::new);
    }

    private static int[] labels(int each, int classes) {
        return IntStream.range(0, each * classes).map(i -> i % classes).toArray();
    }

    @Test
    void aWrongLabelIsOutvotedWithAndWithoutAPile() {
        int[] truth = labels(6, 3);
        float[][] labelled = points(truth, .1);
        int[] given = truth.clone();
        given[4] = 2; // a point of class 1
        for (float[][] pile : List.of(points(labels(20, 3), .1), new float[0][])) {
            List<Optional<LabelVotes>> votes = new LabelCheck(labelled, given, pile, 3).votes();
            assertThat(IntStream.range(0, given.length)
                            .filter(i -> votes.get(i).orElseThrow().lookWrong()))
                    .containsExactly(4);
            assertThat(votes.get(4).orElseThrow().answer()).isEqualTo(1);
        }
    }

    @Test
    void theOnlyLabelOfAClassIsNeitherDoubtedNorGuessed() {
        int[] labels = {0, 0, 0, 0, 0, 1};
        LabelCheck check = new LabelCheck(points(labels, .1), labels, points(labels(9, 2), .1), 2);
        assertThat(check.votes().get(5)).isEmpty();
        assertThat(check.votes().subList(0, 5)).allMatch(Optional::isPresent);
        assertThat(check.heldOutGuesses()).containsExactly(0, 0, 0, 0, 0, -1);
        assertThatThrownBy(() -> new LabelCheck(new float[1][1], new int[1], new float[0][], 1))
                .hasMessageContaining("1 classes");
    }

    /** If the guesses saw the labels of what they guess, none of these could be wrong. */
    @Test
    void guessesDoNotKnowTheLabelsOfWhatTheyGuess() {
        int[] truth = labels(8, 3);
        float[][] labelled = points(truth, .05);
        int[] shifted = truth.clone();
        for (int i = 0; i < 3; i++) {
            shifted[i] = (truth[i] + 1) % 3;
        }
        assertThat(new LabelCheck(labelled, shifted, new float[0][], 3).heldOutGuesses())
                .containsExactly(truth);
    }

    @Test
    void theCurveRisesWithTheLabelsAndEndsAtAllOfThem() {
        int[] labels = labels(16, 4);
        float[][] labelled = points(labels, .6);
        int[] truth = labels(50, 4);
        LabelCheck check = new LabelCheck(labelled, labels, new float[0][], 4);
        LabelCurve onTest = check.curve(points(truth, .6), truth);
        assertThat(onTest.heldOut()).isFalse();
        assertThat(onTest.images()).isEqualTo(200);
        assertThat(onTest.points()).extracting(LabelCurve.Point::labels).containsExactly(4.0, 8.0, 16.0, 32.0, 64.0);
        assertThat(onTest.points().get(0).accuracy())
                .isLessThan(onTest.points().get(4).accuracy() - .1);

        LabelCurve heldOut = check.curve();
        assertThat(heldOut.heldOut()).isTrue();
        assertThat(heldOut.images()).isEqualTo(64);
        assertThat(heldOut.points().get(heldOut.points().size() - 1).labels()).isCloseTo(.8 * 64, within(1e-9));
        int[] guesses = check.heldOutGuesses();
        assertThat(heldOut.points().get(heldOut.points().size() - 1).accuracy())
                .isEqualTo(IntStream.range(0, 64)
                                .filter(i -> guesses[i] == labels[i])
                                .count()
                        / 64.0);
    }

    @Test
    void withoutTwoLabelsOfAClassThereIsNoCurve() {
        int[] labels = {0, 1};
        LabelCurve curve = new LabelCheck(points(labels, .1), labels, points(labels(5, 2), .1), 2).curve();
        assertThat(curve.points()).isEmpty();
        assertThat(curve.outlook()).isEqualTo(Outlook.UNKNOWN);
    }

    @Test
    void moreLabelsAreSaidToHelpWhereTheLastDoublingClearlyDid() {
        assertThat(outlook(200, 20, 3)).isEqualTo(Outlook.HELPS);
        assertThat(outlook(200, 6, 4)).isEqualTo(Outlook.FLAT);
        assertThat(outlook(200, 3, 20)).isEqualTo(Outlook.FLAT);
        assertThat(outlook(30, 3, 2)).isEqualTo(Outlook.UNKNOWN);
    }

    private static Outlook outlook(int images, int onlyAll, int onlyHalf) {
        return new LabelCurve(false, images, List.of(), Optional.of(new PairedTest(onlyAll, onlyHalf))).outlook();
    }

    @Test
    void guessesNameTheTwoLikeliestClasses() {
        int[] labels = labels(3, 3);
        InstantGuesses guesses = InstantGuesses.of(points(labels, .05), labels, points(labels(10, 3), .05), 3);
        float[] between = new float[DIMENSIONS];
        between[1] = 1;
        between[2] = .9f;
        List<TopTwo> found = guesses.guesses(new float[][] {near(0, .01), between});
        assertThat(found.get(0).label()).isZero();
        assertThat(found.get(1).label()).isEqualTo(1);
        assertThat(found.get(1).second()).isEqualTo(2);
        assertThat(found.get(1).doubt()).isGreaterThan(found.get(0).doubt());
        assertThat(guesses.guesses(new float[0][])).isEmpty();
    }

    @Test
    void whatIsChosenNextSaysWhy() {
        int[] ofPile = labels(20, 3);
        float[][] pile = points(ofPile, .2);
        List<TopTwo> guesses = Arrays.stream(ofPile)
                .mapToObj(label -> new TopTwo(label, label == 2 ? .6 : .9, (label + 1) % 3, .1))
                .toList();
        List<NextLabel> next = InstantGuesses.next(Optional.of(guesses), pile, new float[0][], 3);
        assertThat(next.stream().map(each -> ofPile[each.image()])).containsExactlyInAnyOrder(0, 1, 2);
        for (NextLabel each : next) {
            assertThat(each.why()).isEqualTo(ofPile[each.image()] == 2 ? Why.DOUBTFUL : Why.ALIKE);
            assertThat(each.alike()).isGreaterThan(.2);
        }
        List<TopTwo> weak = Arrays.stream(ofPile)
                .mapToObj(label -> label == 2 ? new TopTwo(2, .7, 0, .0) : new TopTwo(label, .8, 2, .2))
                .toList();
        assertThat(InstantGuesses.next(Optional.of(weak), pile, new float[0][], 3))
                .allMatch(each -> each.why() == (ofPile[each.image()] == 2 ? Why.WEAK_CLASS : Why.DOUBTFUL))
                .anyMatch(each -> each.why() == Why.WEAK_CLASS);
        assertThat(InstantGuesses.next(Optional.empty(), pile, new float[0][], 2))
                .hasSize(2)
                .allMatch(each -> each.why() == Why.ALIKE);
    }
}
