package io.github.finessl.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DecisionTest {

    private final Classification cat = new Classification(List.of("dog", "cat"), List.of(.4, .6), 12);

    @Test
    void aClassIsNamedFromTheThresholdOn() {
        assertThat(Decision.of(cat, .6, Optional.empty())).isEqualTo(new Decision.OfClass(cat));
        assertThat(Decision.of(cat, 0, Optional.empty()).word()).isEqualTo("cat");
        assertThat(Decision.of(cat, 0, Optional.empty()).isClass()).isTrue();
        assertThat(Decision.of(cat, .61, Optional.empty())).isEqualTo(new Decision.Unsure(cat));
        assertThat(Decision.of(cat, .61, Optional.empty()).word()).isEqualTo("unsure");
        assertThat(Decision.of(cat, .61, Optional.empty()).isClass()).isFalse();
    }

    @Test
    void noneComesBeforeUnsure() {
        Optional<Refusal> rule = Optional.of(new Refusal(12.5, Refusal.Basis.UNLABELLED, 20, 0));
        assertThat(Decision.of(cat, .9, rule)).isEqualTo(new Decision.OfNone(cat));
        assertThat(Decision.of(cat, 0, rule).word()).isEqualTo("none");
        assertThat(Decision.of(cat, 0, rule).isClass()).isFalse();
        Optional<Refusal> milder = Optional.of(new Refusal(12, Refusal.Basis.UNLABELLED, 20, 0));
        assertThat(Decision.of(cat, 0, milder)).isEqualTo(new Decision.OfClass(cat));
    }
}
