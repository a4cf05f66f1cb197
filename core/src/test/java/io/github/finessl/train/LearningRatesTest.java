package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class LearningRatesTest {

    private static CosineSchedule from(double start) {
        return new CosineSchedule(start, 10, 1, false, 0);
    }

    @Test
    void promptsAndTheEncodersOwnWeightsHaveTheirOwn() {
        LearningRates rates = new LearningRates(Set.of("block.0.qkv.bias"), from(0.1), from(0.2), from(0.3));
        assertThat(rates.rate("block.0.qkv.bias", 0)).isEqualTo(0.1);
        assertThat(rates.rate("prompt.11", 0)).isEqualTo(0.2);
        assertThat(rates.rate("prompt.11", 5)).isEqualTo(from(0.2).rate(5));
        assertThat(rates.rate("head.weight", 0)).isEqualTo(0.3);
    }
}
