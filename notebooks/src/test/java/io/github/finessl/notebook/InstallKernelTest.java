package io.github.finessl.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the installer says where something is missing; {@link NotebooksIT} sees it install. */
class InstallKernelTest {

    @TempDir
    private Path programs;

    @BeforeEach
    void everyMachineHas() throws IOException {
        program("dirname", "exec /usr/bin/dirname \"$@\"");
        program("grep", "exec /bin/grep \"$@\"");
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        assertThat(failure("--built"))
                .isEqualTo("install-kernel.sh: java is missing; on Debian:"
                        + " apt-get install -y --no-install-recommends openjdk-17-jdk-headless");
        program("java", "echo java.base@17");
        assertThat(failure("--built"))
                .isEqualTo("install-kernel.sh: jupyter is missing; on Debian:"
                        + " apt-get install -y --no-install-recommends jupyter-client jupyter-nbconvert"
                        + " python3-nbclient");
        program("jupyter", "exit 1");
        assertThat(failure("--built")).startsWith("install-kernel.sh: jupyter has no kernelspec; on Debian: apt-get ");
        program("jupyter", "exit 0");
        assertThat(failure("--built"))
                .isEqualTo("install-kernel.sh: " + programs.resolve("java")
                        + " has no JShell; a whole JDK, 17 or newer, is needed first on the PATH.");
        program("java", "echo jdk.jshell@17");
        assertThat(failure()).startsWith("install-kernel.sh: mvn is missing; on Debian: apt-get ");
    }

    @Test
    void saysWhatItKnows() throws Exception {
        assertThat(failure("--force")).isEqualTo("install-kernel.sh: I know --built alone, not --force.");
    }

    private void program(String name, String does) throws IOException {
        Path program = programs.resolve(name);
        Files.writeString(program, "#!/bin/sh\n" + does + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    /** What the installer says where there is nothing but these programs; it must not end well. */
    private String failure(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("./install-kernel.sh"));
        command.addAll(List.of(arguments));
        ProcessBuilder installer = new ProcessBuilder(command).redirectErrorStream(true);
        installer.environment().put("PATH", programs.toString());
        installer.environment().put("JUPYTER_DATA_DIR", programs.toString());
        Process started = installer.start();
        String output = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(started.waitFor()).as(output).isEqualTo(1);
        return output.strip();
    }
}
