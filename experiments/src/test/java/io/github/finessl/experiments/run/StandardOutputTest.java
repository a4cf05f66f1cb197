package io.github.finessl.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StandardOutputTest {

    private static StandardOutput printedTo(String failure, boolean pipe) {
        StandardOutput output = new StandardOutput(
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException(failure);
                    }
                },
                pipe);
        Terminal.stream(output).println("something");
        return output;
    }

    @Test
    void aClosedPipeIsToldFromAFullDisk() {
        assertThat(printedTo("No space left on device", false).hasFailed()).isTrue();
        assertThat(printedTo("No space left on device", false).isClosedByReader())
                .isFalse();
        assertThat(printedTo("Broken pipe", false).isClosedByReader()).isTrue();
        assertThat(printedTo("파이프가 깨어짐", true).isClosedByReader()).isTrue();
    }

    @Test
    void passesOnWhatIsWritten() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StandardOutput output = new StandardOutput(bytes, true);
        new PrintStream(output, true, StandardCharsets.UTF_8).print("고양이");
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("고양이");
        assertThat(output.hasFailed()).isFalse();
        assertThat(output.isClosedByReader()).isFalse();
    }
}
