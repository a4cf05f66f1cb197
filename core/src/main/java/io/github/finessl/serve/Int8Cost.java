package io.github.finessl.serve;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.export.OnnxExport;
import io.github.finessl.export.OnnxForm;
import io.github.finessl.export.OnnxForm.Pixels;
import io.github.finessl.export.OnnxForm.Weights;
import io.github.finessl.io.OnnxRuntime;
import io.github.finessl.ssl.WeakPredictions;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The cost of weights of a byte: what ONNX Runtime answers of the int8 file against what it answers of the same model's f32
 * file, image by image.
 *
 * @param images that were measured
 * @param rightF32 images whose class the f32 file finds
 * @param rightInt8 images whose class the int8 file finds
 * @param same images for which both files find the same class
 * @param largestDifference of the two files' probabilities, calibrated as the model's are, over all images and classes
 * @param bytesF32 size of the f32 file
 * @param bytesInt8 size of the int8 file
 */
public record Int8Cost(
        int images, int rightF32, int rightInt8, int same, double largestDifference, long bytesF32, long bytesInt8) {

    private static final double[] NOTHING = {0, 0, 0};
    private static final double[] ONE = {1, 1, 1};

    /**
     * Measures a model's int8 file; the f32 file is written beside it and deleted again.
     *
     * @param form of the int8 file
     * @param photos of the model's classes
     * @param unreadable takes a sentence for each photo that cannot be read; it does not count
     * @throws IOException if the f32 file cannot be written, or ONNX Runtime does not run one of them
     * @throws ModelException if no photo can be read
     */
    public static Int8Cost measure(
            FineSslModel model, OnnxForm form, Path int8, Dataset photos, Consumer<String> unreadable)
            throws IOException {
        Path f32 = Files.createTempFile(int8.toAbsolutePath().getParent(), int8.getFileName() + ".", ".f32");
        try {
            model.exportOnnx(form.with(Weights.F32), f32);
            OrtEnvironment environment = OnnxRuntime.environment();
            try (OrtSession before = environment.createSession(f32.toString());
                    OrtSession after = environment.createSession(int8.toString())) {
                return measure(
                        new Answers(model, form, before, after), photos, unreadable, Files.size(f32), Files.size(int8));
            } catch (OrtException e) {
                throw new IOException(int8 + " was written, but ONNX Runtime does not run it: " + e.getMessage(), e);
            }
        } finally {
            Files.delete(f32);
        }
    }

    private static Int8Cost measure(
            Answers answers, Dataset photos, Consumer<String> unreadable, long bytesF32, long bytesInt8)
            throws OrtException {
        int images = 0;
        int rightF32 = 0;
        int rightInt8 = 0;
        int same = 0;
        double largest = 0;
        for (int i = 0; i < photos.size(); i++) {
            Answers.Pair pair;
            try {
                pair = answers.of(photos, i);
            } catch (DataException e) {
                unreadable.accept(e.getMessage());
                continue;
            }
            int found = WeakPredictions.argmax(pair.f32());
            int rounded = WeakPredictions.argmax(pair.int8());
            images++;
            rightF32 += found == photos.label(i) ? 1 : 0;
            rightInt8 += rounded == photos.label(i) ? 1 : 0;
            same += found == rounded ? 1 : 0;
            for (int k = 0; k < pair.f32().length; k++) {
                largest = Math.max(largest, Math.abs(pair.f32()[k] - pair.int8()[k]));
            }
        }
        if (images == 0) {
            throw new ModelException(
                    "The cost of int8 is measured on photos, but none of " + photos.name() + " can be read.");
        }
        return new Int8Cost(images, rightF32, rightInt8, same, largest, bytesF32, bytesInt8);
    }

    /** Both files' answers. */
    private record Answers(Augmentation view, int side, double temperature, OrtSession f32, OrtSession int8) {

        Answers(FineSslModel model, OnnxForm form, OrtSession f32, OrtSession int8) {
            this(
                    new Augmentation(
                            model.card().resolution(),
                            form.pixels() == Pixels.ZERO_TO_ONE
                                    ? Normalisation.of(NOTHING, ONE)
                                    : model.card().normalisation()),
                    model.card().resolution(),
                    model.card().certainty().temperature(),
                    f32,
                    int8);
        }

        /** Probabilities [C] of both. */
        record Pair(double[] f32, double[] int8) {}

        Pair of(Dataset photos, int index) throws OrtException {
            float[] pixels = new float[3 * side * side];
            view.test(photos.image(index, view.shortSide()), FloatBuffer.wrap(pixels), 0);
            return new Pair(probabilities(f32, pixels), probabilities(int8, pixels));
        }

        private double[] probabilities(OrtSession session, float[] pixels) throws OrtException {
            long[] shape = {1, 3, side, side};
            try (OnnxTensor input =
                            OnnxTensor.createTensor(OnnxRuntime.environment(), FloatBuffer.wrap(pixels), shape);
                    OrtSession.Result result = session.run(Map.of(OnnxExport.PIXELS, input))) {
                float[] logits =
                        ((float[][]) result.get(OnnxExport.LOGITS).orElseThrow().getValue())[0];
                double[] tempered = new double[logits.length];
                for (int k = 0; k < tempered.length; k++) {
                    tempered[k] = logits[k] / temperature;
                }
                double[][] one = {tempered};
                return WeakPredictions.ofLogits(one, one).main()[0];
            }
        }
    }
}
