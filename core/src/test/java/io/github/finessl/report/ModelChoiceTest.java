package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ModelChoiceTest {
    private static final List<Map.Entry<String, Integer>> SIMPLE =
            List.of(Map.entry("class means", 15), Map.entry("pile", 18), Map.entry("linear probe", 18));

    @Test
    void theTrainedModelIsKeptWhereItIsBetter() {
        ModelChoice choice = ModelChoice.of(24, SIMPLE, 19);
        assertThat(choice.keepsTrained()).isTrue();
        assertThat(choice.text()).contains("trained model", "19 of 24", "on 18");
    }

    @Test
    void theFirstOfTheBestSimplerOnesIsKeptWhereItIsAsGood() {
        ModelChoice choice = ModelChoice.of(24, SIMPLE, 18);
        assertThat(choice.kept()).isEqualTo("pile");
        assertThat(choice.text()).contains("(pile)", "18 of 24", "the trained one is on 18");
        assertThat(choice.right()).containsEntry("linear probe", 18).containsEntry(ModelChoice.TRAINED, 18);
    }

    @Test
    void aChoiceOfWhatWasNotTriedIsRefused() {
        assertThatThrownBy(() -> new ModelChoice("pile", 4, new TreeMap<>(Map.of(ModelChoice.TRAINED, 2))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
