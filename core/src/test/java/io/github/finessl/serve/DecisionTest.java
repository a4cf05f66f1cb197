package io.github.finessl.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DecisionTest {

    private final Classification cat = new Classification(List.of("dog", "cat"), List.of(.4, .6));

    @Test
    void aClassIsNamedFromTheThresholdOn() {
        assertThat(Decision.of(cat, .6)).isEqualTo(new Decision.OfClass(cat));
        assertThat(Decision.of(cat, 0).word()).isEqualTo("cat");
        assertThat(Decision.of(cat, 0).isClass()).isTrue();
        assertThat(Decision.of(cat, .61)).isEqualTo(new Decision.Unsure(cat));
        assertThat(Decision.of(cat, .61).word()).isEqualTo("unsure");
        assertThat(Decision.of(cat, .61).isClass()).isFalse();
    }
}
