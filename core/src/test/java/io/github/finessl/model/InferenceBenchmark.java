package io.github.finessl.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * The frozen encoder's features against ONNX Runtime's CPU provider: the same file and images, rounds in turn, medians.
 *
 * <pre>
 * OMP_WAIT_POLICY=PASSIVE ORT_DISABLE_TELEMETRY=1 mvn -q -pl core test-compile exec:java -Dexec.classpathScope=test \
 *     -Dexec.mainClass=io.github.finessl.model.InferenceBenchmark -Dexec.args="data/clip-vit-b-16.onnx 8"
 * </pre>
 *
 * <p>The first variable is what the launcher of the experiments sets too. Without the second, ONNX Runtime 1.29 overflows
 * the stack at start where a JVM has a class path as long as this one on its command line (Maven's has not).
 *
 * <p>Without arguments: the embedded ViT-Ti/16, batches of 1, 8 and 32. ONNX Runtime computes the file's projection or
 * classifier too, if it has one (ViT-Ti/16: 0.02 % of the work). The difference is the largest of the file's output, as a
 * part of its largest value.
 */
public final class InferenceBenchmark {
    private static final Path EMBEDDED = Path.of("data/vit-ti-16/vit_tiny_patch16_224.onnx");
    private static final int WARM_UP = 15;
    private static final int ROUNDS = 15;
    private static final String ORT = "ONNX Runtime";

    private InferenceBenchmark() {}

    /** One that turns images into features. */
    @FunctionalInterface
    private interface Contender {
        float[] features() throws OrtException;
    }

    /**
     * Measures and prints.
     *
     * @param args nothing; an ONNX file; or an ONNX file and a batch
     */
    public static void main(String[] args) throws OrtException {
        Path file = args.length > 0 ? Path.of(args[0]) : EMBEDDED;
        List<Integer> batches = args.length > 1 ? List.of(Integer.valueOf(args[1])) : List.of(1, 8, 32);
        VisionTransformer encoder = (VisionTransformer) OnnxEncoderReader.read(file);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            int processors = Runtime.getRuntime().availableProcessors();
            options.setIntraOpNumThreads(processors);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            System.out.printf(
                    "%s; threads: %d, of %s %d%n",
                    file, NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads(), ORT, processors);
            try (OrtSession session = environment.createSession(file.toString(), options)) {
                for (int batch : batches) {
                    compare(environment, session, encoder, batch);
                }
            }
        }
    }

    private static void compare(OrtEnvironment environment, OrtSession session, VisionTransformer encoder, int batch)
            throws OrtException {
        long[] shape = {batch, 3, encoder.imageHeight(), encoder.imageWidth()};
        INDArray images = Nd4j.randn(DataType.FLOAT, shape);
        String input = session.getInputNames().iterator().next();
        Map<String, Contender> contenders = new LinkedHashMap<>();
        try (OnnxTensor tensor = OnnxTensor.createTensor(
                        environment, FloatBuffer.wrap(images.data().asFloat()), shape);
                Kernels f32 = KernelChoice.open(Precision.F32);
                Kernels auto = KernelChoice.open(Precision.AUTO);
                FrozenEncoder single = new FrozenEncoder(encoder, f32);
                FrozenEncoder half = new FrozenEncoder(encoder, auto)) {
            contenders.put(ORT, () -> run(session, input, tensor));
            contenders.put(f32.name(), () -> run(single, images));
            if (!auto.name().equals(f32.name())) {
                contenders.put(auto.name(), () -> run(half, images));
            }
            race(contenders, encoder, batch);
        }
    }

    private static float[] run(OrtSession session, String input, OnnxTensor images) throws OrtException {
        try (OrtSession.Result result = session.run(Map.of(input, images))) {
            FloatBuffer features = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] values = new float[features.remaining()];
            features.get(values);
            return values;
        }
    }

    private static float[] run(FrozenEncoder encoder, INDArray images) {
        try (INDArray features = encoder.features(images)) {
            return features.data().asFloat();
        }
    }

    private static void race(Map<String, Contender> contenders, VisionTransformer encoder, int batch)
            throws OrtException {
        Map<String, double[]> seconds = new LinkedHashMap<>();
        Map<String, float[]> features = new LinkedHashMap<>();
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            for (Map.Entry<String, Contender> contender : contenders.entrySet()) {
                contender.getValue().features(); // while the threads of the one before still spin
                long begin = System.nanoTime();
                float[] values = contender.getValue().features();
                double time = (System.nanoTime() - begin) / 1e9;
                features.put(contender.getKey(), values);
                if (round >= 0) {
                    seconds.computeIfAbsent(contender.getKey(), name -> new double[ROUNDS])[round] = time;
                }
            }
        }
        System.out.printf(
                "%n%-24s %10s %20s %10s %8s %12s%n",
                "batch " + batch, "ms", "min to max", "images/s", "speed", "difference");
        seconds.values().forEach(Arrays::sort);
        double yardstick = seconds.get(ORT)[ROUNDS / 2];
        float[] expected = features.get(ORT);
        features.replaceAll((name, values) -> name.equals(ORT) ? values : output(encoder, values, batch));
        seconds.forEach((name, sorted) -> System.out.printf(
                Locale.ROOT,
                "%-24s %10.2f %20s %10.1f %7.2fx %12.1e%n",
                name,
                1e3 * sorted[ROUNDS / 2],
                String.format(Locale.ROOT, "%.2f to %.2f", 1e3 * sorted[0], 1e3 * sorted[ROUNDS - 1]),
                batch / sorted[ROUNDS / 2],
                yardstick / sorted[ROUNDS / 2],
                difference(features.get(name), expected)));
    }

    /** What the file makes of the features. */
    private static float[] output(VisionTransformer encoder, float[] features, int batch) {
        INDArray f = Nd4j.createFromArray(features).reshape(batch, encoder.width());
        return encoder.head()
                .map(head -> f.mmul(head.weight()))
                .map(y -> encoder.head().get().bias().map(y::addRowVector).orElse(y))
                .orElse(f)
                .dup('c')
                .data()
                .asFloat();
    }

    private static double difference(float[] output, float[] expected) {
        if (output.length != expected.length) {
            throw new IllegalArgumentException(
                    "the file's first output has %d values instead of %d: it is something else"
                            .formatted(expected.length, output.length));
        }
        double largest = 0;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            error = Math.max(error, Math.abs(output[i] - expected[i]));
        }
        return error / largest;
    }
}
