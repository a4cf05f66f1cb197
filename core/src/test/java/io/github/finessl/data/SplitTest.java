package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class SplitTest {

    private static final Dataset TRAIN =
            MemoryDataset.of(3, IntStream.range(0, 60).map(i -> i * 7 % 3).toArray());

    @Test
    void firstOfEachClassIsTheReferences() {
        JsonNode golden = Golden.json("golden/misc.json").get("train_split");
        int[] labels = ints(golden.get("labels"));
        Split split = Split.firstOfEachClass(
                MemoryDataset.of(5, labels), golden.get("n_l").intValue());
        assertThat(split.labelled()).isEqualTo(ints(golden.get("labeled")));
        // The example has a limit on unlabelled images of each class; without one, all are there, in the same order.
        assertThat(split.unlabelled()).hasSize(labels.length).containsSubsequence(ints(golden.get("unlabeled")));
    }

    @Test
    void firstLongTailIsTheReferences() {
        JsonNode golden = Golden.json("golden/misc.json").get("train_split");
        int[] labelled = new int[5];
        int[] unlabelled = new int[5];
        Arrays.fill(labelled, golden.get("n_l").intValue());
        Arrays.fill(unlabelled, golden.get("n_u").intValue());
        Split split = Split.firstLongTail(MemoryDataset.of(5, ints(golden.get("labels"))), labelled, unlabelled);
        assertThat(split.labelled()).isEqualTo(ints(golden.get("labeled")));
        assertThat(split.unlabelled()).isEqualTo(ints(golden.get("unlabeled")));
    }

    @Test
    void longTailTakesItsCountsApart() {
        int[] labelled = {6, 3, 1};
        int[] unlabelled = {0, 5, 14};
        Split split = Split.longTail(TRAIN, labelled, unlabelled, 1);
        assertThat(counts(split.labelled())).isEqualTo(labelled);
        assertThat(counts(split.unlabelled())).isEqualTo(unlabelled);
        assertThat(split.labelled()).doesNotContain(split.unlabelled());
        assertThat(split.unlabelled()).isSorted().doesNotHaveDuplicates();
        assertThat(Split.longTail(TRAIN, labelled, unlabelled, 1)).isEqualTo(split);
        assertThat(Split.longTail(TRAIN, labelled, unlabelled, 2)).isNotEqualTo(split);
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Split.longTail(TRAIN, new int[] {6, 3, 0}, unlabelled, 1))
                .withMessage("Class 'c2' of memory must have 1 labelled images in its long tail, but has 0.");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Split.longTail(TRAIN, labelled, new int[] {15, 5, 14}, 1))
                .withMessage("Class 'c0' of memory must have 21 training images for its long tail, but has 20.");
    }

    @Test
    void listedImagesAreTheLabelledOnes() {
        Dataset train = MemoryDataset.of(2, 0, 1, 1, -1, 0, 1);
        Split split = Split.listed(train, new int[] {5, 0, 1}, false);
        assertThat(split.labelled()).containsExactly(0, 5, 1);
        assertThat(split.unlabelled()).containsExactly(2, 3, 4);
        assertThat(Split.listed(train, new int[] {5, 0, 1}, true).unlabelled()).hasSize(6);
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Split.listed(train, new int[] {5, 1}, false))
                .withMessageContaining("'c0'");
    }

    @Test
    void randomTakesNOfEachClassAndLeavesTheRest() {
        Split split = Split.random(TRAIN, 4, 1);
        for (int label = 0; label < 3; label++) {
            int wanted = label;
            assertThat(Arrays.stream(split.labelled()).filter(i -> TRAIN.label(i) == wanted))
                    .hasSize(4);
        }
        assertThat(IntStream.concat(Arrays.stream(split.labelled()), Arrays.stream(split.unlabelled())))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 60).boxed().toList());
        assertThat(split.heldOut()).isEmpty();
    }

    @Test
    void seedDecides() {
        assertThat(Split.random(TRAIN, 4, 1)).isEqualTo(Split.random(TRAIN, 4, 1));
        assertThat(Split.random(TRAIN, 4, 2)).isNotEqualTo(Split.random(TRAIN, 4, 1));
    }

    @Test
    void moreLabelsKeepTheFewerLabels() {
        assertThat(Split.random(TRAIN, 6, 1).labelled())
                .contains(Arrays.stream(Split.random(TRAIN, 2, 1).labelled())
                        .boxed()
                        .toArray(Integer[]::new));
    }

    @Test
    void unknownLabelsAreOnlyUnlabelled() {
        Dataset train = MemoryDataset.of(2, 0, -1, 1, -2, 0, 1);
        for (Split split : new Split[] {Split.random(train, 1, 3), Split.firstOfEachClass(train, 1)}) {
            assertThat(split.labelled()).hasSize(2).doesNotContain(1, 3);
            assertThat(split.unlabelled()).contains(1, 3);
        }
    }

    @Test
    void heldOutImagesAreOfNoOtherPart() {
        for (Split before : new Split[] {Split.random(TRAIN, 4, 1), Split.firstOfEachClass(TRAIN, 4)}) {
            Split split = before.holdOut(TRAIN, 5, 9);
            assertThat(split.heldOut()).hasSize(15).doesNotHaveDuplicates();
            assertThat(split.heldOut()).doesNotContain(split.labelled()).doesNotContain(split.unlabelled());
            assertThat(split.labelled()).isEqualTo(before.labelled());
            assertThat(split.unlabelled()).hasSize(before.unlabelled().length - 15);
        }
    }

    @Test
    void tooFewImagesOfAClass() {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Split.random(MemoryDataset.of(2, 0, 0, 1), 2, 0))
                .withMessage("Class 'c1' of memory must have 2 training images with labels, but has 1.");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Split.random(TRAIN, 20, 0).holdOut(TRAIN, 1, 0))
                .withMessage("Class 'c0' of memory must have 1 unlabelled images to be held out, but has 0.");
    }

    private static int[] counts(int[] images) {
        int[] counts = new int[3];
        Arrays.stream(images).forEach(i -> counts[TRAIN.label(i)]++);
        return counts;
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
