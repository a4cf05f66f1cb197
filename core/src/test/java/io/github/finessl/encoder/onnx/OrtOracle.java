package io.github.finessl.encoder.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** What ONNX Runtime computes. */
public final class OrtOracle {

    private OrtOracle() {}

    /** The first output for an input of this shape. */
    public static float[] run(Path file, float[] image, long... shape) throws OrtException {
        return run(file, OptLevel.ALL_OPT, image, shape);
    }

    /** The same without what differs between processors: an optimiser that multiplies pairs' integers, not their floats. */
    static float[] runAsWritten(Path file, float[] image, long... shape) throws OrtException {
        return run(file, OptLevel.NO_OPT, image, shape);
    }

    private static float[] run(Path file, OptLevel level, float[] image, long... shape) throws OrtException {
        var environment = OrtEnvironment.getEnvironment();
        try (var options = options(level);
                var session = environment.createSession(file.toString(), options);
                var input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(image), shape);
                var result =
                        session.run(Map.of(session.getInputNames().iterator().next(), input))) {
            FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
            var floats = new float[buffer.remaining()];
            buffer.get(floats);
            return floats;
        }
    }

    /** Writes the file as ONNX Runtime's optimiser rewrites it. */
    static void optimise(Path file, OptLevel level, Path to) throws OrtException {
        var environment = OrtEnvironment.getEnvironment();
        try (var options = options(level)) {
            options.setOptimizedModelFilePath(to.toString());
            environment.createSession(file.toString(), options).close();
        }
    }

    private static SessionOptions options(OptLevel level) throws OrtException {
        var options = new SessionOptions();
        options.setOptimizationLevel(level);
        return options;
    }
}
