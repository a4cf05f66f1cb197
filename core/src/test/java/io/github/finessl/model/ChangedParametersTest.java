package io.github.finessl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.Fixtures;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.ssl.Supervised;
import io.github.finessl.tuning.Parameter;
import io.github.finessl.tuning.Tuning;
import io.github.finessl.tuning.Tunings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The fast kernels see every change of a parameter: the model is then the one that starts from the changed ones. */
class ChangedParametersTest {
    private static final int CLASSES = 3;

    static Stream<Arguments> strategies() {
        return Stream.of(Precision.F32, Precision.BF16)
                .flatMap(precision -> Stream.concat(transformers(precision), resnets(precision)));
    }

    private static Stream<Arguments> transformers(Precision precision) {
        return Stream.of(
                        "linear",
                        "vpt-deep",
                        "vpt-shallow",
                        "adapter:dim=4",
                        "adaptformer:dim=4,learnable",
                        "lora:rank=2",
                        "ssf",
                        "bitfit",
                        "full")
                .map(strategy -> Arguments.of(strategy, "transformer", precision));
    }

    private static Stream<Arguments> resnets(Precision precision) {
        return Stream.of("ssf", "bitfit", "bn", "full").map(strategy -> Arguments.of(strategy, "ResNet", precision));
    }

    @ParameterizedTest(name = "{0} on a {1}, {2}")
    @MethodSource("strategies")
    void areSeen(String strategy, String kind, Precision precision) {
        Encoder encoder = kind.equals("ResNet")
                ? OnnxEncoderReader.read(Fixtures.onnx("open_clip_rn_bn_op17.onnx"))
                : SmallClip.encoder();
        Tuning tuning = Tunings.make(strategy, 2, CLASSES);
        Random random = new Random(4);
        Map<String, INDArray> start = new LinkedHashMap<>();
        for (Parameter parameter : tuning.parameters(encoder)) {
            start.put(parameter.name(), parameter.drawn(new SplittableRandom(3)));
        }
        start.put(Heads.WEIGHT, moved(Nd4j.zeros(DataType.FLOAT, CLASSES, encoder.featureWidth()), random));
        start.put(Heads.SCALE, Heads.scaleStart());
        INDArray images = moved(Nd4j.zeros(DataType.FLOAT, 2, 3, encoder.imageHeight(), encoder.imageWidth()), random);
        try (Kernels kernels = open(precision);
                FineTunedModel model = model(encoder, tuning, start, kernels)) {
            double[][] before = model.logits(images);
            Map<String, INDArray> changed = new LinkedHashMap<>();
            model.parameters().forEach((name, value) -> changed.put(name, moved(value, random)));
            for (String name : changed.keySet()) {
                model.parameters().get(name).assign(changed.get(name));
            }
            double[][] after = model.logits(images);
            try (Kernels others = open(precision);
                    FineTunedModel fresh = model(encoder, tuning, changed, others)) {
                assertThat(after).isDeepEqualTo(fresh.logits(images)).isNotEqualTo(before);
            }
        }
    }

    private static Kernels open(Precision precision) {
        try {
            return KernelChoice.open(precision, 1);
        } catch (UnsupportedOperationException e) {
            assumeTrue(false, e.getMessage());
            throw e;
        }
    }

    private static FineTunedModel model(Encoder encoder, Tuning tuning, Map<String, INDArray> start, Kernels kernels) {
        return new FineTunedModel(encoder, tuning, new Supervised(CLASSES), start, DataType.FLOAT, kernels);
    }

    private static INDArray moved(INDArray start, Random random) {
        float[] values = start.dup('c').reshape(start.length()).toFloatVector();
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) (0.05 * random.nextGaussian());
        }
        return Nd4j.create(values, start.shape(), 'c');
    }
}
