package io.github.finessl.studio.learn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.studio.learn.Judge.Judged;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What thresholds cost. */
class PriceTest {

    @Test
    void anAnswerCountsFromTheThresholdOn() {
        List<Price> prices = Price.of(
                List.of(new Judged(.9, true), new Judged(.5, false), new Judged(.5, true), new Judged(1, true)));
        assertThat(prices).hasSize(100);
        assertThat(prices.get(0)).isEqualTo(new Price(0, 4, 3));
        assertThat(prices.get(50)).isEqualTo(new Price(.5, 4, 3));
        assertThat(prices.get(51)).isEqualTo(new Price(.51, 2, 2));
        assertThat(prices.get(91)).isEqualTo(new Price(.91, 1, 1));
        assertThat(prices.get(99)).isEqualTo(new Price(.99, 1, 1));
    }
}
