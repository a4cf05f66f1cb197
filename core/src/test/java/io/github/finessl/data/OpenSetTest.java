package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class OpenSetTest {

    private static final DataSource SOURCE =
            new DataSource("memory", MemoryDataset.of(4, 3, 0, 2, 1, -1, 0, 1, 2), MemoryDataset.of(4, 2, 1, 3, 0));

    @Test
    void otherClassesAreStrangersAndNotTested() {
        DataSource open = OpenSet.of(SOURCE, 2);
        assertThat(open.classes()).containsExactly("c0", "c1");
        assertThat(labels(open.train())).containsExactly(-2, 0, -2, 1, -1, 0, 1, -2);
        assertThat(labels(open.test())).containsExactly(1, 0);
        assertThat(open.test().source(0)).isEqualTo("memory 1");
        assertThat(open.test().image(0).rgb()).isEqualTo(SOURCE.test().image(1).rgb());
        assertThat(open.train().sha256())
                .isNotEqualTo(SOURCE.train().sha256())
                .isNotEqualTo(OpenSet.of(SOURCE, 3).train().sha256());
        assertThat(open.bringsSplit()).isFalse();
    }

    @Test
    void strangersAreOnlyUnlabelled() {
        Dataset train = OpenSet.of(SOURCE, 2).train();
        Split split = Split.random(train, 1, 1);
        assertThat(Arrays.stream(split.labelled()).map(train::label)).containsExactly(0, 1);
        assertThat(split.unlabelled()).hasSize(6).contains(0, 2, 4, 7);
        assertThat(split.holdOut(train, 1, 1).heldOut()).hasSize(2);
    }

    @Test
    void someClassesAreSeenAndSomeAreNot() {
        assertThatIllegalArgumentException().isThrownBy(() -> OpenSet.of(SOURCE, 4));
        assertThatIllegalArgumentException().isThrownBy(() -> OpenSet.of(SOURCE, 0));
    }

    private static int[] labels(Dataset part) {
        return java.util.stream.IntStream.range(0, part.size()).map(part::label).toArray();
    }
}
