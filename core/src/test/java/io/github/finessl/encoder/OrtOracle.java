package io.github.finessl.encoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** What ONNX Runtime computes. */
public final class OrtOracle {

    private OrtOracle() {}

    /** The first output for an input of this shape. */
    public static float[] run(Path file, float[] image, long... shape) throws OrtException {
        var environment = OrtEnvironment.getEnvironment();
        try (var session = environment.createSession(file.toString());
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
    static void optimise(Path file, OrtSession.SessionOptions.OptLevel level, Path to) throws OrtException {
        var environment = OrtEnvironment.getEnvironment();
        try (var options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(level);
            options.setOptimizedModelFilePath(to.toString());
            environment.createSession(file.toString(), options).close();
        }
    }
}
