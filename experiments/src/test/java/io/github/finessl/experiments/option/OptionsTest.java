package io.github.finessl.experiments.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {

    private static Options options(String... namesAndValues) {
        Map<String, String> given = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            given.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Options.of(Map.of("steps", "300"), given);
    }

    @Test
    void defaultsOfTheMethodAreThePapers() {
        Options options = options();
        assertThat(options.get(Option.ALPHA)).isEqualTo(8.0);
        assertThat(options.get(Option.GAMMA)).isEqualTo(3.0);
        assertThat(options.get(Option.ZETA)).isEqualTo(0.7);
        assertThat(options.get(Option.LAMBDA)).isEqualTo(0.5);
        assertThat(options.get(Option.LEARNING_RATE)).isEqualTo(0.03);
        assertThat(options.get(Option.MOMENTUM)).isEqualTo(0.9);
        assertThat(options.get(Option.WEIGHT_DECAY)).isEqualTo(5e-4);
        assertThat(options.get(Option.PROMPTS)).isEqualTo(50);
    }

    @Test
    void readsValuesOfAllKinds() {
        Options options = options(
                "seeds", "1, 2,3", "encoder", "my models/clip \"b\".onnx", "resolution", "160", "resume", "a/b.zip");
        assertThat(options.get(Option.SEEDS)).isEqualTo(List.of(1L, 2L, 3L));
        assertThat(options.get(Option.ENCODER)).isEqualTo(Path.of("my models/clip \"b\".onnx"));
        assertThat(options.get(Option.RESOLUTION)).contains(160);
        assertThat(options.get(Option.RESUME)).contains(Path.of("a/b.zip"));
        assertThat(options().get(Option.RESOLUTION)).isEqualTo(Optional.empty());
        assertThat(options().get(Option.RESUME)).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "steps|0|-Dsteps=0 cannot be used: steps is a whole number from 1 on.",
                "steps|many|-Dsteps=many cannot be used: steps is a whole number from 1 on.",
                "profile|fast|-Dprofile=fast cannot be used: profile is quick, medium or paper.",
                "precision|f16|-Dprecision=f16 cannot be used: precision is auto, f32, bf16 or portable.",
                "momentum|1|-Dmomentum=1 cannot be used: momentum is a number from 0 to below 1.",
                "lr|NaN|-Dlr=NaN cannot be used: lr is a number above 0."
            })
    void aBadValueIsToldInOneSentence(String name, String value, String sentence) {
        assertThatThrownBy(() -> options(name, value))
                .isInstanceOf(OptionException.class)
                .hasMessage(sentence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1,1", "-1", "1,,2", "1.5", "a"})
    void seedsAreDifferentWholeNumbers(String seeds) {
        assertThatThrownBy(() -> options("seeds", seeds)).isInstanceOf(OptionException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vpt-last:0", "vpt-last", "vpt", "LORA", "lora:rank=0", "vpt-deep+", "linear+ssf"})
    void tuningIsOneOfTheKnown(String tuning) {
        assertThatThrownBy(() -> options("tuning", tuning)).isInstanceOf(OptionException.class);
        assertThat(options("tuning", "vpt-last:3").get(Option.TUNING)).isEqualTo("vpt-last:3");
    }

    @Test
    void survivesItsMap() {
        Options options = options("seeds", "3,4", "tuning", "vpt-last:2");
        assertThat(Options.of(options.toMap()).toMap())
                .isEqualTo(options.toMap())
                .hasSize(Options.ALL.size());
        assertThatThrownBy(() -> Options.of(Map.of("batch", "8"))).hasMessageContaining("is missing");
    }

    @Test
    void recordsSayHowAveragesMovedWhereThereWereAny() {
        assertThat(options("method", "debiaspl").recorded())
                .containsEntry("emaMomentum", "0.95")
                .containsEntry("debias", "0.4");
        assertThat(options("method", "freematch", "emaMomentum", ".999").recorded())
                .containsEntry("emaMomentum", "0.999")
                .doesNotContainKey("debias");
        assertThat(options().recorded())
                .doesNotContainKeys("emaMomentum", "debias")
                .containsKeys("batch", "lambda");
    }

    @Test
    void sparkIsAMasterThatCanBeReached() {
        assertThat(options().get(Option.SPARK)).isEmpty();
        assertThat(options("spark", "local[2]").get(Option.SPARK)).contains("local[2]");
        assertThat(options("spark", "spark://host:7077").get(Option.SPARK)).contains("spark://host:7077");
        assertThatThrownBy(() -> options("spark", "true")).hasMessageContaining("local[n], spark://host:port or none");
    }

    @Test
    void methodIsOneOfTheExperiments() {
        assertThat(options().get(Option.METHOD, Set.of("finessl"))).isEqualTo("finessl");
        assertThatThrownBy(() -> options("method", "magic").get(Option.METHOD, List.of("finessl", "fixmatch")))
                .hasMessage("-Dmethod=magic cannot be used: method is one of finessl, fixmatch.");
    }

    @Test
    void anotherValueIsCheckedToo() {
        assertThat(options().with(Option.MU, "7").get(Option.MU)).isEqualTo(7);
        assertThatThrownBy(() -> options().with(Option.MU, "0")).isInstanceOf(OptionException.class);
        assertThatThrownBy(() -> options().with(Option.MU, "1001")).isInstanceOf(OptionException.class);
    }
}
