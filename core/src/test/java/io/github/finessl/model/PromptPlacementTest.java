package io.github.finessl.model;

import static io.github.finessl.Values.assertClose;
import static io.github.finessl.Values.distance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.finessl.Golden;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.ReferenceVit;
import io.github.finessl.tuning.LinearProbe;
import io.github.finessl.tuning.VisualPrompts;
import io.github.finessl.tuning.VisualPrompts.Placement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Prompts as keys and values, and in the last block the class token alone where it is the feature, give what prompts as tokens give. */
class PromptPlacementTest {
    private static final Golden PEFT = Golden.open("golden/small_model/peft");

    static Stream<Arguments> recorded() {
        return Stream.of(
                Arguments.of("vpt_deep", new Placement.Deep()),
                Arguments.of("vpt_shallow", new Placement.Shallow()),
                Arguments.of("vpt_last", new Placement.Last(1)),
                Arguments.of("vpt_deep_partial2", new Placement.Last(2)));
    }

    static Stream<Arguments> placements() {
        return Stream.of(
                        new Placement.Deep(),
                        new Placement.Shallow(),
                        new Placement.Last(1),
                        new Placement.Last(2),
                        new Placement.Last(3))
                .flatMap(placement -> SmallClip.kinds().entrySet().stream()
                        .map(kind -> Arguments.of(placement, Named.of(kind.getKey(), kind.getValue()))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("recorded")
    void featuresAndGradientsOfTheAuthorsCode(String name, Placement placement) {
        Map<String, INDArray> prompts = new LinkedHashMap<>();
        for (int b : placement.blocks(3)) {
            prompts.put("prompt." + b, SmallClip.array(PEFT, name + "/param/vpt_list." + b + ".prompt"));
        }
        FeatureProbe probe = new FeatureProbe(
                SmallClip.encoder(), new VisualPrompts(placement, 5), prompts, SmallClip.array(PEFT, "x"));
        assertThat(distance(probe.features(), SmallClip.array(PEFT, name + "/feat")))
                .isLessThan(1e-10);
        probe.gradients(SmallClip.array(PEFT, "upstream")).forEach((parameter, gradient) -> {
            String recorded = name + "/grad/vpt_list." + parameter.substring("prompt.".length()) + ".prompt";
            assertThat(distance(gradient, SmallClip.array(PEFT, recorded))).isLessThan(1e-10);
        });
    }

    @Test
    void featuresWithoutPrompts() {
        FeatureProbe probe =
                new FeatureProbe(SmallClip.encoder(), new LinearProbe(), Map.of(), SmallClip.array(PEFT, "x"));
        assertThat(distance(probe.features(), SmallClip.array(PEFT, "none/feat")))
                .isLessThan(1e-10);
    }

    @ParameterizedTest
    @MethodSource("placements")
    void featuresAndGradientsOfPromptsAsTokens(Placement placement, VisionTransformer encoder) {
        INDArray images = SmallClip.array(SmallClip.INPUTS, "x").get(NDArrayIndex.point(0));
        INDArray two = images.get(NDArrayIndex.interval(0, 2)).dup('c');
        Random random = new Random(3);
        Map<String, INDArray> prompts = new LinkedHashMap<>();
        Map<String, double[][]> values = new LinkedHashMap<>();
        for (int b : placement.blocks(3)) {
            values.put("prompt." + b, normal(random, 4, 64));
            prompts.put("prompt." + b, Nd4j.create(values.get("prompt." + b)));
        }
        double[][] upstream = normal(random, 2, 64);

        FeatureProbe probe = new FeatureProbe(encoder, new VisualPrompts(placement, 4), prompts, two);
        ReferenceVit reference = new ReferenceVit(encoder);
        assertClose("features", probe.features().toDoubleMatrix(), features(reference, two, values), 1e-10);

        Map<String, INDArray> gradients = probe.gradients(Nd4j.create(upstream));
        for (String name : prompts.keySet()) {
            double[][] direction = normal(random, 4, 64);
            double step = 1e-4;
            double above = dot(features(reference, two, moved(values, name, direction, step)), upstream);
            double below = dot(features(reference, two, moved(values, name, direction, -step)), upstream);
            double expected = (above - below) / (2 * step);
            assertThat(Math.abs(expected)).isGreaterThan(1e-3);
            assertClose(
                    "slope at " + name,
                    dot(gradients.get(name).toDoubleMatrix(), direction),
                    expected,
                    1e-6 * Math.max(1, Math.abs(expected)));
        }
    }

    @Test
    void placementsKnowTheirBlocks() {
        assertThat(new Placement.Deep().blocks(3)).isEqualTo(List.of(0, 1, 2));
        assertThat(new Placement.Shallow().blocks(3)).isEqualTo(List.of(0));
        assertThat(new Placement.Last(2).blocks(3)).isEqualTo(List.of(1, 2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Placement.Last(4).blocks(3))
                .withMessageContaining("last 4 blocks were asked for, but the encoder has 3");
        assertThatIllegalArgumentException().isThrownBy(() -> new Placement.Last(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VisualPrompts(new Placement.Deep(), 0))
                .withMessageContaining("at least 1");
    }

    private static double[][] features(ReferenceVit reference, INDArray images, Map<String, double[][]> prompts) {
        double[][] features = new double[(int) images.size(0)][];
        for (int i = 0; i < features.length; i++) {
            INDArray image = images.get(NDArrayIndex.point(i)).dup('c');
            features[i] = reference.features(image.reshape(image.length()).toDoubleVector(), prompts);
        }
        return features;
    }

    private static Map<String, double[][]> moved(
            Map<String, double[][]> prompts, String name, double[][] direction, double step) {
        double[][] moved = new double[direction.length][direction[0].length];
        for (int i = 0; i < moved.length; i++) {
            for (int j = 0; j < moved[i].length; j++) {
                moved[i][j] = prompts.get(name)[i][j] + step * direction[i][j];
            }
        }
        Map<String, double[][]> all = new LinkedHashMap<>(prompts);
        all.put(name, moved);
        return all;
    }

    private static double dot(double[][] a, double[][] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                sum += a[i][j] * b[i][j];
            }
        }
        return sum;
    }

    private static double[][] normal(Random random, int rows, int columns) {
        double[][] values = new double[rows][columns];
        for (double[] row : values) {
            java.util.Arrays.setAll(row, i -> random.nextGaussian());
        }
        return values;
    }
}
