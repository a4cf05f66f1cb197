package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.StandardOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineTest {
    @TempDir
    Path directory;

    private final Console console = new Console();

    @Test
    void helpNamesCommandsAndExitCodes() {
        for (String[] ask : List.of(new String[] {}, new String[] {"--help"}, new String[] {"help"})) {
            assertThat(console.run((Object[]) ask)).isEqualTo(Exit.OK);
            assertThat(console.out())
                    .contains("train", "predict", "evaluate", "pseudo-label", "export", "inspect", "130");
        }
        assertThat(console.run("--version")).isEqualTo(Exit.OK);
        assertThat(console.out()).startsWith("finessl ").doesNotContain("$");
    }

    @Test
    void everythingThatExperimentsCanSetIsReachable() {
        assertThat(console.run("train", "--help")).isEqualTo(Exit.OK);
        List<Option<?>> ofTables = List.of(
                Option.PROFILE,
                Option.FROM,
                Option.TO,
                Option.PIXELS,
                Option.GEOMETRY,
                Option.PROFILE_OPS,
                Option.SURVEY,
                Option.STAGES,
                Option.MEMBERS,
                Option.SPARK);
        for (Option<?> option : Options.ALL) {
            if (!ofTables.contains(option)) {
                assertThat(console.out()).contains(TrainingFlags.flag(option));
            }
        }
        assertThat(console.out()).doesNotContain("-Dlabelled");
    }

    @Test
    void outputThatCannotBeWrittenIsSaid() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertThat(Finessl.run(new StandardOutput(full, false), new PrintStream(err), () -> false, "completion"))
                .isEqualTo(Exit.BAD_FILE);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("Standard output cannot be written to");
    }

    @Test
    void completionIsAShellScript() {
        assertThat(console.run("completion")).isEqualTo(Exit.OK);
        assertThat(console.out()).startsWith("#!/").contains("--test-share", "pseudo-label");
        assertThat(console.out()).contains("zero-to-one").doesNotContain("ZERO_TO_ONE");
    }

    @Test
    void anOutputThatCannotBeWrittenIsNoSuccess() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Exit exit = Finessl.run(
                new StandardOutput(full, false),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                () -> false,
                "--version");
        assertThat(exit).isEqualTo(Exit.BAD_FILE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("Standard output cannot be written");
    }

    @Test
    void whatIsMissingOrMisspeltIsSaid() {
        assertThat(console.run("train", "--labelled", "x")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("finessl train needs --out");
        assertThat(console.run("train", "--out", "x")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("finessl train needs --labelled");
        assertThat(console.run("train", "--stesp", "3")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--steps");
        assertThat(console.run("trian")).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("finessl train");
        assertThat(console.run("train", "--labelled", "x", "--out", "y", "--test-share=2"))
                .isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).startsWith("--test-share=2 cannot be used: testShare is a number");
        assertThat(console.run("train", "--labelled", "x", "--out", "y", "--seed=1,2"))
                .isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("one seed").contains("--seed");
    }

    @Test
    void aYamlFileHoldsOptionsAndFlagsWin() throws IOException {
        Path file = directory.resolve("options.yaml");
        Files.writeString(file, "labelled: nowhere\nout: " + directory.resolve("m") + "\nsteps: 0\n");
        assertThat(console.run("train", "--config", file)).as(console.err()).isEqualTo(Exit.BAD_OPTION);
        assertThat(console.err()).contains("--steps=0 cannot be used");
        assertThat(console.run("train", "--config", file, "--steps=3")).isEqualTo(Exit.BAD_FILE);
        assertThat(console.err()).contains("nowhere");
    }

    @Test
    void aBadYamlFileIsOneSentence() throws IOException {
        Path file = directory.resolve("options.yaml");
        for (String[] bad : List.of(
                new String[] {"stesp: 3", "there is no option 'stesp'"},
                new String[] {"steps: [1, 2]", "'steps' should have one value"},
                new String[] {"steps:", "'steps' should have one value"},
                new String[] {"- steps", "should have lines such as"},
                new String[] {"steps: 3\n  x: :\n\t- {", "should be a YAML file"},
                new String[] {"steps: 3\nsteps: 4", "Duplicate field 'steps'"},
                new String[] {"heap: 3g", "belongs on the command line"})) {
            Files.writeString(file, bad[0]);
            assertThat(console.run("train", "--config", file)).isEqualTo(Exit.BAD_OPTION);
            assertThat(console.err()).contains(file.toString(), bad[1]);
            assertThat(console.err().strip().lines()).as(console.err()).hasSize(1);
        }
        assertThat(console.run("train", "--config", directory.resolve("none.yaml")))
                .isEqualTo(Exit.BAD_FILE);
        assertThat(console.err()).contains("There is no file");
        assertThat(console.run("train", "--config", directory)).isEqualTo(Exit.BAD_FILE);
        assertThat(console.err()).contains(directory + " cannot be read");
    }
}
