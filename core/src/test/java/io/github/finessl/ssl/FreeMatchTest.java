package io.github.finessl.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The recorded sequences never reach the highest τ_t. */
class FreeMatchTest {
    private static final UnlabelledBatch CERTAIN = batch(1);
    private static final UnlabelledBatch UNCERTAIN = batch(0.55);

    @Test
    void aClippedTauStaysClipped() {
        FreeMatch method = new FreeMatch(0.5, 2, new FreeMatch.Options(false, true));
        for (double expected : new double[] {0.75, 0.875, 0.9375, 0.95, 0.95}) { // .96875 unclipped
            method.targets(new int[1], CERTAIN);
            assertThat(tau(method)).isEqualTo(expected);
        }
        method.targets(new int[1], UNCERTAIN);
        assertThat(tau(method)).isCloseTo(0.75, within(1e-15));
    }

    @Test
    void byDefaultItIsNotClipped() {
        FreeMatch method = new FreeMatch(0.5, 2);
        for (int t = 0; t < 4; t++) {
            method.targets(new int[1], CERTAIN);
        }
        assertThat(tau(method)).isEqualTo(0.96875);
    }

    private static double tau(FreeMatch method) {
        return method.state().get("freematch.tau").getDouble(0);
    }

    /** One image, of the first class with {@code confidence}. */
    private static UnlabelledBatch batch(double confidence) {
        double[][] q = {{confidence, 1 - confidence}};
        return new UnlabelledBatch(new int[1], new WeakPredictions(q, q));
    }
}
