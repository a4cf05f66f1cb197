package io.github.finessl.kernel.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Of a JVM that is started as the launchers start it. */
class OneDnnVersionTest {

    @Test
    void nothingIsSaidOfVersionsThatDiffer() throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.bytedeco.javacpp.logger=slf4j",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Said.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(said).isZero();
        assertThat(said.strip().lines().filter(line -> !line.startsWith("WARNING: "))) // Java's own, of native access
                .containsExactly(OneDnn.version());
    }

    /** What the process says. */
    static final class Said {
        private Said() {}

        public static void main(String[] args) {
            System.out.println(OneDnn.version());
        }
    }
}
