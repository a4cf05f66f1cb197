package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ProgressTest {

    @Test
    void explainsTheFiguresOnceForSeveralTrainings() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TrainingListener lines = Progress.lines(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        for (String run : new String[] {"first", "second"}) {
            lines.started(new TrainingStart(
                    run, 1, "20 labelled and 1,000 test images of photos", 2, 0, 16, 224, 119042, "portable"));
            lines.step(new StepReport(2, 3, 1, OptionalDouble.of(.25), OptionalDouble.of(.5), 48));
            lines.ended();
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> line.replaceAll("  [0-9.]+ images/s", "")))
                .containsExactly(
                        "first, seed 1: 20 labelled and 1,000 test images of photos; 2 steps of batch 16 at 224 px;"
                                + " 119,042 trained parameters; kernels portable",
                        TrainingProgress.LEGEND,
                        "first  step 2/2  loss 3.000  right 100%  pseudo-labels right 25%  confident 50%  0:00 left",
                        "second, seed 1: 20 labelled and 1,000 test images of photos; 2 steps of batch 16 at 224 px;"
                                + " 119,042 trained parameters; kernels portable",
                        "second  step 2/2  loss 3.000  right 100%  pseudo-labels right 25%  confident 50%  0:00 left");
    }
}
