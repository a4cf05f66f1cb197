package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The README's example in Java is {@code TrainFromJava}, which compiles. */
class TrainFromJavaTest {

    @Test
    void theReadmeHasItsLines() throws IOException {
        String source = Files.readString(Path.of("src/test/java/example/TrainFromJava.java"));
        String lines = source.substring(source.indexOf("        Photos photos"), source.indexOf("    }\n}"))
                .stripTrailing()
                .stripIndent();
        assertThat(Files.readString(Path.of("../README.md"))).contains(lines);
    }
}
