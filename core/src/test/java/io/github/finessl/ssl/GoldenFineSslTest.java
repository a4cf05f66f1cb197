package io.github.finessl.ssl;

import static io.github.finessl.Values.assertClose;
import static io.github.finessl.Values.ints;
import static io.github.finessl.Values.matrix;
import static io.github.finessl.Values.vector;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.Golden;
import io.github.finessl.ssl.FineSsl.Options;
import io.github.finessl.ssl.FineSsl.Part;
import io.github.finessl.ssl.LabelSmoothing.Form;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.factory.Nd4j;

/** The whole FineSSL loss for given logits. */
class GoldenFineSslTest {
    private static final double EXACT = 1e-9;

    static Stream<Arguments> cases() {
        return StreamSupport.stream(Golden.json("golden/full_loss.json").spliterator(), false)
                .flatMap(node -> Stream.of("code", "paper")
                        .map(variant -> Arguments.of(node.get("name").textValue(), variant, node)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void lossAndGradients(String name, String variant, JsonNode golden) {
        JsonNode expected = golden.get(variant);
        Options options = options(golden, variant);
        Batch batch = Batch.of(golden);
        FineSsl method = method(options, golden);

        StepTargets targets = method.targets(batch.labels(), batch.unlabelled());
        assertThat(targets.pseudoLabels()).isEqualTo(ints(expected.get("targets_u")));
        assertClose("ψ", targets.weights(), vector(expected.get("psi")), EXACT);
        assertClose("margin", targets.vectors().get(FineSsl.CONSISTENCY_MARGIN), vector(expected.get("margin")), EXACT);

        MethodProbe probe = MethodProbe.of(method, batch.main(), batch.auxiliary(), targets);
        assertClose("L", probe.loss(), expected.get("loss").doubleValue(), EXACT);
        assertPart(probe, "loss.supervised", expected.get("Lx"), 1);
        assertPart(probe, "loss.consistency", expected.get("Lu"), 3); // recorded without γ
        assertPart(probe, "loss.auxiliary.supervised", expected.get("Lx1"), 1);
        assertPart(probe, "loss.auxiliary.consistency", expected.get("Lu1"), 1);

        double[][] mainGradient = batch.trained(matrix(expected.get("grad_main")));
        double[][] auxiliaryGradient = batch.trained(matrix(expected.get("grad_aux")));
        assertClose("dL/dz", probe.logitsGradient(), mainGradient, EXACT);
        assertClose(
                "dL/dW of the auxiliary head",
                probe.headGradient(),
                MethodProbe.atHead(batch.auxiliary(), auxiliaryGradient),
                1e-8);
        assertThat(probe.featureGradient())
                .isDeepEqualTo(new double[batch.main().length][golden.get("C").intValue() + 1]);

        FineSsl attached = method(options.without(Part.DETACHMENT), golden);
        MethodProbe attachedProbe = MethodProbe.of(
                attached, batch.main(), batch.auxiliary(), attached.targets(batch.labels(), batch.unlabelled()));
        assertClose(
                "dL/df of the attached auxiliary head",
                attachedProbe.featureGradient(),
                MethodProbe.atFeatures(batch.auxiliary(), auxiliaryGradient),
                1e-8);
    }

    /** The rows that are trained on, and what the heads say of the weak views. */
    private record Batch(
            int[] labels, UnlabelledBatch unlabelled, double[][] main, double[][] auxiliary, int labelled) {

        static Batch of(JsonNode golden) {
            int b = golden.get("B").intValue();
            int u = b * golden.get("mu").intValue();
            double[][] main = matrix(golden.get("logits_main"));
            double[][] auxiliary = matrix(golden.get("logits_aux"));
            int[] images = new int[u];
            Arrays.setAll(images, j -> j); // these have no place in the memory yet, see method()
            WeakPredictions weak = WeakPredictions.ofLogits(
                    Arrays.copyOfRange(main, b, b + u), Arrays.copyOfRange(auxiliary, b, b + u));
            int[] labels = ints(golden.get("labels"));
            Batch all = new Batch(labels, new UnlabelledBatch(images, weak), main, auxiliary, b);
            return new Batch(labels, all.unlabelled, all.trained(main), all.trained(auxiliary), b);
        }

        /** Without the weak views' rows. */
        double[][] trained(double[][] rows) {
            int weak = unlabelled.images().length;
            return Stream.concat(
                            Arrays.stream(rows).limit(labelled),
                            Arrays.stream(rows).skip(labelled + weak))
                    .toArray(double[][]::new);
        }
    }

    /** A method whose memory holds the golden counts, in images that the batch does not have. */
    private static FineSsl method(Options options, JsonNode golden) {
        int[] counts = ints(golden.get("counts"));
        int batch = golden.get("B").intValue() * golden.get("mu").intValue();
        int unlabelled = batch + Arrays.stream(counts).sum();
        double[] memory = new double[unlabelled];
        Arrays.fill(memory, -1);
        int at = batch;
        for (int k = 0; k < counts.length; k++) {
            Arrays.fill(memory, at, at + counts[k], k);
            at += counts[k];
        }
        FineSsl method = new FineSsl(options, unlabelled, counts.length);
        method.restore(Map.of(
                "pace.memory",
                Nd4j.createFromArray(memory),
                "pace.beta",
                Nd4j.createFromArray(new double[counts.length])));
        return method;
    }

    /** The recorded paper variant changes the margin and the smoothing alone. */
    private static Options options(JsonNode golden, String variant) {
        double alpha = golden.get("alpha_base").doubleValue();
        double gamma = golden.get("w_con").doubleValue();
        double zeta = golden.get("th").doubleValue();
        double lambda = golden.get("smoothing").doubleValue();
        Options code = Options.reference(alpha, gamma, zeta, lambda);
        return variant.equals("code")
                ? code
                : new Options(
                        new FineSsl.Margin(
                                alpha,
                                MarginForm.PAPER,
                                code.margin().inSupervised(),
                                code.margin().inConsistency(),
                                code.margin().dynamicAlpha()),
                        code.weights(),
                        new FineSsl.Smoothing(
                                new LabelSmoothing(lambda, Form.PAPER),
                                code.smoothing().main(),
                                code.smoothing().ofLabels(),
                                code.smoothing().detached()),
                        code.counting());
    }

    private static void assertPart(MethodProbe probe, String part, JsonNode expected, double factor) {
        assertClose(part, probe.parts().get(part), factor * expected.doubleValue(), EXACT);
    }
}
