package io.github.finessl.encoder;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.platform.Fp16Conversions;
import io.github.finessl.encoder.OpaqueEncoder.Form;
import io.github.finessl.encoder.OpaqueEncoder.ImageTensor;
import io.github.finessl.io.OnnxRuntime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A network in an ONNX file as ONNX Runtime computes it. Not thread-safe. */
public final class OpaqueSession implements AutoCloseable {
    private static final int LARGEST_BYTE = 255;

    private final Path file;
    private final OrtEnvironment environment;
    private final OrtSession session;

    /**
     * A tensor of one run.
     *
     * @param shape the batch first
     */
    public record Output(long[] shape, float[] values) {

        /** The number of features in a form, D. */
        public int width(Form form) {
            return (int) shape[form == Form.GRID ? 1 : shape.length - 1];
        }

        /** The features of the first of its images, as rows [n, D]. */
        public float[][] features(Form form, int images) {
            int width = width(form);
            int perImage = (int) (values.length / shape[0]);
            int places = form == Form.CLASS_TOKEN ? 1 : perImage / width;
            float[][] rows = new float[images][width];
            for (int i = 0; i < images; i++) {
                for (int d = 0; d < width; d++) {
                    double sum = 0;
                    for (int p = 0; p < places; p++) {
                        sum += values[i * perImage + (form == Form.GRID ? d * places + p : p * width + d)];
                    }
                    rows[i][d] = (float) (sum / places);
                }
            }
            return rows;
        }
    }

    /**
     * Opens a network.
     *
     * @param model the file's content
     * @param file for messages, and beside which its weights may lie
     * @throws EncoderFormatException if ONNX Runtime cannot compute it
     */
    public OpaqueSession(byte[] model, Path file) {
        this.file = file;
        environment = OnnxRuntime.environment();
        try (SessionOptions options = OnnxRuntime.options()) {
            options.setIntraOpNumThreads(Runtime.getRuntime().availableProcessors());
            options.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    file.toAbsolutePath().getParent().toString());
            session = environment.createSession(model, options);
        } catch (OrtException e) {
            throw refused(e);
        }
    }

    private EncoderFormatException refused(OrtException e) {
        return new EncoderFormatException(
                file,
                "expected a network that ONNX Runtime computes, found one of which it says: " + e.getMessage(),
                e);
    }

    /**
     * Computes some of its tensors, which must be outputs.
     *
     * @param pixels [n, 3, height, width], as many images as it takes at a time
     * @throws EncoderFormatException if ONNX Runtime cannot compute them
     */
    public Map<String, Output> run(ImageTensor image, FloatBuffer pixels, int n, Set<String> wanted) {
        try (OnnxTensor input = tensor(image, pixels, n);
                OrtSession.Result result = session.run(Map.of(image.name(), input), wanted)) {
            Map<String, Output> outputs = new LinkedHashMap<>();
            for (String name : wanted) {
                outputs.put(name, output(result.get(name).orElseThrow())); // closed with the result
            }
            return outputs;
        } catch (OrtException e) {
            throw refused(e);
        }
    }

    /** A tensor of floats; of anything else neither shape nor values. */
    private static Output output(OnnxValue value) {
        FloatBuffer values = value instanceof OnnxTensor tensor ? tensor.getFloatBuffer() : null;
        if (values == null) {
            return new Output(new long[0], new float[0]);
        }
        float[] floats = new float[values.remaining()];
        values.get(floats);
        return new Output(((OnnxTensor) value).getInfo().getShape(), floats);
    }

    /**
     * The features of images [n, D].
     *
     * @param pixels [n, 3, height, width], any number of them
     */
    public float[][] features(OpaqueEncoder encoder, FloatBuffer pixels, int n) {
        ImageTensor image = encoder.image();
        if (image.batch().isEmpty()) {
            return features(encoder, pixels, n, n);
        }
        int atATime = image.batch().getAsInt();
        int perImage = 3 * image.height() * image.width();
        float[][] features = new float[n][];
        FloatBuffer batch = FloatBuffer.allocate(atATime * perImage);
        for (int start = 0; start < n; start += atATime) {
            int images = Math.min(atATime, n - start);
            batch.clear();
            batch.put(pixels.slice(start * perImage, images * perImage)).rewind();
            System.arraycopy(features(encoder, batch, atATime, images), 0, features, start, images);
        }
        return features;
    }

    /** The features of the first of n images. */
    private float[][] features(OpaqueEncoder encoder, FloatBuffer pixels, int n, int first) {
        String wanted = encoder.features().name();
        return run(encoder.image(), pixels, n, Set.of(wanted))
                .get(wanted)
                .features(encoder.features().form(), first);
    }

    private OnnxTensor tensor(ImageTensor image, FloatBuffer pixels, int n) throws OrtException {
        FloatBuffer values = image.channelsLast() ? channelsLast(image, pixels, n) : pixels;
        long[] shape = image.channelsLast()
                ? new long[] {n, image.height(), image.width(), 3}
                : new long[] {n, 3, image.height(), image.width()};
        return switch (image.element()) {
            case FLOAT -> OnnxTensor.createTensor(environment, values, shape);
            case HALF -> {
                ShortBuffer halves = Fp16Conversions.convertFloatBufferToFp16Buffer(values);
                ByteBuffer bytes =
                        ByteBuffer.allocateDirect(2 * halves.remaining()).order(ByteOrder.nativeOrder());
                bytes.asShortBuffer().put(halves);
                yield OnnxTensor.createTensor(environment, bytes, shape, OnnxJavaType.FLOAT16);
            }
            case BYTE -> {
                ByteBuffer bytes = ByteBuffer.allocateDirect(values.remaining()).order(ByteOrder.nativeOrder());
                for (int i = 0; i < values.remaining(); i++) {
                    bytes.put(i, (byte) Math.max(0, Math.min(LARGEST_BYTE, (int) Math.rint(values.get(i)))));
                }
                yield OnnxTensor.createTensor(environment, bytes, shape, OnnxJavaType.UINT8);
            }
        };
    }

    private static FloatBuffer channelsLast(ImageTensor image, FloatBuffer pixels, int n) {
        int places = image.height() * image.width();
        FloatBuffer last = FloatBuffer.allocate(3 * places * n);
        for (int i = 0; i < n; i++) {
            for (int p = 0; p < places; p++) {
                for (int c = 0; c < 3; c++) {
                    last.put(pixels.get((3 * i + c) * places + p));
                }
            }
        }
        return last.rewind();
    }

    /** The names of what it takes. */
    public List<String> inputs() {
        return List.copyOf(session.getInputNames());
    }

    @Override
    public void close() {
        OnnxRuntime.close(session);
    }
}
