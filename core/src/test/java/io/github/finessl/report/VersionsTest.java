package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which code a run is of. */
class VersionsTest {
    @TempDir
    Path clone;

    @Test
    void tablesThatRunsRewriteAreNoChangesOfTheCode() throws Exception {
        write("src/A.java", "one");
        write("results/table.md", "one");
        git("init", "-q");
        git("add", "-A");
        git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one");
        String commit = Versions.commit(clone).orElseThrow();
        assertThat(commit).matches("[0-9a-f]{12}");
        write("results/table.md", "two");
        assertThat(Versions.commit(clone)).contains(commit);
        write("src/A.java", "two");
        assertThat(Versions.commit(clone)).contains(commit + "+changes");
    }

    private void write(String file, String text) throws IOException {
        Path path = clone.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void git(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = "git";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        assertThat(new ProcessBuilder(command).directory(clone.toFile()).start().waitFor())
                .isZero();
    }
}
