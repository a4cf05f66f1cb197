package io.github.finessl.augment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeyedRandomTest {

    /** Recorded once; a change would silently change every experiment. */
    @Test
    void isPinned() {
        KeyedRandom random = KeyedRandom.of(1, 2, 3);
        assertThat(new long[] {random.nextLong(), random.nextLong()})
                .isEqualTo(new long[] {-8760245344525447544L, -3867392457120822756L});
        assertThat(KeyedRandom.of(7).permutation(8)).isEqualTo(new int[] {7, 3, 1, 2, 5, 6, 4, 0});
    }

    @Test
    void keysOfDifferentLengthOrOrderDiffer() {
        assertThat(new long[] {
                    KeyedRandom.of().nextLong(),
                    KeyedRandom.of(0).nextLong(),
                    KeyedRandom.of(0, 0).nextLong(),
                    KeyedRandom.of(0, 1).nextLong(),
                    KeyedRandom.of(1, 0).nextLong()
                })
                .doesNotHaveDuplicates();
    }

    @Test
    void permutesEvenly() {
        int[][] counts = new int[5][5];
        for (int trial = 0; trial < 10_000; trial++) {
            int[] order = KeyedRandom.of(trial).permutation(5);
            IntStream.range(0, 5).forEach(i -> counts[i][order[i]]++);
        }
        // 2000 each; the standard deviation is 40.
        assertThat(Arrays.stream(counts).flatMapToInt(Arrays::stream)).allMatch(count -> Math.abs(count - 2000) < 200);
    }
}
