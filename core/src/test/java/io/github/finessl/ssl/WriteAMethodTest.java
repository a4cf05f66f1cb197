package io.github.finessl.ssl;

import static io.github.finessl.Values.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The README's example of a method is {@link ConfidenceMatch}, and does what it says. */
class WriteAMethodTest {
    private static final Path SOURCE = Path.of("src/test/java/io/github/finessl/ssl/ConfidenceMatch.java");

    @Test
    void theReadmeShowsTheSource() throws IOException {
        String source = Files.readString(SOURCE);
        String example = source.substring(source.indexOf("/**"));
        assertThat(Files.readString(Path.of("src/main/java/io/github/finessl/ssl/README.md")))
                .contains("```java\n" + example + "```");
    }

    @Test
    void theExampleLearns() {
        double[][] weak = {{0, Math.log(3)}, {0, 0}};
        double[][] rows = {{0, 0}, {1, 0}, {0, 2}}; // one labelled image, two strong views
        ConfidenceMatch method = new ConfidenceMatch(2);
        StepTargets targets = method.targets(
                new int[] {1}, new UnlabelledBatch(new int[] {0, 1}, WeakPredictions.ofLogits(weak, weak)));
        assertThat(targets.pseudoLabels()).containsExactly(1, 0);
        assertClose("w", targets.weights(), new double[] {0.75, 0.5}, 1e-15);
        double consistency = (0.75 * Math.log(1 + Math.E) + 0.5 * Math.log(1 + Math.exp(2))) / 2;
        assertClose("L", MethodProbe.of(method, rows, rows, targets).loss(), Math.log(2) + consistency, 1e-12);
    }
}
