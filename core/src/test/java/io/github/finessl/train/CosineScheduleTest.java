package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CosineScheduleTest {

    @ParameterizedTest
    @ValueSource(ints = {30, 2, 5})
    void onceAnEpochAsTheAuthorsDo(int epochs) {
        JsonNode golden = Golden.json("golden/misc.json").get("lr_epochs_" + epochs);
        CosineSchedule schedule = new CosineSchedule(0.03, epochs * 500L, 500, true, 0);
        assertThat(golden).hasSize(epochs);
        for (int epoch = 0; epoch < epochs; epoch++) {
            for (long step : new long[] {epoch * 500L, epoch * 500L + 499}) {
                assertThat(schedule.rate(step)).isCloseTo(golden.get(epoch).doubleValue(), Offset.offset(1e-15));
            }
        }
    }

    @Test
    void everyStepFallsToAlmostZero() {
        CosineSchedule schedule = new CosineSchedule(0.03, 1000, 100, false, 0);
        assertThat(schedule.rate(0)).isEqualTo(0.03);
        assertThat(schedule.rate(500)).isCloseTo(0.015, Offset.offset(1e-15));
        assertThat(schedule.rate(999)).isBetween(1e-9, 1e-7);
        for (int step = 1; step < 1000; step++) {
            assertThat(schedule.rate(step)).isLessThan(schedule.rate(step - 1));
        }
    }

    @Test
    void warmsUpLinearlyToTheCosine() {
        CosineSchedule warm = new CosineSchedule(0.03, 100, 10, false, 4);
        CosineSchedule cosine = new CosineSchedule(0.03, 100, 10, false, 0);
        assertThat(warm.rate(0)).isEqualTo(0.0075);
        assertThat(warm.rate(1)).isCloseTo(cosine.rate(1) / 2, Offset.offset(1e-15));
        assertThat(warm.rate(2)).isCloseTo(cosine.rate(2) * 3 / 4, Offset.offset(1e-15));
        for (long step = 3; step < 100; step++) {
            assertThat(warm.rate(step)).isEqualTo(cosine.rate(step));
        }
    }

    @Test
    void anUnfinishedLastEpochCountsAsOne() {
        CosineSchedule schedule = new CosineSchedule(1, 5, 2, true, 0);
        assertThat(schedule.rate(4)).isCloseTo(0.25, Offset.offset(1e-15));
    }
}
