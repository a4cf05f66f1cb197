package io.github.finessl.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What methods remember is taken back only by a run that it fits. */
class MethodStateTest {

    @ParameterizedTest
    @ValueSource(strings = {"finessl", "flexmatch", "freematch", "softmatch", "debiaspl"})
    void ofAnotherRunIsRefused(String name) {
        Method method = method(name, 3);
        Map<String, INDArray> state = method.state();
        method.restore(state);
        assertThat(method.state()).hasToString(state.toString()); // NaN equals NaN
        assertThatIllegalArgumentException()
                .isThrownBy(() -> method.restore(method(name, 4).state()))
                .withMessageStartingWith("its ")
                .withMessageContaining("4");
        for (String part : state.keySet()) {
            Map<String, INDArray> without = new LinkedHashMap<>(state);
            without.remove(part);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> method.restore(without))
                    .withMessageContaining(part)
                    .withMessageEndingWith("missing");
        }
    }

    private static Method method(String name, int classes) {
        return Methods.make(name, new Methods.Settings(8, 3, 0.7, 0.5, false), 5, classes);
    }
}
