package io.github.finessl.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.finessl.ssl.Methods;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {

    private static final Experiment EXPERIMENT = new Experiment() {
        @Override
        public String name() {
            return "Small";
        }

        @Override
        public String summary() {
            return "an experiment for tests";
        }

        @Override
        public Map<String, String> defaults(Profile profile) {
            return profile == Profile.QUICK ? Map.of("steps", "300", "batch", "16") : Map.of();
        }

        @Override
        public Exit run(Options options, RunContext context) {
            return Exit.OK;
        }
    };

    private static Options options(String... namesAndValues) {
        Map<String, String> given = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            given.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Options.of(EXPERIMENT, given);
    }

    @Test
    void theUserComesBeforeTheExperimentBeforeTheOption() {
        Options options = options("batch", "8");
        assertThat(options.get(Option.BATCH)).isEqualTo(8);
        assertThat(options.get(Option.STEPS)).isEqualTo(300);
        assertThat(options.get(Option.MU)).isEqualTo(1);
        assertThat(options("profile", "paper").get(Option.STEPS)).isEqualTo(15000);
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

    @ParameterizedTest
    @CsvSource({"step,steps", "weightdecay,weightDecay", "l,lr", "promptstart,promptStart", "encodr,encoder"})
    void aMisspeltNameIsAMistake(String given, String meant) {
        assertThatThrownBy(() -> options(given, "1"))
                .isInstanceOf(OptionException.class)
                .hasMessage("There is no option -D" + given + "; did you mean -D" + meant + "?");
    }

    @Test
    void otherPropertiesArePassedOver() {
        Options options = options(
                "exp",
                "Small",
                "skipTests",
                "true",
                "java.version",
                "17",
                "test",
                "X",
                "javacpp.platform",
                "linux-x86_64");
        assertThat(options.toMap()).doesNotContainKeys("exp", "skipTests", "test");
    }

    @Test
    void survivesItsMap() {
        Options options = options("seeds", "3,4", "tuning", "vpt-last:2");
        assertThat(Options.of(options.toMap()).toMap())
                .isEqualTo(options.toMap())
                .hasSize(Option.ALL.size());
        assertThatThrownBy(() -> Options.of(Map.of("batch", "8"))).hasMessageContaining("is missing");
    }

    @Test
    void whatIsWrittenWhereDoesNotTellRunsApart() {
        Map<String, String> run = identity(options());
        assertThat(identity(options("out", "elsewhere", "seeds", "7", "checkpointEvery", "5", "heap", "4g")))
                .isEqualTo(run);
        assertThat(identity(options("labels", "2"))).isNotEqualTo(run);
        assertThat(identity(options("precision", "f32"))).isNotEqualTo(run);
    }

    @Test
    void whatIsNotAskedForDoesNotTellRunsApart() {
        Map<String, String> run = identity(options());
        assertThat(run)
                .doesNotContainKeys("imbalance", "reversed", "seenClasses")
                .containsKey("labels");
        assertThat(identity(options("imbalance", "10"))).isNotEqualTo(run);
        assertThat(identity(options("reversed", "true"))).isNotEqualTo(run);
        assertThat(identity(options("normalisation", "none"))).containsEntry("normalisation", "none");
    }

    @Test
    void averagesMoveAsFastAsTheRunIsShort() {
        assertThat(identity(options("method", "softmatch", "profile", "paper"))).doesNotContainKey("emaMomentum");
        assertThat(identity(options("method", "softmatch", "steps", "150"))).containsEntry("emaMomentum", "0.9");
        assertThat(identity(options("method", "debiaspl", "emaMomentum", "0.99", "debias", "1")))
                .containsEntry("emaMomentum", "0.99")
                .containsEntry("debias", "1");
        assertThatThrownBy(() -> options("emaMomentum", "1")).hasMessageContaining("from 0 to below 1, or auto");
    }

    @Test
    void numbersTellRunsApartByTheirValue() {
        assertThat(identity(options("lr", "3e-2", "alpha", "8.0"))).isEqualTo(identity(options()));
        assertThat(identity(options("lr", ".0005"))).containsEntry("lr", "0.0005");
    }

    private static Map<String, String> identity(Options options) {
        Map<String, String> all = new TreeMap<>(options.settings().identity(Optional.empty()));
        all.putAll(DataOptions.identity(options, Path.of("")));
        return all;
    }

    @Test
    void howAveragesMoveTellsTheRunsOfMethodsWithAveragesApart() {
        String[] authors = {"emaMomentum", "0.999", "debias", "0.4"};
        for (String method : Methods.names()) {
            Map<String, String> run = identity(options("method", method));
            Map<String, String> once = identity(options(with(authors, "method", method)));
            assertThat(once).as(method).doesNotContainKeys("emaMomentum", "debias");
            if (Methods.averages(method)) {
                assertThat(run).containsEntry("emaMomentum", "0.95");
            } else {
                assertThat(run).as(method).isEqualTo(once);
            }
        }
        assertThat(identity(options("method", "debiaspl", "debias", "1.0", "profile", "paper")))
                .containsEntry("debias", "1")
                .doesNotContainKey("emaMomentum");
        assertThat(identity(options("method", "softmatch", "debias", "1")))
                .isEqualTo(identity(options("method", "softmatch")));
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
    void runsOfAMethodThatWasAnotherOnceAreOthers() {
        assertThat(identity(options("method", "grip"))).containsEntry("methodRevision", "1");
        assertThat(identity(options("method", "fixmatch"))).doesNotContainKey("methodRevision");
    }

    private static String[] with(String[] some, String... more) {
        return Stream.of(some, more).flatMap(Stream::of).toArray(String[]::new);
    }

    @Test
    void sparkIsAMasterThatCanBeReached() {
        assertThat(options().get(Option.SPARK)).isEmpty();
        assertThat(options("spark", "local[2]").get(Option.SPARK)).contains("local[2]");
        assertThat(options("spark", "spark://host:7077").get(Option.SPARK)).contains("spark://host:7077");
        assertThatThrownBy(() -> options("spark", "true")).hasMessageContaining("local[n], spark://host:port or none");
    }

    @Test
    void aBuildWithoutSparkSaysSo() {
        assumeThat(ServiceLoader.load(GridRunner.class)).isEmpty();
        assertThatThrownBy(() -> GridRunner.of(options("spark", "local[2]")))
                .isInstanceOf(OptionException.class)
                .hasMessageContaining("a build with Spark");
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
