package io.github.finessl.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.ssl.Methods;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The options of an experiment's runs, and which of them tell runs apart. */
class ExperimentTest {

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
        return EXPERIMENT.options(given);
    }

    @Test
    void theUserComesBeforeTheExperimentBeforeTheOption() {
        Options options = options("batch", "8");
        assertThat(options.get(Option.BATCH)).isEqualTo(8);
        assertThat(options.get(Option.STEPS)).isEqualTo(300);
        assertThat(options.get(Option.MU)).isEqualTo(1);
        assertThat(options("profile", "paper").get(Option.STEPS)).isEqualTo(15000);
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
    void aBuildWithoutSparkSaysSo() {
        assumeThat(ServiceLoader.load(GridRunner.class)).isEmpty();
        assertThatThrownBy(() -> GridRunner.of(options("spark", "local[2]")))
                .isInstanceOf(OptionException.class)
                .hasMessageContaining("a build with Spark");
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
    void whatCameLaterTellsRunsApartOnlyWhereItIsChanged() {
        Map<String, String> run = identity(options());
        assertThat(run).doesNotContainKeys("ema", "flip", "warmup", "promptLr");
        assertThat(identity(options("ema", "0.0", "flip", "false", "warmup", "0", "promptLr", "1.0")))
                .isEqualTo(run);
        assertThat(identity(options("ema", ".990"))).containsEntry("ema", "0.99");
        assertThat(identity(options("flip", "true"))).containsEntry("flip", "true");
        assertThat(identity(options("warmup", "10"))).containsEntry("warmup", "10");
        assertThat(identity(options("promptLr", "0.1"))).containsEntry("promptLr", "0.1");
        assertThat(identity(options("promptStart", "neutral"))).containsEntry("promptStart", "neutral");
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
    void runsOfAMethodThatWasAnotherOnceAreOthers() {
        assertThat(identity(options("method", "grip"))).containsEntry("methodRevision", "1");
        assertThat(identity(options("method", "fixmatch"))).doesNotContainKey("methodRevision");
    }

    private static String[] with(String[] some, String... more) {
        return Stream.of(some, more).flatMap(Stream::of).toArray(String[]::new);
    }
}
