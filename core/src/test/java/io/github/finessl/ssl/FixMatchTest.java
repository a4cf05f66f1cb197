package io.github.finessl.ssl;

import static io.github.finessl.Values.assertClose;
import static io.github.finessl.Values.ints;
import static io.github.finessl.Values.matrix;
import static io.github.finessl.Values.vector;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** FixMatch against USB's. */
class FixMatchTest {

    @ParameterizedTest
    @ValueSource(strings = {"fixmatch_p0.95", "fixmatch_p0.7"})
    void twelveSteps(String name) {
        JsonNode golden = Golden.json("golden/baselines.json");
        JsonNode sequence = sequence(golden, name);
        FixMatch method = new FixMatch(
                sequence.get("params").get("p_cutoff").doubleValue(),
                golden.get("C").intValue());
        for (int t = 0; t < 12; t++) {
            JsonNode input = golden.get("inputs").get(t);
            JsonNode expected = sequence.get("steps").get(t);
            double[][] weak = matrix(input.get("logits_u_weak"));
            double[][] rows = Stream.concat(
                            Arrays.stream(matrix(input.get("logits_x"))),
                            Arrays.stream(matrix(input.get("logits_u_strong"))))
                    .toArray(double[][]::new);

            StepTargets targets = method.targets(
                    ints(input.get("y")),
                    new UnlabelledBatch(ints(input.get("idx")), WeakPredictions.ofLogits(weak, weak)));
            assertThat(targets.weights()).as("mask").isEqualTo(vector(expected.get("mask")));
            assertThat(targets.pseudoLabels()).isEqualTo(ints(expected.get("pseudo_label")));

            MethodProbe probe = MethodProbe.of(method, rows, rows, targets);
            double supervised = expected.get("sup_loss").doubleValue();
            double consistency = expected.get("unsup_loss").doubleValue();
            assertClose("L_s", probe.parts().get("loss.supervised"), supervised, 1e-9);
            assertClose("L_u", probe.parts().get("loss.consistency"), consistency, 1e-9);
            assertClose("L", probe.loss(), supervised + consistency, 1e-9);
            assertClose(
                    "dL/dz of strong views",
                    Arrays.copyOfRange(probe.logitsGradient(), 4, rows.length),
                    matrix(expected.get("grad_logits_u_strong")),
                    1e-9);
        }
    }

    private static JsonNode sequence(JsonNode golden, String name) {
        for (JsonNode method : golden.get("methods")) {
            if (method.get("name").textValue().equals(name)) {
                return method;
            }
        }
        throw new AssertionError("no sequence " + name);
    }
}
