package io.github.finessl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The start script for Windows starts the same as the one for Unix. */
class StartScriptsTest {
    private static final Pattern OPTION =
            Pattern.compile("(?<=[\\s\"=])(-D[\\w.]+=(?:[\\w.-]+)?|-XX:[+\\w]+|-X\\w+|--[a-z][\\w-]*=[\\w-]+)");
    private static final Pattern VARIABLE = Pattern.compile(
            "(?:OMP|OPENCV|ORT)_\\w+=\\w+|JAVA_HOME|FINESSL_JAVA_OPTS|commit\\.properties|--heap\\b|--threads\\b");
    private static final Pattern JAR = Pattern.compile("lib[/\\\\]([\\w-]+-\\$\\{[\\w.]+}\\.jar|\\*)");

    private static String script(String name) throws IOException {
        return Files.readString(Path.of("experiments/src/main/assembly", name));
    }

    private static Set<String> found(Pattern pattern, String script) {
        return pattern.matcher(script.replaceAll("\"\\$\\{\\w+:-", ""))
                .results()
                .map(match -> match.group().replace('\\', '/'))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void bothSayTheSameToJavaAndItsLibraries() throws IOException {
        String unix = script("finessl");
        String windows = script("finessl.bat");
        Set<String> expected = found(OPTION, unix);
        // A console of Windows has an encoding of its own, which Java asks it for.
        expected.removeIf(option -> option.matches("-D(sun\\.)?std(out|err)\\.encoding=.*"));
        // Linux alone keeps something of a start for the next ones.
        expected.removeIf(option -> option.matches(
                "-Dfinessl.natives=.*|-Djava.library.path=.*|.*findLibraries=.*|-XX:(Archive|Shared).*|-Xlog"));
        assertThat(expected)
                .contains("--enable-native-access=ALL-UNNAMED", "-Dorg.bytedeco.javacpp.logger=slf4j", "-Xmx");
        assertThat(found(OPTION, windows)).isEqualTo(expected);
        assertThat(found(VARIABLE, unix))
                .contains("OMP_WAIT_POLICY=PASSIVE", "OPENCV_LOG_LEVEL=SILENT", "--heap", "--threads");
        assertThat(found(VARIABLE, windows)).containsAll(found(VARIABLE, unix));
        assertThat(found(JAR, unix)).hasSize(4);
        assertThat(found(JAR, windows)).isEqualTo(found(JAR, unix));
    }
}
