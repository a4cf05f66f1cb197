package io.github.finessl.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.option.Profile;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.RunContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MainTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** What an experiment's body may throw. */
    private interface Body {
        Exit run(Options options, RunContext context) throws IOException;
    }

    private Exit run(Map<String, String> properties, Body body) {
        Experiment experiment = new Experiment() {
            @Override
            public String name() {
                return "Small";
            }

            @Override
            public String summary() {
                return "an experiment for tests";
            }

            @Override
            public Exit run(Options options, RunContext context) throws IOException {
                return body.run(options, context);
            }
        };
        Main main = new Main(
                new Registry(List.of(experiment)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return main.run(properties, () -> true);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8).strip();
    }

    @Test
    void listsExperimentsAndOptions() {
        assertThat(run(Map.of("exp", "list"), (options, context) -> Exit.FAILED))
                .isEqualTo(Exit.OK);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("Small", "an experiment for tests [quick, medium, paper]", "-Dseeds", "default cifar10-mini");
    }

    @Test
    void anUnknownExperimentGetsTheList() {
        assertThat(run(Map.of("exp", "Nope"), (options, context) -> Exit.OK)).isEqualTo(Exit.FAILED);
        assertThat(err()).startsWith("There is no experiment Nope.").contains("an experiment for tests");
    }

    @Test
    void passesOnWhatTheExperimentReturns() {
        assertThat(run(Map.of("exp", "small"), (options, context) -> {
                    context.out().println(options.get(Option.STEPS));
                    return context.stopRequested() ? Exit.INTERRUPTED : Exit.OK;
                }))
                .isEqualTo(Exit.INTERRUPTED);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualToNormalizingNewlines("15000\n");
    }

    @Test
    void aBadOptionIsOneSentence() {
        assertThat(run(Map.of("exp", "Small", "steps", "no"), (options, context) -> Exit.OK))
                .isEqualTo(Exit.BAD_OPTION);
        assertThat(err()).isEqualTo("-Dsteps=no cannot be used: steps is a whole number from 1 on.");
    }

    @Test
    void aBadFileIsOneSentence() {
        assertThat(run(Map.of("exp", "Small"), (options, context) -> {
                    throw new NoSuchFileException("clip.onnx");
                }))
                .isEqualTo(Exit.BAD_FILE);
        assertThat(err()).isEqualTo("There is no file clip.onnx.");
    }

    @Test
    void aFaultSaysWhatItIsAndOnDemandWhere() {
        Body faulty = (options, context) -> {
            throw new IllegalStateException();
        };
        assertThat(run(Map.of("exp", "Small"), faulty)).isEqualTo(Exit.FAILED);
        assertThat(err()).isEqualTo("java.lang.IllegalStateException (-Dstacktrace=true shows where)");
        assertThat(run(Map.of("exp", "Small", "stacktrace", "true"), faulty)).isEqualTo(Exit.FAILED);
        assertThat(err()).contains("at io.github.finessl.experiments.MainTest");
    }

    @Test
    void namesInTheRegistryAreUniqueAndSummariesShort() {
        assertThat(Registry.ALL.experiments()).extracting(Experiment::name).doesNotHaveDuplicates();
        assertThat(Registry.ALL.experiments())
                .allSatisfy(experiment -> assertThat(experiment.summary()).doesNotContain("\n"));
        for (Experiment experiment : Registry.ALL.experiments()) {
            for (Profile profile : experiment.profiles()) {
                Options options = experiment.options(Map.of("profile", profile.toString()));
                assertThat(options.get(Option.PROFILE)).isEqualTo(profile);
            }
        }
    }
}
