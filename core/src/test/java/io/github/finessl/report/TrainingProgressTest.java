package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class TrainingProgressTest {

    @Test
    void writesALineAtTheEndEvenOfAShortRun() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        try (TrainingProgress progress = new TrainingProgress("FineSSL", 0, 2, false, out)) {
            progress.step(new StepReport(1, 3, 0.25, OptionalDouble.empty(), OptionalDouble.of(0), 48));
            progress.step(new StepReport(2, 1, 0.75, OptionalDouble.empty(), OptionalDouble.of(1), 48));
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .asString()
                .matches("FineSSL  step 2/2  loss 2.000  right 50%  confident 50%  \\d+\\.\\d images/s  0:00 left");
    }
}
